/** Rules for whether a sentence ends at a mark, such as a period, in any language. */
import { constants } from "./constants.mjs";
import { compile, matchAt } from "./patterns.mjs";
import { abbreviationKinds, fold, words } from "./sentence_words.mjs";
import { split, stripEnd } from "./white_space.mjs";

const own = constants.sentence_ends;
const { UNSPACED_MARKS, STRONG_MARKS, OPENING, LOOK_BACK, WORD_LENGTH } = own;
const LEAD = compile(own.LEAD, "y");
const GOES_ON = compile(own.GOES_ON, "y");
const ALNUM = compile(own.ALNUM, "y");
const WORD = compile(own.WORD, "y");
const WORDS = compile(own.WORD, "g");
const LAST_WORD = compile(own.LAST_WORD);
const LAST_NUMBER = compile(own.LAST_NUMBER);
const ABBREVIATED = compile(own.ABBREVIATED);
const DOTTED_WORD = compile(own.DOTTED_WORD, "y");
const ENUMERATOR = compile(own.ENUMERATOR, "y");
const DATE_PART = compile(own.DATE_PART, "y");
const ROMAN = compile(own.ROMAN, "y");
const UNIT = compile(own.UNIT);
const DASH = compile(own.DASH);
const VOWEL = compile(own.VOWEL);
const QUOTE = compile(own.QUOTE);
const FOUR_WORDS = compile(own.FOUR_WORDS, "y");
const URL = compile(own.URL, "y");
const PARTICLE = compile(own.PARTICLE, "y");
const UNSPACED_LETTER = compile(constants.text.UNSPACED_LETTER, "y");
const DIGIT = /^\p{N}/u;
const LOWERCASE = /\p{Lowercase}/u;
const UPPERCASE = /[\p{Uppercase}\p{Lt}]/u;
const TITLE_WORD = /^[A-Z][a-z]*$/;

/** Pattern of a possible end of a sentence, with all that belongs to it. */
export const STOP = compile(own.STOP, "g");

/** A place where a sentence may end. */
export class Candidate {
  /**
   * @param {RegExpExecArray} stop Match of `STOP`.
   * @param {string} text
   * @param {number} begin Where the sentence begins.
   * @param {number} first Where its first word begins.
   */
  constructor(stop, text, begin, first) {
    this.text = text;
    this.begin = begin;
    this.first = first;
    this.stop = stop.index;
    this.end = stop.index + stop[0].length;
    this.marks = stop.groups.marks;
    this.closers = stop.groups.closers;
    this.tags = stop.groups.tags;
    this.emoji = stop.groups.emoji;
    this.space = stop.groups.space;
    [this.lead] = matchAt(LEAD, text, this.end);
    this.word = this.end + this.lead.length;
  }

  /** Whether the sentence itself begins with a lowercase letter. */
  get careless() {
    return beginsLowercase(this.text, this.first);
  }

  /** Whether an inverted mark opens the next sentence. */
  get inverted() {
    return this.lead.includes("¿") || this.lead.includes("¡");
  }

  /** The text of the sentence shortly before the mark. */
  get before() {
    return this.text.slice(Math.max(this.begin, this.stop - 40), this.stop);
  }

  /** The next word in lowercase; empty if it is a number. */
  get nextWord() {
    const word = matchAt(WORD, this.text, this.word, this.word + WORD_LENGTH);
    return word ? fold(word[0]) : "";
  }
}

/** Return whether a sentence ends at a candidate, and another one begins after it. */
export function isEnd(candidate) {
  const { text, marks, end, word } = candidate;
  if (!standsFree(candidate) || matchAt(GOES_ON, text, end)) return false;
  if (closesInnerBracket(candidate) || !matchAt(ALNUM, text, word)) return false;
  if (has(UNSPACED_MARKS, marks)) return !(candidate.closers && matchAt(PARTICLE, text, end));
  if (matchAt(ENUMERATOR, text, end)) {
    return marks !== "." || abbreviationKinds(previousWord(candidate.before)).size === 0;
  }
  if (beginsLowercase(text, word) && !"#@".includes(candidate.lead.at(-1) ?? " ")) {
    return endsBeforeLowercase(candidate);
  }
  if (has(STRONG_MARKS, marks)) return !isAttributed(candidate) && !isName(candidate);
  if (marks.length > 1 || "…‥".includes(marks)) return !repeatsWord(candidate);
  return candidate.closers !== "" || fullStopEnds(candidate);
}

