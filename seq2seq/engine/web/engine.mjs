/**
 * Translation in a browser or in node: the library of ../native, compiled to WebAssembly.
 *
 *     const engine = await Engine.load(await (await fetch("s2s.wasm")).arrayBuffer());
 *     const model = engine.open(config, weights);
 *     const [[best]] = model.translate([[17, 9, 3]], [20], { beam: 5, bos: 2, eos: 3, … });
 *
 * Everything is ids: tokenizing is up to the caller. native/s2s.h describes the structures that are
 * laid out here, word by word. `Model.record` gives what trace.mjs makes a trace of.
 */

import { RECORDING_WORDS, readRecording } from "./recording.mjs";

const VERSION = 3;
const ERROR_SIZE = 512;
const WORD = 4;

/** Fields of `s2s_config`, which are integers. */
export const CONFIG = [
  "cell", "attention", "attention_heads", "coverage", "decoder_order", "lexical_model",
  "bidirectional", "residual", "scale_embeddings", "weight_tying", "encoder_layers",
  "decoder_layers", "embedding_size", "hidden_size", "readout_size", "source_size", "target_size",
  "int8",
];

/** Fields of `s2s_search` before those that hold rows of ids. */
export const SEARCH = [
  "beam", "nbest", "length_penalty", "coverage_penalty", "bos", "eos", "first_forbidden",
  "attention", "min_length", "no_repeat_ngram",
];
const FRACTIONS = ["length_penalty", "coverage_penalty"];
const SEARCH_WORDS = SEARCH.length + 19;

/** Words of `s2s_search` where a demand is laid out; the others stay empty. */
const FORBIDDEN = SEARCH.length;
const PREFIXES = FORBIDDEN + 3;
const TERMS = FORBIDDEN + 11;
const CANDIDATES = FORBIDDEN + 15;
const CONTINUES = FORBIDDEN + 18;

/** Number of likely next tokens that are recorded for each row. */
const MOST_LIKELY = 10;

/** Words of `s2s_hypothesis`: sentence, length, score, log_probability, tokens, attention. */
const HYPOTHESIS_WORDS = 6;

/** Rules of a search that have a usual value; bos, eos and first_forbidden have none. */
const USUAL = {
  beam: 5, nbest: 1, length_penalty: 1, coverage_penalty: 0, attention: 0, min_length: 0,
  no_repeat_ngram: 0,
};

/** Memory of the engine for one call. */
class Memory {
  #exports;
  #blocks = [];

  constructor(exports) {
    this.#exports = exports;
  }

  /** Return the place of a new block. */
  room(bytes) {
    const place = this.#exports.malloc(Math.max(bytes, WORD));
    if (!place) throw new Error("there is not enough memory");
    this.#blocks.push(place);
    return place;
  }

