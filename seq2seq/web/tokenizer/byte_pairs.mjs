/** Byte-pair encoding: merge pairs of neighboring pieces, the best pair of the vocabulary first. */

/**
 * Cut a normalized text into pieces.
 *
 * @param {string} text
 * @param {Map<string, number>} scores Score of each piece.
 * @param {Prefixes} symbols Pieces that are never merged with others.
 * @returns {string[]}
 */
export function mergePairs(text, scores, symbols) {
  const parts = partsOf(text, symbols);
  const agenda = new Agenda();
  const consider = (left, right) => {
    if (!parts[left] || !parts[right] || parts[left].frozen || parts[right].frozen) return;
    const merged = parts[left].text + parts[right].text;
    const score = scores.get(merged);
    if (score !== undefined) agenda.add({ left, right, score, size: merged.length });
  };
  for (let right = 1; right < parts.length; right++) consider(right - 1, right);
  for (let pair = agenda.take(); pair; pair = agenda.take()) {
    const left = parts[pair.left];
    const right = parts[pair.right];
    if (!left.text || !right.text || left.text.length + right.text.length !== pair.size) continue;
    left.text += right.text;
    right.text = "";
    left.next = right.next;
    if (parts[right.next]) parts[right.next].previous = pair.left;
    consider(left.previous, pair.left);
    consider(pair.left, left.next);
  }
  return parts.map((part) => part.text).filter(Boolean);
}

/** Return the characters and symbols of a text as a list with links in both directions. */
function partsOf(text, symbols) {
  const parts = [];
  for (let place = 0; place < text.length; ) {
    const symbol = symbols.longest(text, place);
    const own = symbol || String.fromCodePoint(text.codePointAt(place));
    const index = parts.length;
    parts.push({ text: own, frozen: symbol !== "", previous: index - 1, next: index + 1 });
    place += own.length;
  }
  return parts;
}

/** Pairs in a heap, the one with the highest score and then the leftmost one on top. */
class Agenda {
  #pairs = [];

  add(pair) {
    const pairs = this.#pairs;
    let place = pairs.push(pair) - 1;
    while (place > 0) {
      const parent = (place - 1) >> 1;
      if (!isBefore(pair, pairs[parent])) break;
      pairs[place] = pairs[parent];
      place = parent;
    }
    pairs[place] = pair;
  }

  /** Remove and return the best pair; undefined if there is none. */
  take() {
    const pairs = this.#pairs;
    const best = pairs[0];
    const last = pairs.pop();
    if (!pairs.length) return best;
    let place = 0;
    for (;;) {
      let child = 2 * place + 1;
      if (child + 1 < pairs.length && isBefore(pairs[child + 1], pairs[child])) child += 1;
      if (child >= pairs.length || !isBefore(pairs[child], last)) break;
      pairs[place] = pairs[child];
      place = child;
    }
    pairs[place] = last;
    return best;
  }
}

const isBefore = (a, b) => a.score > b.score || (a.score === b.score && a.left < b.left);
