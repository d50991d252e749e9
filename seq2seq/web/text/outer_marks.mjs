/** Tags and emphasis marks around a whole sentence, which its translation gets back. */
import { constants } from "./constants.mjs";
import { compile, matchesFrom } from "./patterns.mjs";
import { strip, stripEnd, stripStart } from "./white_space.mjs";

const { EMPTY, HTML, OUTSIDE } = constants.outer_marks;
const TAG = compile(constants.outer_marks.TAG, "g");
const MARKED = compile(constants.outer_marks.MARKED);
const LETTER = compile(constants.outer_marks.LETTER);
const ENDS = [".", "!", "?", "…"];

/**
 * Take away the tags and emphasis marks around a sentence.
 *
 * @param {string} text
 * @returns {{text: string, opening: string, closing: string, stop: string}} The bare sentence and
 *   its marks.
 */
export function splitOuterMarks(text) {
  const stop = OUTSIDE.includes(text.at(-1)) ? text.at(-1) : "";
  let [begin, end] = withoutTags(text.slice(0, text.length - stop.length));
  const inside = begin < end ? text.slice(begin, end) : "";
  const emphasis = MARKED.exec(inside);
  if (emphasis?.[0] === inside && isPhrase(emphasis[1], emphasis[2])) {
    begin += emphasis[1].length;
    end -= emphasis[1].length;
  }
  if (begin >= end || !LETTER.test(text.slice(begin, end))) {
    return { text, opening: "", closing: "", stop: "" };
  }
  const closing = text.slice(end, text.length - stop.length);
  const bare = text.slice(begin, end) + stop;
  return { text: bare, opening: text.slice(0, begin), closing, stop: closing ? stop : "" };
}

/** Return a translation with the marks of its source around it. */
export function withOuterMarks(translation, marks) {
  if (!translation) return translation;
  let { stop } = marks;
  const text =
    stop && translation.endsWith(stop) ? translation.slice(0, -stop.length) : translation;
  if (ENDS.includes(text.at(-1))) stop = "";
  return marks.opening + text + marks.closing + stop;
}

/** Return the range of a text between the tags at its ends. */
function withoutTags(text) {
  const tags = findTags(text);
  let [begin, end] = [0, text.length];
  let [first, last] = [0, tags.length - 1];
  const blank = (from, to) => !strip(text.slice(from, to));
  while (first <= last) {
    while (first <= last && isHtmlHalf(tags[first]) && blank(begin, tags[first].begin)) {
      begin = tags[first++].end;
    }
    while (first <= last && isHtmlHalf(tags[last]) && blank(tags[last].end, end)) {
      end = tags[last--].begin;
    }
    if (first >= last || tags[first].partner !== last) break;
    if (!blank(begin, tags[first].begin) || !blank(tags[last].end, end)) break;
    begin = tags[first++].end;
    end = tags[last--].begin;
  }
  const bare = text.slice(begin, end);
  return [
    begin ? end - stripStart(bare).length : begin,
    end < text.length ? begin + stripEnd(bare).length : end,
  ];
}

/** Return the tags of a text in order, each with the index of its other half, or -1. */
function findTags(text) {
  const tags = [];
  const opened = new Map();
  for (const found of matchesFrom(TAG, text, 0)) {
    const name = found[2].toLowerCase();
    let partner = -1;
    if (found[1]) {
      partner = opened.get(name)?.pop() ?? -1;
    } else if (!EMPTY.includes(name) && !found[0].endsWith("/>")) {
      if (!opened.has(name)) opened.set(name, []);
      opened.get(name).push(tags.length);
    }
    if (partner >= 0) tags[partner].partner = tags.length;
    tags.push({ begin: found.index, end: found.index + found[0].length, name, partner });
  }
  return tags;
}

/** Return whether a tag without a partner only marks text; it stands for no word. */
function isHtmlHalf(tag) {
  return tag.partner < 0 && HTML.includes(tag.name);
}

/** Return whether marked text is emphasized; `__init__` is a name. */
function isPhrase(mark, inner) {
  return !mark.includes("_") || inner.includes(" ");
}