  /** Return the place of a copy of some bytes. */
  bytes(values) {
    const place = this.room(values.length);
    new Uint8Array(this.#exports.memory.buffer, place, values.length).set(values);
    return place;
  }

  /** Return the place of some integers. */
  integers(values) {
    const place = this.room(WORD * values.length);
    this.words(place, values.length).set(values);
    return place;
  }

  /** Return the places of the values of all rows, and of where each row begins. */
  ragged(rows) {
    return [this.integers(rows.flatMap((row) => [...row])), this.starts(rows)];
  }

  /** Return the place of where each row begins if they are joined, and where the last one ends. */
  starts(rows) {
    const starts = [0];
    for (const row of rows) starts.push(starts.at(-1) + row.length);
    return this.integers(starts);
  }

  /** Words at a place as integers; of no use once the engine has asked for more memory. */
  words(place, count) {
    return new Int32Array(this.#exports.memory.buffer, place, count);
  }

  /** The same words as floating-point numbers. */
  floats(place, count) {
    return new Float32Array(this.#exports.memory.buffer, place, count);
  }

  /** Return the text at a place. */
  text(place) {
    const bytes = new Uint8Array(this.#exports.memory.buffer, place);
    return new TextDecoder().decode(bytes.slice(0, bytes.indexOf(0)));
  }

  free() {
    for (const place of this.#blocks) this.#exports.free(place);
  }
}

/** The compiled library. */
export class Engine {
  #exports;

  constructor(exports) {
    this.#exports = exports;
    const sizes = [CONFIG.length, SEARCH_WORDS, HYPOTHESIS_WORDS].map((words) => WORD * words);
    if (!exports.s2s_fits(VERSION, ...sizes)) {
      throw new Error("s2s.wasm and engine.mjs are of different versions");
    }
  }

  /**
   * Compile the library.
   *
   * @param {BufferSource} bytes Content of s2s.wasm.
   * @returns {Promise<Engine>}
   */
  static async load(bytes) {
    const { instance } = await WebAssembly.instantiate(bytes);
    instance.exports._initialize();
    return new Engine(instance.exports);
  }

  /** Name of the instructions that the library uses. */
  get kernels() {
    return new Memory(this.#exports).text(this.#exports.s2s_kernels());
  }

  /**
   * Read a model.
   *
   * @param {Object<string, number>} config Architecture: all fields of `s2s_config`.
   * @param {Uint8Array} weights Content of model.safetensors; not needed afterwards.
   * @returns {Model}
   */
  open(config, weights) {
    const memory = new Memory(this.#exports);
    try {
      const missing = CONFIG.filter((name) => !Number.isInteger(config[name]));
      if (missing.length) throw new Error(`config: ${missing.join(", ")} must be integers`);
      const fields = memory.integers(CONFIG.map((name) => config[name]));
      const file = memory.bytes(weights);
      const error = memory.room(ERROR_SIZE);
      const model = this.#exports.s2s_open(fields, file, weights.length, error, ERROR_SIZE);
      if (!model) throw new Error(`weights: ${memory.text(error)}`);
      return new Model(this.#exports, model, { ...config });
    } finally {
      memory.free();
    }
  }
}

/** A model in the memory of the engine, which `close` gives back; made by `Engine.open`. */
export class Model {
  #exports;
  #model;
  #config;

  constructor(exports, model, config) {
    this.#exports = exports;
    this.#model = model;
    this.#config = config;
  }

  /**
   * Translate sentences.
   *
   * @param {number[][]} sources Source ids of each sentence, with its end token.
   * @param {number[]} longest Maximum length of each translation, without its end token.
   * @param {Object<string, number>} rules Rules of the search: fields of `s2s_search`. bos, eos and
   *   first_forbidden are needed.
   * @param {Demands} demands What the translations must contain.
   * @returns {{tokens: number[], score: number, log_probability: number}[][]} Hypotheses of each
   *   sentence, best first.
   */
  translate(sources, longest, rules, demands = {}) {
    if (!this.#model) throw new Error("the model is closed");
    if (longest.length !== sources.length) throw new Error("longest needs a number per sentence");
    const memory = new Memory(this.#exports);
    try {
      const rows = memory.ragged(sources);
      const limits = memory.integers(longest);
      const search = layOut(memory, rules, demands, sources.length);
      const result = memory.integers([0, 0]);
      const error = memory.room(ERROR_SIZE);
      const failed = this.#exports.s2s_translate(
        this.#model, sources.length, ...rows, limits, search, result, error, ERROR_SIZE);
      if (failed) throw new Error(memory.text(error));
      const found = read(memory, result, sources.length);
      this.#exports.s2s_free(result);
      return found;
    } finally {
      memory.free();
    }
  }

  /**
   * Translate a sentence, and record what the model computes and what the search chooses.
   *
   * @param {number[]} source Source ids with the end token.
   * @param {number} longest Maximum length of the translation, without its end token.
   * @param {Object<string, number>} rules Rules of the search; see `translate`.
   * @param {Demands} demands What the translation must contain, in lists for one sentence.
   * @returns {Object} The hypotheses, and what `readRecording` returns; for `traceOf`.
   */
  record(source, longest, rules, demands = {}) {
    if (!this.#model) throw new Error("the model is closed");
    const memory = new Memory(this.#exports);
    try {
      const ids = memory.integers(source);
      const search = layOut(memory, rules, demands, 1);
      const place = memory.integers(new Int32Array(RECORDING_WORDS));
      const error = memory.room(ERROR_SIZE);
      const failed = this.#exports.s2s_record(
        this.#model, source.length, ids, longest, search, MOST_LIKELY, place, error, ERROR_SIZE);
      if (failed) throw new Error(memory.text(error));
      const [hypotheses] = read(memory, place, 1);
      const recording = readRecording(memory, place, source.length, this.#config);
      this.#exports.s2s_free_recording(place);
      return { hypotheses, ...recording, config: this.#config };
    } finally {
      memory.free();
    }
  }

  /** Give the memory of the model back. */
  close() {
    this.#exports.s2s_close(this.#model);
    this.#model = 0;
  }
}

/**
 * What the translations of sentences must contain. All lists are of target ids, and each may be
 * missing.
 *
 * @typedef {Object} Demands
 * @property {number[][]} forbidden Phrases that must not appear.
 * @property {number[][]} prefixes Beginning of each translation.
 * @property {number[][][]} terms For each sentence, the phrases that must appear.
 * @property {number[][]} candidates For each sentence, the tokens that may be chosen, ascending.
 * @property {Uint8Array} continues 1 for each target id that continues a word: no such token comes
 *   after a prefix or a term, which so end with their words.
 */

/** Return the place of an `s2s_search`. */
function layOut(memory, rules, demands, sentences) {
  const values = { ...USUAL, ...rules };
  const missing = SEARCH.filter((name) => !Number.isFinite(values[name]));
  if (missing.length) throw new Error(`rules: ${missing.join(", ")} must be numbers`);
  const place = memory.integers(new Int32Array(SEARCH_WORDS));
  SEARCH.forEach((name, index) => {
    const words = FRACTIONS.includes(name) ? memory.floats(place, SEARCH_WORDS)
      : memory.words(place, SEARCH_WORDS);
    words[index] = values[name];
  });
  layOutDemands(memory, place, demands, sentences);
  return place;
}

/** Write the demands into an `s2s_search`. */
function layOutDemands(memory, place, demands, sentences) {
  const write = (word, ...values) => memory.words(place, SEARCH_WORDS).set(values, word);
  const writeRows = (word, rows) => write(word, rows.length, ...memory.ragged(rows));
  const { forbidden, prefixes, terms, candidates, continues } = demands;
  for (const [name, rows] of Object.entries({ prefixes, terms, candidates })) {
    if (rows && rows.length !== sentences) throw new Error(`${name} needs a list per sentence`);
  }
  if (forbidden) writeRows(FORBIDDEN, forbidden);
  if (prefixes) writeRows(PREFIXES, prefixes);
  if (candidates) writeRows(CANDIDATES, candidates);
  if (continues) write(CONTINUES, memory.bytes(continues));
  if (terms) {
    writeRows(TERMS, terms.flat());
    write(TERMS + 3, memory.starts(terms));
  }
}

/** Return the hypotheses of an `s2s_result`, by sentence. */
function read(memory, result, sentences) {
  const found = Array.from({ length: sentences }, () => []);
  const [count, first] = memory.words(result, 2);
  for (let i = 0; i < count; i++) {
    const place = first + WORD * HYPOTHESIS_WORDS * i;
    const [sentence, length, , , tokens] = memory.words(place, HYPOTHESIS_WORDS);
    const [, , score, log_probability] = memory.floats(place, HYPOTHESIS_WORDS);
    const ids = Array.from(memory.words(tokens, length));
    found[sentence].push({ tokens: ids, score, log_probability });
  }
  return found;
}
