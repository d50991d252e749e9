/** Weights of the language identifier: languages.bin, as seq2seq/text_steps describes it. */

const FNV_OFFSET = 2166136261;
const FNV_PRIME = 16777619;
const LINE_FEED = 10;

/** Linear classifier over hashed character n-grams. */
export class Weights {
  #rows;
  #scores = new Map();

  /** @param {Uint8Array} content Content of languages.bin. */
  constructor(content) {
    const end = content.indexOf(LINE_FEED);
    Object.assign(this, JSON.parse(new TextDecoder().decode(content.subarray(0, end))));
    this.#rows = new Int8Array(content.slice(end + 1).buffer);
  }

  /** Return the sum of the weights of a word's n-grams, per language. */
  score(word) {
    if (!this.#scores.has(word)) this.#scores.set(word, this.#sum(word));
    return this.#scores.get(word);
  }

  #sum(word) {
    const sums = this.languages.map(() => 0);
    for (const bucket of this.#buckets(word)) {
      sums.forEach((_, place) => (sums[place] += this.#rows[bucket * sums.length + place]));
    }
    return sums;
  }

  /** Return the bucket of each n-gram of a word between spaces, and of a long word as a whole. */
  #buckets(word) {
    const [shortest, longest] = this.orders;
    const codes = [32, ...[...word].map((one) => one.codePointAt(0)), 32];
    const mask = (1 << this.bits) - 1;
    const found = [];
    const add = (hash) => found.push(((hash ^ (hash >>> this.bits)) & mask) >>> 0);
    for (let begin = 0; begin < codes.length; begin++) {
      let hash = FNV_OFFSET;
      for (let place = begin; place < Math.min(begin + longest, codes.length); place++) {
        hash = Math.imul(hash ^ codes[place], FNV_PRIME) >>> 0;
        if (place - begin + 1 >= shortest) add(hash);
      }
    }
    if (codes.length > longest) {
      add(codes.reduce((hash, code) => Math.imul(hash ^ code, FNV_PRIME) >>> 0, FNV_OFFSET));
    }
    return found;
  }
}