/** Return whether a text has lowercase letters and no capitals. */
const isLower = (text) => LOWERCASE.test(text) && !UPPERCASE.test(text);

const has = (wanted, marks) => [...marks].some((mark) => wanted.includes(mark));

/** Return whether the text after the mark is apart from it, as a new sentence would be. */
function standsFree({ text, stop, end, marks, tags, emoji, space }) {
  const following = text[end];
  if (space || emoji || following === "¿" || following === "¡") return true;
  if (tags && following === "<") return true;
  const last = marks.at(-1);
  const before = text[stop - 1];
  if (last === "．") return !(DIGIT.test(before) && DIGIT.test(following));
  if (UNSPACED_MARKS.includes(last)) return true;
  const between = "!?".includes(last) && matchAt(UNSPACED_LETTER, text, stop - 1);
  return Boolean(between && matchAt(UNSPACED_LETTER, text, end));
}

/** Return whether a bracket closes after the mark that was opened within the sentence. */
function closesInnerBracket({ text, begin, first, stop, closers }) {
  const part = text.slice(0, stop);
  return [...closers].some((closer) => {
    const place = OPENING[closer] ? part.lastIndexOf(OPENING[closer]) : -1;
    return place >= Math.max(begin, stop - LOOK_BACK) && place > first;
  });
}

/** Return whether the word at a place is lowercase, unlike "iPhone" and URLs. */
function beginsLowercase(text, place) {
  const letter = String.fromCodePoint(text.codePointAt(place));
  if (!isLower(letter) || matchAt(URL, text, place)) return false;
  const word = matchAt(WORD, text, place, place + WORD_LENGTH);
  return !word || isLower(word[0]);
}

/** Return whether a sentence ends before a lowercase word. */
function endsBeforeLowercase(candidate) {
  const { marks, closers, careless, inverted } = candidate;
  if (DASH.test(candidate.lead)) return false;
  const strong = has(STRONG_MARKS, marks);
  if (closers && (strong || !careless)) return false;
  if (strong && inverted) return true;
  if ((strong || closers) && words("speech_verbs").has(candidate.nextWord)) return false;
  if (strong || marks !== ".") return strong && careless;
  const chain = dottedWords(candidate.before);
  if (!chain.length) return careless || inverted;
  const kinds = abbreviationKinds(chain[0]);
  if (careless) kinds.delete("before_number");
  const minimum = careless || inverted ? 2 : 4;
  return chain.length === 1 && [...chain[0]].length >= minimum && kinds.size === 0;
}

/** Return the words with which a text ends, joined by periods: ["EE", "UU"]. */
function dottedWords(before) {
  const found = ABBREVIATED.exec(before);
  return found ? found[1].match(WORDS) : [];
}

/** Return whether a speaker follows a quotation: `"Where?" Tom asked`. */
function isAttributed(candidate) {
  if (candidate.lead || !QUOTE.test(candidate.closers)) return false;
  const following = matchAt(FOUR_WORDS, candidate.text, candidate.word);
  if (!following || words("joining").has(candidate.nextWord)) return false;
  const spoken = split(fold(following[0])).some((word) => words("speech_verbs").has(word));
  return spoken && candidate.text[candidate.word + following[0].length] !== ":";
}

/** Return whether the mark belongs to a name such as "Yahoo!". */
function isName(candidate) {
  const last = LAST_WORD.exec(candidate.before);
  return last !== null && words("exclamation_names").has(fold(last[0]));
}

/** Return whether the speaker hesitates: "I... I don't know", "W... What?". */
function repeatsWord(candidate) {
  const last = LAST_WORD.exec(candidate.before);
  if (!last) return false;
  const repeated = fold(last[0]);
  if ([...repeated].length === 1) return candidate.nextWord.startsWith(repeated);
  return candidate.nextWord === repeated;
}

