/** Translator: text in, text out, in this thread. */
import { lostItems } from "../text/protection.mjs";
import { TextSteps } from "../text/steps.mjs";
import { strip } from "../text/white_space.mjs";
import { Tokenizer } from "../tokenizer/tokenizer.mjs";
import { isUnreadable } from "./readable.mjs";
import { joinSegments, segmentsOf } from "./segments.mjs";

const WORD_CHARACTER = /[\p{L}\p{N}]/u;
const CHARACTERS_PER_TOKEN = 64;
const MAX_TEXT = 1_000_000;

export class Translator {
  #description;
  #continues;
  #model;
  #weights;
  #source;
  #target;
  #steps;

  /**
   * @param {object} description Content of model.json.
   * @param {{weights: Uint8Array, source: Uint8Array, target: Uint8Array}} files The weights of the
   *   model and its tokenizers, which may be the same.
   * @param {Engine} engine
   * @param {Weights} weights Weights of the language identifier.
   */
  constructor(description, files, engine, weights) {
    this.#description = description;
    this.#continues = marks(description.continuation_ids, description.config.target_size);
    this.#weights = weights;
    this.#model = engine.open(description.config, files.weights);
    this.#source = new Tokenizer(files.source);
    this.#target = files.target === files.source ? this.#source : new Tokenizer(files.target);
    this.#steps = new TextSteps(description.steps, description.characters, description.places);
  }

  /** Translate a text. */
  translate(text) {
    const segments = this.split(text);
    return this.join(segments, segments.map(([sentence]) => this.translateSegment(sentence)));
  }

  /** Return the segments of a text: pairs (sentence, white space after it). */
  split(text) {
    const { split, max_source_length: longest } = this.#description.decoding;
    const typed = text.toWellFormed().slice(0, MAX_TEXT);
    if (!split) return [[typed, ""]];
    const length = (sentence) => this.#source.encode(this.#steps.source(sentence).text).length;
    return segmentsOf(typed, longest, length);
  }

  /** Return the translation of a text from those of its segments. */
  join(segments, translations) {
    return joinSegments(segments, translations);
  }

  /** Translate a segment of a text. */
  translateSegment(sentence) {
    const prepared = this.#steps.source(sentence);
    if (!WORD_CHARACTER.test(prepared.text) || this.#isUnreadable(sentence)) return strip(sentence);
    const ids = this.#encode(prepared.text);
    if (!ids.length) return strip(sentence);
    let [best] = this.search(ids);
    const lost = lostItems(this.#target.decode(best.tokens), prepared.items);
    if (lost.length && this.#description.decoding.takes_terms) {
      const terms = lost.map(([place]) => this.#target.encode(place));
      best = this.search(ids, terms)[0] ?? best;
    }
    return this.#steps.finish(this.#target.decode(best.tokens), prepared);
  }

  /**
   * Search for translations of a source.
   *
   * @param {number[]} ids Source ids without the end token.
   * @param {number[][]} [terms] Phrases that the translation must contain.
   * @returns {{tokens: number[], score: number, log_probability: number}[]}
   */
  search(ids, terms = []) {
    const { decoding, rules } = this.#description;
    const continues = this.#continues;
    const complete = [...ids, rules.eos];
    const byRatio = Math.floor(complete.length * decoding.max_length_ratio);
    const own = Math.max(byRatio + decoding.max_length_extra, rules.min_length);
    const limit = terms.reduce((sum, term) => sum + term.length, own);
    const demands = terms.length ? { terms: [distinct(terms)], continues } : undefined;
    return this.#model.translate([complete], [limit], rules, demands)[0];
  }

  #isUnreadable(sentence) {
    return isUnreadable(sentence, this.#description, this.#weights);
  }

  /** Return the ids of a prepared text, cut to the maximum length. */
  #encode(text) {
    const { max_source_length: longest } = this.#description.decoding;
    const reach = text.slice(0, longest * CHARACTERS_PER_TOKEN);
    return this.#source.encode(reach).slice(0, longest);
  }
}

/** Return rows without repetitions. */
function distinct(rows) {
  return [...new Map(rows.map((row) => [row.join(), row])).values()];
}

/** Return a byte per id: 1 for those in ranges of ids, each its first and its last one. */
function marks(ranges, size) {
  const found = new Uint8Array(size);
  for (const [first, last] of ranges) found.fill(1, first, last + 1);
  return found;
}
