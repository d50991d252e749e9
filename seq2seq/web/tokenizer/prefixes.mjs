/** Search for the longest of some texts that another text begins with. */

export class Prefixes {
  #byFirst = new Map();

  /** @param {string[]} texts Texts that are not empty. */
  constructor(texts) {
    for (const text of [...texts].sort((a, b) => b.length - a.length)) {
      this.#byFirst.set(text[0], [...(this.#byFirst.get(text[0]) ?? []), text]);
    }
  }

  /** Return the longest one at a place of a text, "" if there is none. */
  longest(text, place) {
    const candidates = this.#byFirst.get(text[place]) ?? [];
    return candidates.find((one) => text.startsWith(one, place)) ?? "";
  }
}
