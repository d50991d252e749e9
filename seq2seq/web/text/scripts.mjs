/** Scripts of a text, by Unicode ranges. */
import { constants } from "./constants.mjs";

const { RANGES, SYLLABLES } = constants.scripts;

/**
 * Count the characters of each script other than Latin.
 *
 * @param {string} text
 * @returns {Map<string, number>} Weighted number of characters per script.
 */
export function otherScripts(text) {
  const counts = new Map();
  const add = (script, count) => counts.set(script, (counts.get(script) ?? 0) + count);
  for (const character of text) {
    const code = character.codePointAt(0);
    if (code <= 0x36f) continue;
    const found = RANGES.find(([first, last]) => first <= code && code <= last);
    if (found) add(found[2], SYLLABLES.includes(found[2]) ? 2 : 1);
  }
  if (counts.has("Kana")) {
    add("Kana", counts.get("Han") ?? 0);
    counts.delete("Han");
  }
  return counts;
}
