/** Sentence splitting of a text in any language. */
import { constants } from "./constants.mjs";
import { compile, matchAt, matchesFrom } from "./patterns.mjs";
import { Candidate, STOP, isEnd } from "./sentence_ends.mjs";
import { stripEnd, stripStart } from "./white_space.mjs";

const WHITE_SPACE = compile(constants.sentences.WHITE_SPACE, "g");
const WHITE_SPACE_HERE = compile(constants.sentences.WHITE_SPACE, "y");
const LINE_BREAK = compile(constants.text.LINE_BREAK);
const ALNUM = compile(constants.sentences.ALNUM, "g");
const LONE_QUOTE = compile(constants.sentences.LONE_QUOTE, "y");
const ITEM = compile(constants.sentences.ITEM, "g");
const JOINED_ITEM = compile(constants.sentences.JOINED_ITEM);
const FIRST_LABELS = ["1", "a", "A"];

/**
 * Split a text into sentences.
 *
 * @param {string} text
 * @returns {[string, string][]} Pairs (sentence, white space after it); joined, they give the text.
 */
export function splitSentences(text) {
  const sentences = [];
  let begin = 0;
  for (const space of text.matchAll(WHITE_SPACE)) {
    if (LINE_BREAK.test(space[0])) {
      sentences.push(...splitLine(text.slice(begin, space.index), space[0]));
      begin = space.index + space[0].length;
    }
  }
  if (begin < text.length || !sentences.length) sentences.push(...splitLine(text.slice(begin), ""));
  return sentences;
}

/** Yield the sentences of a line, which white space with a line break may follow. */
function* splitLine(line, space) {
  const items = [0, ...listItems(line), line.length];
  for (let place = 1; place < items.length; place++) {
    const end = items[place];
    yield* splitItem(line.slice(items[place - 1], end), end === line.length ? space : "");
  }
}

/** Yield the sentences of a line, or of one item of a list on it. */
function* splitItem(item, space) {
  let begin = 0;
  for (const [end, following] of ends(item)) {
    yield [item.slice(begin, end), item.slice(end, following)];
    begin = following;
  }
  const sentence = stripEnd(item.slice(begin));
  yield [sentence, item.slice(begin + sentence.length) + space];
}

/** Return the place of the first letter or digit from a place on, -1 if there is none. */
function firstWord(text, place) {
  ALNUM.lastIndex = place;
  return ALNUM.exec(text)?.index ?? -1;
}

/** Yield where each sentence but the last ends, and where the next one begins. */
function* ends(text) {
  let begin = 0;
  let first = firstWord(text, 0);
  for (const stop of matchesFrom(STOP, text, 0)) {
    if (first < 0 || stop.index + stop[0].length === text.length) return;
    if (first > stop.index) continue;
    const candidate = new Candidate(stop, text, begin, first);
    if (isEnd(candidate)) {
      const [end, following] = endAndFollowing(candidate);
      begin = following;
      first = firstWord(text, begin);
      yield [end, following];
    }
  }
}

/** Return where the sentence ends and the next one begins: after the emoji, or before. */
function endAndFollowing({ text, begin, end, space, emoji: spacedEmoji }) {
  const emoji = stripStart(spacedEmoji);
  const emojiEnd = end - space.length;
  if (emoji && text.codePointAt(0) === emoji.codePointAt(0) && spacedEmoji !== emoji) {
    return [emojiEnd - spacedEmoji.length, emojiEnd - emoji.length];
  }
  if (matchAt(LONE_QUOTE, text, end)) {
    const quotes = text.slice(begin, end).split('"').length - 1;
    if (quotes % 2) {
      const after = matchAt(WHITE_SPACE_HERE, text, end + 1);
      return [end + 1, end + 1 + after[0].length];
    }
  }
  return [emojiEnd, end];
}

/** Return where the second and later items of a list on one line begin: "1. Bread 2. Milk". */
function listItems(line) {
  const found = [];
  let style = "";
  let expected = "";
  for (const item of matchesFrom(ITEM, line, 0)) {
    const label = item.groups.label ?? "";
    const ownStyle = stripEnd(item[0]).replace(label, "");
    const before = line.slice(Math.max(0, item.index - 5), item.index);
    if (style === ownStyle && label === expected && !JOINED_ITEM.test(before)) {
      found.push(item.index);
    } else if (opensList(line, item, label)) {
      style = ownStyle;
    } else {
      continue;
    }
    expected = nextLabel(label);
  }
  return found;
}

/** Return whether an item is a first one, at the begin of a line or a sentence. */
function opensList(line, item, label) {
  if (!label) return item.index === 0;
  const before = stripEnd(line.slice(Math.max(0, item.index - 3), item.index));
  return FIRST_LABELS.includes(label) && (before === "" || ":;.!?…".includes(before.at(-1)));
}

function nextLabel(label) {
  if (/^\d+$/.test(label)) return String(Number(label) + 1);
  return label ? String.fromCodePoint(label.codePointAt(0) + 1) : "";
}
