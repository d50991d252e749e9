/** Translator: text in, text out, in this thread. */
import { traceOf } from "../engine/trace.mjs";
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
    const prepared = this.#prepared(sentence);
    if (!prepared) return strip(sentence);
    const [best] = this.#found(prepared, (demands) => {
      return this.#model.translate([prepared.ids], [demands.limit], this.#rules, demands)[0];
    });
    return this.#steps.finish(this.#target.decode(best.tokens), prepared);
  }

  /**
   * Return what the model does with the first sentence of a text that it translates: records as
   * `translate --trace` writes them.
   *
   * @param {string} text
   * @param {string[]} [begin] Pieces that the translation begins with.
   * @returns {object[]}
   */
  trace(text, begin = []) {
    const sentences = this.split(text).map(([sentence]) => sentence);
    const source = sentences.find((one) => this.#prepared(one)) ?? sentences[0];
    const model = { kind: "model", decoding: this.#rules };
    const prepared = this.#prepared(source);
    if (!prepared) {
      const alternatives = [{ text: strip(source) }];
      return [model, { kind: "sentence", source, alternatives, copied: true }];
    }
    let recording;
    this.#found(prepared, (demands) => {
      recording = this.#model.record(prepared.ids, demands.limit, this.#rules, demands);
      return recording.hypotheses;
    }, begin.map((piece) => this.#target.id(piece)));
    const finish = (one) => this.#steps.finish(this.#target.decode(one.tokens), prepared);
    const piece = (token) => this.#target.pieces([token])[0];
    const pieces = this.#source.pieces(prepared.ids);
    return [model, {
      kind: "sentence",
      source,
      prepared: prepared.text,
      alternatives: recording.hypotheses.map((one) => ({ text: finish(one), score: one.score })),
      copied: false,
      ...traceOf(recording, pieces, piece, this.#rules.bos),
    }];
  }

  /** Return a sentence as the model reads it, with its ids; null if it is copied. */
  #prepared(sentence) {
    const prepared = this.#steps.source(sentence);
    if (!WORD_CHARACTER.test(prepared.text) || this.#isUnreadable(sentence)) return null;
    const ids = this.#encode(prepared.text);
    return ids.length ? { ...prepared, ids: [...ids, this.#rules.eos] } : null;
  }

  /**
   * Search, and once more where protected items are missing, which are then terms.
   *
   * @param {object} prepared The sentence.
   * @param {(demands: object) => object[]} search Returns hypotheses, best first.
   * @param {number[]} [begin] Ids that the translation begins with.
   */
  #found(prepared, search, begin = []) {
    const first = search(this.#demands(prepared.ids, [], begin));
    const lost = lostItems(this.#target.decode(first[0].tokens), prepared.items);
    if (!lost.length || !this.#description.decoding.takes_terms) return first;
    const terms = lost.map(([place]) => this.#target.encode(place));
    const second = search(this.#demands(prepared.ids, terms, begin));
    return second.length ? second : first;
  }

  /** Return what a translation must contain, and its maximum length. */
  #demands(ids, terms, begin) {
    const { decoding } = this.#description;
    const byRatio = Math.floor(ids.length * decoding.max_length_ratio);
    const own = Math.max(byRatio, begin.length) + decoding.max_length_extra;
    const longest = Math.max(own, this.#rules.min_length);
    const limit = terms.reduce((sum, term) => sum + term.length, longest);
    const demands = { limit };
    if (terms.length) Object.assign(demands, { terms: [distinct(terms)], continues: this.#continues });
    if (begin.length) demands.prefixes = [begin];
    return demands;
  }

  get #rules() {
    return this.#description.rules;
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
