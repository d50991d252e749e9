/** Tokenizer of a model: SentencePiece's byte-pair encoding, with bytes for unknown characters. */
import { constants } from "../text/constants.mjs";
import { compile } from "../text/patterns.mjs";
import { mergePairs } from "./byte_pairs.mjs";
import { Normalizer, SPACE } from "./normalizer.mjs";
import { Prefixes } from "./prefixes.mjs";
import { BYTE, CONTROL, NORMAL, UNKNOWN, USER_DEFINED, readModel } from "./sentencepiece_model.mjs";

const LINE_BREAKS = compile(constants.text.LINE_BREAK, "g");
const UNKNOWN_SURFACE = "<unk>";

export class Tokenizer {
  #pieces;
  #ids = new Map();
  #scores = new Map();
  #bytes = new Map();
  #unknown;
  #symbols;
  #normalizer;

  /** @param {Uint8Array} content Content of a file such as joint.model. */
  constructor(content) {
    const { pieces, normalizer } = readModel(content);
    this.#pieces = pieces;
    this.#unknown = pieces.findIndex((piece) => piece.type === UNKNOWN);
    const symbols = [];
    for (const [id, { text, score, type }] of pieces.entries()) {
      if (type === BYTE) this.#bytes.set(parseInt(text.slice(3, 5), 16), id);
      if (type !== NORMAL && type !== USER_DEFINED) continue;
      this.#ids.set(text, id);
      this.#scores.set(text, score);
      if (type === USER_DEFINED) symbols.push(text);
    }
    this.#symbols = new Prefixes(symbols);
    this.#normalizer = new Normalizer(normalizer, this.#symbols);
  }

  /** Return the ids of a text; none for a blank one. */
  encode(text) {
    const line = text.toWellFormed().replace(LINE_BREAKS, " ").replaceAll(SPACE, " ");
    const pieces = mergePairs(this.#normalizer.apply(line), this.#scores, this.#symbols);
    return pieces.flatMap((piece) => this.#idsOf(piece));
  }

  /** Return the text of ids, on one line. */
  decode(ids) {
    let text = "";
    let bytes = [];
    const spell = () => {
      text += decodeBytes(bytes);
      bytes = [];
    };
    for (const id of ids) {
      const { text: piece, type } = this.#pieces[id];
      if (type === BYTE) {
        bytes.push(parseInt(piece.slice(3, 5), 16));
        continue;
      }
      spell();
      if (type === UNKNOWN) text += UNKNOWN_SURFACE;
      else if (type !== CONTROL) text += spoken(piece, text === "");
    }
    spell();
    return text.replace(LINE_BREAKS, " ");
  }

  /** Return the pieces of ids, as the vocabulary spells them. */
  pieces(ids) {
    return ids.map((id) => this.#pieces[id].text);
  }

  /** Return the id of a piece as the vocabulary spells it. */
  id(piece) {
    return this.#pieces.findIndex((one) => one.text === piece);
  }

  #idsOf(piece) {
    const id = this.#ids.get(piece);
    if (id !== undefined) return [id];
    if (!this.#bytes.size) return [this.#unknown];
    return [...new TextEncoder().encode(piece)].map((byte) => this.#bytes.get(byte));
  }
}

/** Return a piece with spaces for "▁"; one that begins a text is dropped. */
function spoken(piece, begins) {
  const kept = begins && piece.startsWith(SPACE) ? piece.slice(SPACE.length) : piece;
  return kept.replaceAll(SPACE, " ");
}

/** Return bytes as text, with U+FFFD for each byte that is no part of a character. */
function decodeBytes(bytes) {
  const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
  let text = "";
  for (let place = 0; place < bytes.length; ) {
    const [character, size] = decodeCharacter(decoder, bytes, place);
    text += character;
    place += size;
  }
  return text;
}

/** Return the character at a place, and its number of bytes. */
function decodeCharacter(decoder, bytes, place) {
  for (let size = 1; size <= 4 && place + size <= bytes.length; size++) {
    try {
      return [decoder.decode(new Uint8Array(bytes.slice(place, place + size))), size];
    } catch {
      // a longer character, or none
    }
  }
  return ["\ufffd", 1];
}
