/**
 * Rules of a SentencePiece normalizer: replacements of strings of bytes.
 *
 * They are compiled as a double array, a trie in which the children of a node are found at the XOR
 * of its offset and a byte (Darts-clone), followed by the replacements, each with a zero after it.
 */

const SIZE = 4;

export class Charsmap {
  #units;
  #replacements;

  /** @param {Uint8Array} content Rules of the model; empty if there are none. */
  constructor(content) {
    const copy = content.slice();
    const view = new DataView(copy.buffer);
    const size = copy.length ? view.getUint32(0, true) : 0;
    this.#units = new Uint32Array(size / SIZE);
    for (let i = 0; i < size / SIZE; i++) this.#units[i] = view.getUint32(SIZE * (i + 1), true);
    this.#replacements = copy.subarray(copy.length ? SIZE + size : 0);
  }

  /**
   * Return the replacement of the longest string with a rule at a place.
   *
   * @param {Uint8Array} bytes
   * @param {number} begin
   * @returns {[Uint8Array, number] | null} The replacement and the length of the string.
   */
  longest(bytes, begin) {
    const units = this.#units;
    if (!units.length) return null;
    let found = null;
    let node = offset(units[0]);
    for (let place = begin; place < bytes.length; place++) {
      node ^= bytes[place];
      const unit = units[node];
      if (unit === undefined || label(unit) !== bytes[place]) break;
      node ^= offset(unit);
      if (hasLeaf(unit)) found = [value(units[node]), place + 1 - begin];
    }
    return found && [this.#replacement(found[0]), found[1]];
  }

  #replacement(place) {
    return this.#replacements.subarray(place, this.#replacements.indexOf(0, place));
  }
}

const hasLeaf = (unit) => ((unit >>> 8) & 1) === 1;
const value = (unit) => unit & 0x7fffffff;
const label = (unit) => (unit & (0x80000000 | 0xff)) >>> 0;
const offset = (unit) => (unit >>> 10) << ((unit & 0x200) >>> 6);
