/** Case of whole lines: CAPITALS and Title Case, which a model hardly ever saw in training. */
import { constants } from "./constants.mjs";
import { compile } from "./patterns.mjs";
import { stripEnd } from "./white_space.mjs";

const { SHORT } = constants.letter_case;
const FIRST_WORD = compile(constants.letter_case.WORD);
const WORDS = compile(constants.letter_case.WORD, "g");
const COMPOUND = new RegExp(`^(?:${constants.letter_case.COMPOUND.pattern})$`, "u");
const LOWERCASE = /^\p{Lowercase}/u;

const upper = (text) => text.toUpperCase();
const lower = (text) => text.toLowerCase();
const isLower = (word) => LOWERCASE.test(word);
const length = (word) => [...word].length;

/** Return the first character of a word, and the rest. */
function headAndTail(word) {
  const head = String.fromCodePoint(word.codePointAt(0));
  return [head, word.slice(head.length)];
}

/** Return the case of a line: ORDINARY, CAPITALS, TITLE, FULL_TITLE or MIXED. */
export function letterCase(text) {
  const words = (text.match(WORDS) ?? []).filter((word) => upper(word) !== lower(word));
  if (words.length && 2 * words.filter(hasInnerCapitals).length >= words.length) return "MIXED";
  if (!words.length || isLower(words[0])) return "ORDINARY";
  if (words.every((word) => word === upper(word))) {
    const letters = words.reduce((sum, word) => sum + length(word), 0);
    const enough = letters >= 4 || (words.length > 1 && letters > words.length);
    return enough ? "CAPITALS" : "ORDINARY";
  }
  if (words.length < 3 || !words.every(beginsLikeTitle)) return "ORDINARY";
  const small = words.filter(isLower);
  if (!small.length) return "FULL_TITLE";
  const isSentence = /[.?!…]$/u.test(stripEnd(text));
  const tooFew = words.length - small.length < 4;
  if (isSentence || tooFew || small.some((word) => length(word) > SHORT)) return "ORDINARY";
  return "TITLE";
}

/** Return a line in lowercase, with a capital at its beginning. */
export function inSentenceCase(text) {
  const lowered = lower(text);
  const first = FIRST_WORD.exec(lowered);
  if (!first) return lowered;
  const [head] = headAndTail(first[0]);
  const rest = lowered.slice(first.index + head.length);
  return lowered.slice(0, first.index) + upper(head) + rest;
}

/** Return a translation in the case of its source. */
export function inLetterCase(text, letterCaseOfSource) {
  if (letterCaseOfSource === "ORDINARY" || letterCaseOfSource === "MIXED") return text;
  if (letterCaseOfSource === "CAPITALS") return upper(text);
  const longestSmall = letterCaseOfSource === "TITLE" ? SHORT : 0;
  return text.replace(WORDS, (word, place) => {
    if (length(word) <= longestSmall && place > 0) return word;
    const [head, tail] = headAndTail(word);
    return upper(head) + tail;
  });
}

/** Return whether a word of three letters or more mixes capitals into lowercase letters. */
function hasInnerCapitals(word) {
  const [, tail] = headAndTail(word);
  const mixed = word !== upper(word) && tail !== lower(tail);
  return length(word) > 2 && mixed && !COMPOUND.test(word);
}

function beginsLikeTitle(word) {
  const [, tail] = headAndTail(word);
  return word === lower(word) || tail === lower(tail);
}