/** Return whether a single period ends a sentence before a capital or a number. */
function fullStopEnds(candidate) {
  const number = LAST_NUMBER.exec(candidate.before);
  if (number) return endsAfterNumber(candidate, number[0]);
  const chain = dottedWords(candidate.before);
  if (!chain.length) return true;
  const last = chain.at(-1);
  const alone = candidate.stop - last.length === candidate.first;
  if (chain.length === 1 && [...chain[0]].length === 1 && alone) return false;
  if (candidate.inverted) return true;
  const kinds = kindsOf(candidate, chain);
  if (kinds) return endsAfterAbbreviation(candidate, chain, kinds);
  if ([...last].length === 1) return endsAfterLetter(candidate, chain);
  return alone || !looksAbbreviated(last);
}

/** Return the kinds of the longest abbreviation before the mark; null if there is none. */
function kindsOf(candidate, chain) {
  const following = matchAt(DOTTED_WORD, candidate.text, candidate.word);
  for (let begin = 0; begin < chain.length; begin++) {
    const abbreviation = chain.slice(begin).join(".");
    if (following && !candidate.lead) {
      const completed = `${abbreviation}.${following[1]}`;
      if (abbreviationKinds(completed).size) return new Set(["never_final"]);
    }
    let kinds = abbreviationKinds(abbreviation);
    if ([...abbreviation].length === 1 && UPPERCASE.test(abbreviation)) {
      kinds = new Set(kinds.has("before_number") ? ["before_number"] : []);
    }
    if (kinds.size) return kinds;
  }
  return null;
}

function endsAfterAbbreviation(candidate, chain, kinds) {
  const last = chain.at(-1);
  if (kinds.has("never_final")) return false;
  if (kinds.has("never_final_if_capitalized") && UPPERCASE.test(last[0])) return false;
  const { text, word, nextWord } = candidate;
  const number = DIGIT.test(text[word]) || matchAt(ROMAN, text, word);
  if (kinds.has("before_number") && number) return false;
  if (kinds.has("final_before_starter")) return words("starters").has(nextWord);
  if ([...last].length === 1 && !kinds.has("final_before_capital")) {
    return endsAfterLetter(candidate, chain);
  }
  if (fold(last) === "m") return !words("after_time").has(nextWord);
  return true;
}

/** Return whether a sentence ends after an initial, or an acronym with periods. */
function endsAfterLetter(candidate, chain) {
  const letter = chain.at(-1);
  const before = candidate.before.slice(0, -1);
  if (chain.length === 1 && /[\-'’]$/u.test(before)) return true;
  const following = matchAt(DOTTED_WORD, candidate.text, candidate.word);
  if (following && [...following[1]].length === 1) return false;
  if (chain.length === 1) {
    const previous = previousWord(before);
    if (words("letter_nouns").has(previous) || UNIT.test(before)) return true;
    if (letter === "I" && words("before_pronoun_i").has(previous)) return true;
  }
  return words("starters").has(candidate.nextWord);
}

function previousWord(before) {
  const last = LAST_WORD.exec(stripEnd(before));
  return last ? fold(last[0]) : "";
}

/** Return whether a word is one like "Sgt": short, capitalized, and without a vowel. */
const looksAbbreviated = (word) => word.length <= 4 && TITLE_WORD.test(word) && !VOWEL.test(word);

function endsAfterNumber(candidate, number) {
  const begin = candidate.stop - number.length;
  const before = stripEnd(candidate.before.slice(0, -number.length));
  if (number.length <= 3 && begin === candidate.first) return false;
  if (number === "1" && /[:\(]$/u.test(before)) return false;
  const { text, nextWord } = candidate;
  const mark = text.at(begin - 1);
  if (number.length > 2 || candidate.inverted || mark === "." || mark === ",") return true;
  if (matchAt(DATE_PART, text, candidate.word)) return false;
  if (words("ordinal_nouns").has(nextWord)) return false;
  if (words("starters").has(nextWord) || !nextWord) return true;
  return !words("ordinal_articles").has(previousWord(before)) || before.endsWith("I am");
}
