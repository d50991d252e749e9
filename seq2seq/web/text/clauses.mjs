/** Cutting of a sentence that is too long for a model, at the boundaries of clauses. */
import { constants } from "./constants.mjs";
import { round } from "./numbers.mjs";
import { compile, matchAt, matchesFrom } from "./patterns.mjs";
import { fold, words } from "./sentence_words.mjs";
import { stripEnd } from "./white_space.mjs";

const { FILL, WINDOW } = constants.clauses;
const BOUNDARIES = constants.clauses.BOUNDARIES.map((one) => compile(one, "g"));
const WHITE_SPACE = compile(constants.clauses.WHITE_SPACE, "g");
const WHITE_SPACE_HERE = compile(constants.clauses.WHITE_SPACE, "y");
const WORD_AFTER_SPACE = compile(constants.clauses.WORD_AFTER_SPACE, "g");
const BINDS_BACK = compile(constants.clauses.BINDS_BACK, "y");

/**
 * Cut a sentence that is too long into parts of similar length.
 *
 * @param {string} sentence
 * @param {number} longest Maximum length of a part.
 * @param {(text: string) => number} length Length of a text, such as its number of tokens.
 * @returns {[string, string][]} Pairs (part, white space after it).
 */
export function splitLong(sentence, longest, length) {
  const parts = [];
  const whole = stripEnd(sentence);
  const pending = [[whole, sentence.slice(whole.length)]];
  while (pending.length) {
    const [text, space] = pending.pop();
    const size = length(text);
    if (size <= longest || text.length < 2) {
      parts.push([text, space]);
      continue;
    }
    const count = Math.min(Math.max(2, Math.ceil(size / (FILL * longest))), text.length);
    pending.push(...cut(text, space, count).reverse());
  }
  return parts;
}

/** Cut a text that does not end with white space into at least two parts. */
function cut(text, space, count) {
  const parts = [];
  let begin = 0;
  for (let remaining = count; remaining > 1; remaining--) {
    const share = (text.length - begin) / remaining;
    if (share < 1) break;
    const window = Math.ceil(share * WINDOW);
    const [end, following] = bestCut(text, begin, begin + round(share), window);
    parts.push([text.slice(begin, end), text.slice(end, following)]);
    begin = following;
  }
  return [...parts, [text.slice(begin), space]];
}

/** Return where a part that begins at a place ends, and where the next one begins. */
function bestCut(text, begin, middle, window) {
  const low = Math.max(begin + 1, middle - window);
  const high = Math.min(text.length - 1, middle + window);
  for (const pattern of BOUNDARIES) {
    const found = [...matchesFrom(pattern, text, low, high)];
    const places = found.map((match) => match.index + match[0].length);
    if (places.length) return aroundSpace(text, begin, nearest(places, middle));
  }
  const conjunctions = [...matchesFrom(WORD_AFTER_SPACE, text, low, high)]
    .filter((match) => words("conjunctions").has(fold(match[1])));
  const spaces = conjunctions.length ? conjunctions : [...matchesFrom(WHITE_SPACE, text, low, high)];
  if (spaces.length) {
    return aroundSpace(text, begin, nearest(spaces.map((match) => match.index), middle));
  }
  let place = middle;
  while (place < high && bindsBack(text, place)) place += 1;
  if (place === high) place = insidePair(text, middle) ? middle + 1 : middle;
  return [place, place];
}

/** Return whether a cut at a place would part a character from what belongs to it. */
const bindsBack = (text, place) => insidePair(text, place) || matchAt(BINDS_BACK, text, place);

/** Return whether a place is between the two halves of a character beyond U+FFFF. */
const insidePair = (text, place) => /[\udc00-\udfff]/.test(text[place] ?? "");

/** Return the place that is nearest to the middle, the first one of several. */
const nearest = (places, middle) => places.reduce((best, place) => {
  return Math.abs(place - middle) < Math.abs(best - middle) ? place : best;
});

/** Return the begin and end of the white space around a place, which may be none. */
function aroundSpace(text, begin, place) {
  const space = matchAt(WHITE_SPACE_HERE, text, place);
  const following = space ? place + space[0].length : place;
  const end = begin + stripEnd(text.slice(begin, place)).length;
  return end > begin ? [end, following] : [following, following];
}
