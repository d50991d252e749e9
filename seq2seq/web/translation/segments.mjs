/** Segments of a text: its sentences, prepared for the model, and the translation joined again. */
import { splitLong } from "../text/clauses.mjs";
import { constants } from "../text/constants.mjs";
import { compile, matchAt } from "../text/patterns.mjs";
import { splitSentences } from "../text/sentences.mjs";
import { strip } from "../text/white_space.mjs";

const LINE_BREAK = compile(constants.text.LINE_BREAK);
const UNSPACED_LETTER = compile(constants.text.UNSPACED_LETTER, "y");

/**
 * Split a text into sentences, and those that are too long at clause boundaries.
 *
 * @param {string} text
 * @param {number} longest Maximum number of tokens of a segment.
 * @param {(sentence: string) => number} length Number of tokens of a sentence.
 * @returns {[string, string][]} Pairs (segment, white space after it); joined, they give the text.
 */
export function segmentsOf(text, longest, length) {
  return splitSentences(text).flatMap(([sentence, space]) => {
    if ([...sentence].length <= longest) return [[sentence, space]];
    const parts = splitLong(sentence, longest, length);
    parts.at(-1)[1] = space;
    return parts;
  });
}

/** Return the translations of segments as one text. */
export function joinSegments(segments, translations) {
  if (translations.length === 1) return translations[0];
  let joined = "";
  let space = "";
  for (const [place, translation] of translations.entries()) {
    const following = segments[place][1];
    if (translation) joined += between(joined, space, translation) + translation;
    space = translation ? following : space + following;
  }
  return strip(joined);
}

/** Return the white space between two translations. */
function between(before, space, after) {
  if (LINE_BREAK.test(space)) return space;
  const last = before.at(-1) ?? "";
  const unspaced = matchAt(UNSPACED_LETTER, after, 0) && last > "\u007f";
  return unspaced && !space ? "" : " ";
}
