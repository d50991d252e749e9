/** Respelling of single characters: what to write for a character that a model does not know. */
import { constants } from "./constants.mjs";

const { EQUIVALENTS, EXPANSIONS } = constants.respelling;
const DIGIT = /^\p{Nd}$/u;

/** Return single characters that may stand for a character, the best one first. */
export function equivalents(character) {
  return DIGIT.test(character) ? digit(character) : (EQUIVALENTS[character] ?? "");
}

/** Return simpler characters that spell a character: "ﬁ" becomes "fi"; "" if there are none. */
export const expansion = (character) => EXPANSIONS[character] ?? "";

/** Return the digit of ASCII with the same value; digits come in runs of ten. */
function digit(character) {
  const code = character.codePointAt(0);
  let first = code;
  while (DIGIT.test(String.fromCodePoint(first - 1))) first -= 1;
  return String((code - first) % 10);
}
