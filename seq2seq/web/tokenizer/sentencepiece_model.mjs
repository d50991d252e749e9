/** File of a SentencePiece model: its pieces, and the rules of its normalizer. */
import { fields } from "./protobuf.mjs";

/** Types of pieces. */
export const NORMAL = 1;
export const UNKNOWN = 2;
export const CONTROL = 3;
export const USER_DEFINED = 4;
export const UNUSED = 5;
export const BYTE = 6;

const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

const MODEL = { pieces: 1, normalizer: 3 };
const PIECE = { text: 1, score: 2, type: 3 };
const NORMALIZER = { charsmap: 2, dummyPrefix: 3, fewerSpaces: 4, escapeSpaces: 5 };

/**
 * Read a model.
 *
 * @param {Uint8Array} bytes Content of a file such as joint.model.
 * @returns {{pieces: {text: string, score: number, type: number}[], normalizer: object}}
 */
export function readModel(bytes) {
  const pieces = [];
  let normalizer = readNormalizer(new Uint8Array());
  for (const [number, value] of fields(bytes)) {
    if (number === MODEL.pieces) pieces.push(readPiece(value));
    if (number === MODEL.normalizer) normalizer = readNormalizer(value);
  }
  return { pieces, normalizer };
}

function readPiece(bytes) {
  const found = new Map(fields(bytes));
  return {
    text: decoder.decode(found.get(PIECE.text)),
    score: found.get(PIECE.score) ?? 0,
    type: found.get(PIECE.type) ?? NORMAL,
  };
}

function readNormalizer(bytes) {
  const found = new Map(fields(bytes));
  const isOn = (number) => (found.get(number) ?? 1) !== 0;
  return {
    charsmap: found.get(NORMALIZER.charsmap) ?? new Uint8Array(),
    dummyPrefix: isOn(NORMALIZER.dummyPrefix),
    fewerSpaces: isOn(NORMALIZER.fewerSpaces),
    escapeSpaces: isOn(NORMALIZER.escapeSpaces),
  };
}
