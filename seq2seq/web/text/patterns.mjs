/** Patterns from the constants, and what Python's `re` and `str` do with them. */

/**
 * Compile a pattern of the constants.
 *
 * @param {{pattern: string, ignoreCase: boolean}} constant
 * @param {string} [flags] "g" to find all matches, "y" for `matchAt`.
 * @returns {RegExp}
 */
export function compile({ pattern, ignoreCase }, flags = "") {
  return new RegExp(pattern, `u${ignoreCase ? "i" : ""}${flags}`);
}

/** Return the match of a sticky pattern at a place, which must not reach beyond `end`, or null. */
export function matchAt(pattern, text, place, end = text.length) {
  pattern.lastIndex = place;
  return pattern.exec(end < text.length ? text.slice(0, end) : text);
}

/** Yield the matches of a global pattern from a place on. */
export function* matchesFrom(pattern, text, place, end = text.length) {
  const part = end < text.length ? text.slice(0, end) : text;
  let at = place;
  for (;;) {
    pattern.lastIndex = at;
    const found = pattern.exec(part);
    if (!found) return;
    yield found;
    at = found.index + (found[0].length || 1);
  }
}

/** Return the inside of a character class with some characters. */
export function classOf(characters) {
  const codes = [...characters].map((one) => one.codePointAt(0)).sort((a, b) => a - b);
  const ranges = [];
  for (const code of codes) {
    const last = ranges.at(-1);
    if (last && code <= last[1] + 1) last[1] = code;
    else ranges.push([code, code]);
  }
  const spelled = (code) => `\\u{${code.toString(16)}}`;
  return ranges.map((ends) => ends.map(spelled).join("-")).join("");
}
