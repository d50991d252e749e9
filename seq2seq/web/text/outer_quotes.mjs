/** Quotation marks around a whole sentence, which its translation gets back. */
import { constants } from "./constants.mjs";
import { compile } from "./patterns.mjs";
import { plainTarget } from "./plain_target.mjs";
import { isSpace, strip, stripEnd, stripStart } from "./white_space.mjs";

const { BULLETS, OUTSIDE, DOUBLE, SINGLE } = constants.outer_quotes;
const LETTER = compile(constants.outer_quotes.LETTER);
const APOSTROPHE = compile(constants.outer_quotes.APOSTROPHE, "g");
const ENDS = [".", "!", "?", "…"];

/**
 * Take away the quotes around a sentence.
 *
 * @param {string} text
 * @returns {{text: string, opening: string, closing: string}} The bare sentence and its quotes.
 */
export function splitOuterQuotes(text) {
  const stop = text.length > 1 && OUTSIDE.includes(text.at(-1)) ? text.at(-1) : "";
  const body = text.slice(0, text.length - stop.length);
  for (const quotes of [DOUBLE, SINGLE]) {
    const first = body && quotes.includes(body[0]) ? body[0] : "";
    const last = body.length > 1 && quotes.includes(body.at(-1)) ? body.at(-1) : "";
    if (!(first && last) && (quotes === SINGLE || !(first || last))) continue;
    if (BULLETS.includes(first) && !last && isSpace(body[1] ?? "")) continue;
    const inner = body.slice(first.length, body.length - last.length);
    if (isBare(inner, quotes) && (first || mayBeClosed(inner))) {
      const space = inner.slice(0, inner.length - stripStart(inner).length);
      const closing = last ? last + stop : "";
      return { text: strip(inner) + stop, opening: first ? first + space : "", closing };
    }
  }
  return { text, opening: "", closing: "" };
}

/** Return a translation in plain quotes, on the sides where its source has some. */
export function withOuterQuotes(translation, quotes) {
  if (!translation) return translation;
  const plain = plainTarget(quotes.closing);
  const ended = plain.slice(1);
  let text = translation;
  let stop = "";
  if (ended) {
    if (text.endsWith(ended)) text = text.slice(0, -ended.length);
    stop = ENDS.includes(text.at(-1)) ? "" : ended;
  }
  return plainTarget(stripEnd(quotes.opening)) + text + (ended ? plain[0] : plain) + stop;
}

/** Return whether a text says something and has no quotes of a kind. */
function isBare(text, quotes) {
  const checked = quotes === SINGLE ? text.replace(APOSTROPHE, "") : text;
  return !quotes.some((quote) => checked.includes(quote)) && LETTER.test(checked);
}

/** Return whether a quote after a text closes a quotation: it is no inch sign. */
function mayBeClosed(text) {
  const last = [...text.slice(-2)].at(-1) ?? "";
  return ENDS.includes(last) || LETTER.test(last);
}
