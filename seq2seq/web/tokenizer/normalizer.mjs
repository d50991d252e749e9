/** Normalization of a text before it is cut into pieces, as SentencePiece does it. */
import { Charsmap } from "./charsmap.mjs";

export const SPACE = "\u2581";

export class Normalizer {
  #rules;
  #charsmap;
  #symbols;

  /**
   * @param {object} rules From `readModel`.
   * @param {Prefixes} symbols Pieces that the text keeps as they are.
   */
  constructor(rules, symbols) {
    this.#rules = rules;
    this.#charsmap = new Charsmap(rules.charsmap);
    this.#symbols = symbols;
  }

  /** Return the normalized text, with "▁" for spaces. */
  apply(text) {
    const { dummyPrefix, fewerSpaces, escapeSpaces } = this.#rules;
    const space = escapeSpaces ? SPACE : " ";
    let written = "";
    let afterSpace = fewerSpaces;
    for (const part of this.#replaced(text)) {
      const kept = afterSpace ? part.replace(/^ +/, "") : part;
      if (!kept) continue;
      written += kept.replaceAll(" ", space);
      afterSpace = fewerSpaces && kept.endsWith(" ");
    }
    if (fewerSpaces) while (written.endsWith(space)) written = written.slice(0, -1);
    return written && dummyPrefix ? space + written : written;
  }

  /** Yield the replacement of each part of a text. */
  *#replaced(text) {
    const bytes = new TextEncoder().encode(text);
    const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
    let byte = 0;
    for (let place = 0; place < text.length; ) {
      const symbol = this.#symbols.longest(text, place);
      const character = String.fromCodePoint(text.codePointAt(place));
      const rule = symbol ? null : this.#charsmap.longest(bytes, byte);
      const taken = rule ? decoder.decode(bytes.subarray(byte, byte + rule[1])) : symbol || character;
      yield rule ? decoder.decode(rule[0]) : taken;
      place += taken.length;
      byte += rule ? rule[1] : new TextEncoder().encode(taken).length;
    }
  }
}
