/** Case marks: spell capitals as marks, so that a model reads and writes lowercase words. */
import { constants } from "./constants.mjs";
import { compile } from "./patterns.mjs";

const { CAPITAL, CAPITALS, SMALL, CASE_MARKS } = constants.case_marks;
const END = constants.case_marks.END.codePointAt(0);
const MARK = compile(constants.case_marks.MARK);
const MARKS = compile(constants.case_marks.MARK, "g");
const OPENING_MARK = compile(constants.case_marks.OPENING_MARK, "y");
const WORD = compile(constants.case_marks.WORD);
const WORDS = compile(constants.case_marks.WORD, "g");
const MARKED_WORD = compile(constants.case_marks.MARKED_WORD, "g");
const UPPERCASE = compile(constants.case_marks.UPPERCASE);

/** Return a text with marks and lowercase letters in place of capitals. */
export function markCase(typed) {
  const text = typed.replace(MARKS, "");
  const first = WORD.exec(text);
  if (!first) return text;
  const [marks, spelled] = markWord(first[0], true);
  const before = text.slice(0, first.index);
  const rest = markRest(text.slice(first.index + first[0].length));
  if (marks === SMALL || (marks && !before.replaceAll(" ", ""))) {
    return `${marks} ${before}${spelled}${rest}`;
  }
  return before + marks + spelled + rest;
}

/** Return a text with capitals in place of marks. */
export function restoreCase(text) {
  OPENING_MARK.lastIndex = 0;
  const opening = OPENING_MARK.exec(text);
  const mark = opening ? opening[1] : "";
  let body = opening ? text.slice(opening[0].length) : text;
  const first = WORD.exec(body);
  if (first && mark !== SMALL && !followsMark(body, first.index)) {
    const letter = String.fromCodePoint(body.codePointAt(first.index));
    const rest = body.slice(first.index + letter.length);
    body = body.slice(0, first.index) + (mark ? mark + letter : upper(letter)) + rest;
  }
  return MARK.test(body) ? body.replace(MARKED_WORD, restoreWord) : body;
}

/** Mark the words after the first one. */
function markRest(text) {
  const parts = [];
  let end = 0;
  for (const word of text.matchAll(WORDS)) {
    const between = text.slice(end, word.index);
    const [marks, spelled] = markWord(word[0], false);
    if (marks && between.endsWith(" ")) parts.push(between.slice(0, -1), marks, " ", spelled);
    else parts.push(between, marks, spelled);
    end = word.index + word[0].length;
  }
  return [...parts, text.slice(end)].join("");
}

/** Return whether the word at a place has a mark before it. */
function followsMark(text, place) {
  const before = text.slice(0, place).replace(/ $/, "");
  return before !== "" && CASE_MARKS.includes(before.at(-1));
}

/** Return the marks before a word, and the word with lowercase letters and marks. */
function markWord(word, first) {
  const letters = [...word];
  if (!UPPERCASE.test(word)) {
    const needsMark = first && upper(letters[0]) !== letters[0];
    return [needsMark ? SMALL : "", word];
  }
  if (letters.length === 1 && !first) return ["", word];
  const parts = [];
  let place = 0;
  while (place < letters.length) {
    let run = place;
    while (run < letters.length && lower(letters[run]) !== letters[run]) run += 1;
    if (run === place) {
      parts.push(letters[place]);
      place += 1;
      continue;
    }
    const capitals = run - place > 1;
    parts.push(capitals ? CAPITALS : CAPITAL, ...letters.slice(place, run).map(lower));
    if (capitals && run < letters.length) parts.push(SMALL);
    place = run;
  }
  return hoist(parts.join(""), first);
}

/** Split off the mark that begins a word; drop it where a capital goes without saying. */
function hoist(spelled, first) {
  const mark = CASE_MARKS.includes(spelled[0]) ? spelled[0] : "";
  const rest = spelled.slice(mark.length);
  if (!first) return [mark, rest];
  if (mark === CAPITAL) return ["", rest];
  const letter = String.fromCodePoint(rest.codePointAt(0));
  if (!mark && upper(letter) !== letter) return [SMALL, rest];
  return [mark, rest];
}

/** Return a word after a mark, with its capitals. */
function restoreWord(found, firstMark, word) {
  const space = found[1] === " " ? " " : "";
  let mode = firstMark;
  let letters = "";
  for (const character of word) {
    if (CASE_MARKS.includes(character)) {
      mode = character;
      continue;
    }
    letters += mode === SMALL ? character : upper(character);
    if (mode === CAPITAL) mode = SMALL;
  }
  return space + letters;
}

const isSingle = (text) => [...text].length === 1;

/** Return the lowercase form of a letter, or the letter if its case could not be restored. */
function lower(letter) {
  const lowered = letter.toLowerCase();
  const restorable = isSingle(lowered) && lowered.toUpperCase() === letter;
  return restorable && letter.codePointAt(0) < END ? lowered : letter;
}

/** Return the capital of a letter, or the letter if its case could not be restored. */
function upper(letter) {
  const raised = letter.toUpperCase();
  const restorable = isSingle(raised) && raised.toLowerCase() === letter;
  return restorable && raised.codePointAt(0) < END ? raised : letter;
}
