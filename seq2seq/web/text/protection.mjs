/** Protection of items: placeholders that a model copies to where the items belong. */
import { constants } from "./constants.mjs";
import { findItems } from "./items.mjs";
import { round } from "./numbers.mjs";
import { compile } from "./patterns.mjs";

const { PLACEHOLDERS, PLACES, KINDS } = constants.protection;
const PLACEHOLDER = compile(constants.protection.PLACEHOLDER, "g");

/**
 * Replace the items of a text with placeholders.
 *
 * @param {string} text
 * @param {string} places Placeholders that the model has learned.
 * @returns {{text: string, items: [string, string][]}} The text, and pairs (placeholder, item).
 */
export function protect(text, places) {
  const found = findItems(text);
  const chosen = choosePlaces(found, places);
  const items = [];
  let protectedText = "";
  let end = 0;
  found.forEach((item, index) => {
    protectedText += text.slice(end, item.begin) + (chosen[index] || item.text);
    end = item.begin + item.text.length;
    if (chosen[index]) items.push([chosen[index], item.text]);
  });
  return { text: protectedText + text.slice(end), items };
}

/** Return a text with its items in place of placeholders; what stands for nothing is dropped. */
export function restore(text, items) {
  const waiting = new Map();
  for (const [place, item] of items) waiting.set(place, [...(waiting.get(place) ?? []), item]);
  return text.replace(PLACEHOLDER, (place) => waiting.get(place)?.shift() ?? "");
}

/** Return the items whose placeholder is missing from a translation. */
export function lostItems(text, items) {
  const counts = new Map();
  for (const place of text.match(PLACEHOLDER) ?? []) {
    counts.set(place, (counts.get(place) ?? 0) + 1);
  }
  return items.filter(([place]) => {
    counts.set(place, (counts.get(place) ?? 0) - 1);
    return counts.get(place) < 0;
  });
}

/** Return a translation with the placeholders that it lacks, in proportion to their places. */
export function withLostItems(text, items) {
  const lost = lostItems(text, items);
  if (!lost.length) return text;
  const words = text.split(" ");
  const order = items.map(([place]) => place);
  for (const [place] of lost) {
    const at = round(((order.indexOf(place) + 1) / (order.length + 1)) * words.length);
    words.splice(at, 0, place);
  }
  return words.join(" ");
}

/** Return the placeholder of each item: those of its kind in turn; "" if there are none. */
function choosePlaces(items, places) {
  const ofKind = KINDS.map((_, kind) => {
    const own = PLACEHOLDERS.slice(kind * PLACES, (kind + 1) * PLACES);
    return [...own].filter((place) => places.includes(place));
  });
  const counts = KINDS.map(() => 0);
  return items.map(({ kind }) => {
    const known = ofKind[kind];
    const place = known.length ? known[counts[kind] % known.length] : "";
    counts[kind] += 1;
    return place;
  });
}
