/**
 * Text steps of a model: from a text to what the model reads, and back.
 *
 * typed text  -> outer marks off -> items protected -> plain characters -> case marks -> model
 * translation <- outer marks on  <- items restored  <- case of the line <- capitals   <- model
 *
 * Outer marks are tags, emphasis marks and quotes around the whole text.
 */
import { markCase, restoreCase } from "./case_marks.mjs";
import { constants } from "./constants.mjs";
import { inLetterCase, inSentenceCase, letterCase } from "./letter_case.mjs";
import { splitOuterMarks, withOuterMarks } from "./outer_marks.mjs";
import { splitOuterQuotes, withOuterQuotes } from "./outer_quotes.mjs";
import { protect, restore, withLostItems } from "./protection.mjs";
import { SignMap } from "./signs.mjs";
import { strip } from "./white_space.mjs";

const { CASE_MARKS } = constants.case_marks;

/** Steps that the text of a model goes through. */
export class TextSteps {
  #steps;
  #places;
  #signMap;
  #missingMarks;

  /**
   * @param {{signs: boolean, protect: boolean, case_marks: boolean}} steps
   * @param {string} known Characters of the source vocabulary.
   * @param {string} places Placeholders that the model has learned.
   */
  constructor(steps, known, places) {
    this.#steps = steps;
    this.#places = places;
    this.#signMap = new SignMap(known);
    this.#missingMarks = [...CASE_MARKS].filter((mark) => !known.includes(mark));
  }

  /**
   * Prepare a text to translate.
   *
   * @param {string} typed The text, on one line.
   * @returns {{text: string, items: [string, string][], letterCase: string, quotes: object,
   *   marks: object}} The text for the tokenizer, and what `finish` needs.
   */
  source(typed) {
    const bare = { text: typed, opening: "", closing: "", stop: "" };
    const marks = this.#steps.protect ? splitOuterMarks(typed) : bare;
    const quotes = this.#steps.signs ? splitOuterQuotes(marks.text) : { ...bare, text: marks.text };
    let { text } = quotes;
    let items = [];
    if (this.#steps.protect) ({ text, items } = protect(text, this.#places));
    text = this.#signMap.apply(text);
    const found = letterCase(text);
    if (found !== "ORDINARY") text = inSentenceCase(text);
    if (this.#steps.case_marks) {
      text = markCase(text);
      for (const mark of this.#missingMarks) text = text.replaceAll(mark, "");
    }
    return { text, items, letterCase: found, quotes, marks };
  }

  /** Finish the translation of a prepared text: capitals, items, quotes and tags. */
  finish(translation, prepared) {
    let text = translation;
    if (this.#steps.protect) text = withLostItems(text, prepared.items).replace(/ {2,}/g, " ");
    if (this.#steps.case_marks) text = restoreCase(text);
    text = inLetterCase(text, prepared.letterCase);
    if (this.#steps.protect) text = restore(text, prepared.items);
    return withOuterMarks(withOuterQuotes(strip(text), prepared.quotes), prepared.marks);
  }
}
