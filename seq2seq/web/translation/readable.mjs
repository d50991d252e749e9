/** Scripts that a model can read. */
import { constants } from "../text/constants.mjs";
import { OTHER, identify } from "../text/languages.mjs";

const { LATIN, SIGN_LETTERS } = constants.scripts;
const LETTERS = /\p{L}/gu;

/**
 * Return whether a text is in a script that a model cannot read, so that it is copied.
 *
 * @param {string} text
 * @param {{scripts: string[], characters: string}} model
 * @param {Weights} weights Of the language identifier.
 */
export function isUnreadable(text, model, weights) {
  if (/^[\0-\x7f]*$/.test(text)) return false;
  const guess = identify(text, weights);
  if (guess.language === OTHER && guess.script !== LATIN) {
    return !model.scripts.includes(guess.script);
  }
  if (guess.script) return false;
  const letters = text.match(LETTERS) ?? [];
  if (!letters.length || letters.some((one) => model.characters.includes(one))) return false;
  const code = letters[0].codePointAt(0);
  return !SIGN_LETTERS.some(([first, last]) => first <= code && code <= last);
}
