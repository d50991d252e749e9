/** Invisible characters: which of them a text needs, and which are only in the way. */
import { constants } from "./constants.mjs";
import { compile } from "./patterns.mjs";

const DEPENDENT = compile(constants.invisible.DEPENDENT, "g");
const NOTHING_KNOWN = new Set();

/** Return a text without the invisible characters that it does not need and that are not known. */
export function dropInvisible(text, known = NOTHING_KNOWN) {
  return text.replace(DEPENDENT, (found, surplus) => (surplus && !known.has(surplus) ? "" : found));
}
