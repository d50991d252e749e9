/** White space as Python's `str` knows it, which differs from JavaScript's in rare characters. */

const SPACE = "\\t-\\r\\u{1c}-\\u{20}\\u{85}\\u{a0}\\u{1680}\\u{2000}-\\u{200a}\\u{2028}\\u{2029}"
  + "\\u{202f}\\u{205f}\\u{3000}";
const BEGIN = new RegExp(`^[${SPACE}]+`, "u");
const RUN = new RegExp(`[${SPACE}]+`, "u");
const ONE = new RegExp(`^[${SPACE}]$`, "u");

export const isSpace = (character) => ONE.test(character);

export const stripStart = (text) => text.replace(BEGIN, "");

/** Return a text without the white space at its end; a pattern would take quadratic time. */
export function stripEnd(text) {
  let end = text.length;
  while (end && ONE.test(text[end - 1])) end -= 1;
  return text.slice(0, end);
}

export const strip = (text) => stripStart(stripEnd(text));

/** Return the words of a text between white space. */
export function split(text) {
  const bare = strip(text);
  return bare ? bare.split(RUN) : [];
}
