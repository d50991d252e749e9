/** Plain quotes, dashes, spaces and ellipses of a target text. */
import { betweenWords } from "./between_words.mjs";
import { compose } from "./compose.mjs";
import { constants } from "./constants.mjs";
import { dropInvisible } from "./invisible.mjs";
import { classOf, compile } from "./patterns.mjs";
import { equivalents, expansion } from "./respelling.mjs";

const NOT_PLAIN = compile(constants.signs.NOT_PLAIN_TARGET);
const DASHES = betweenWords(classOf(constants.respelling.LONG_DASHES));
const GUILLEMET = compile(constants.signs.GUILLEMET, "g");
const TYPOGRAPHIC = compile(constants.signs.TYPOGRAPHIC, "g");
const SPACE = compile(constants.signs.SPACE);
const NO_BREAK = /[\u{a0}\u{202f}]/gu;

export function plainTarget(typed) {
  if (!NOT_PLAIN.test(typed)) return typed;
  return compose(dropInvisible(typed))
    .replace(DASHES, " - ")
    .replace(GUILLEMET, tight)
    .replace(TYPOGRAPHIC, typewritten);
}

/** Return a guillemet without the space on its inner side. */
export const tight = (found) => found.replace(NO_BREAK, "");

/** Return the plain form of a typographic character. */
function typewritten(character) {
  if (SPACE.test(character)) return " ";
  const plain = [...equivalents(character)].find((one) => one < "\u{80}");
  return plain ?? expansion(character);
}
