/** Items that must survive translation: addresses, code, numbers, tags, emoji. */
import { constants } from "./constants.mjs";
import { compile } from "./patterns.mjs";

const { KINDS, CLOSING } = constants.item_patterns;
const ITEM = compile(constants.item_patterns.ITEM, "g");
const TRACE = compile(constants.item_patterns.TRACE);
const HALF_DAY = compile(constants.item_patterns.HALF_DAY);
const EMOTICON = new RegExp(`^(?:${constants.item_patterns.EMOTICON.pattern})$`, "u");
const PUNCTUATION = ".,;:!?'…\"";

/**
 * Find the items of a text, from left to right.
 *
 * @param {string} text
 * @returns {{begin: number, text: string, kind: number}[]} Kind: place in `KINDS` of Python.
 */
export function findItems(text) {
  const items = [];
  if (!TRACE.test(text)) return items;
  let at = 0;
  for (;;) {
    ITEM.lastIndex = at;
    const found = ITEM.exec(text);
    if (!found) return items;
    const kind = KINDS.findIndex((name) => found.groups[name] !== undefined);
    const item = trimItem(found[0]);
    if (item) items.push({ begin: found.index, text: item, kind });
    at = Math.max(found.index + item.length, found.index + 1);
  }
}

/** Return an item without the punctuation of the sentence at its end. */
function trimItem(item) {
  if (EMOTICON.test(item)) return item;
  let text = item;
  while (text && (PUNCTUATION.includes(text.at(-1)) || closesNothing(text)) && !keepsEnd(text)) {
    text = text.slice(0, -1);
  }
  return text;
}

/** Return whether an item ends with a bracket that opens outside it. */
function closesNothing(text) {
  const opening = CLOSING[text.at(-1)];
  return opening !== undefined && count(text, opening) < count(text, text.at(-1));
}

const count = (text, character) => text.split(character).length - 1;

/** Return whether an item's last character belongs to it, as in "&amp;" and "3 p. m.". */
function keepsEnd(text) {
  const last = text.at(-1);
  if (last === ";") return text[0] === "&";
  if (last === ":") return text[0] === ":" && text.length > 1;
  return last === "." && HALF_DAY.test(text);
}
