/** Abbreviations and other words that decide where a sentence ends, of all languages together. */
import { constants } from "./constants.mjs";
import { split } from "./white_space.mjs";

const { ABBREVIATIONS, TABLE } = constants.sentence_words;

const FOLDED = { ß: "ss", ς: "σ", ſ: "s" };

/** Return a text for comparisons without regard to case, as Python's `casefold` does. */
export const fold = (text) => text.toLowerCase().replace(/[ßςſ]/g, (one) => FOLDED[one]);

const WORDS = Object.fromEntries(Object.entries(TABLE).map(([kind, listed]) => {
  return [kind, new Set(Object.values(listed).flatMap(split).map(fold))];
}));

const KINDS = new Map();
for (const kind of ABBREVIATIONS) {
  for (const word of WORDS[kind]) {
    const abbreviation = word.replace(/\.+$/, "");
    KINDS.set(abbreviation, [...(KINDS.get(abbreviation) ?? []), kind]);
  }
}

/** Return the set of the words of one kind, such as "starters", in lowercase. */
export const words = (kind) => WORDS[kind];

/** Return the kinds of an abbreviation without its last period, as a new set. */
export const abbreviationKinds = (abbreviation) => new Set(KINDS.get(fold(abbreviation)) ?? []);
