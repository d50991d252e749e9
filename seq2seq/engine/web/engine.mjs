/**
 * Translation in a browser or in node: the library of ../native, compiled to WebAssembly.
 *
 *     const engine = await Engine.load(await (await fetch("s2s.wasm")).arrayBuffer());
 *     const model = engine.open(config, weights);
 *     const [[best]] = model.translate([[17, 9, 3]], [20], { beam: 5, bos: 2, eos: 3, … });
 *
 * Everything is ids: tokenizing is up to the caller. native/s2s.h describes the structures that are
 * laid out here, word by word.
 */

const VERSION = 2;
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

/** Words of `s2s_search` for what a translation must contain; the other rows of ids stay empty. */
const TERMS = SEARCH.length + 11;
const TERM_STARTS = SEARCH.length + 14;
const CONTINUES = SEARCH.length + 18;

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
    const starts = [0];
    for (const row of rows) starts.push(starts.at(-1) + row.length);
    return [this.integers(rows.flatMap((row) => [...row])), this.integers(starts)];
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
      return new Model(this.#exports, model);
    } finally {
      memory.free();
    }
  }
}

/** A model in the memory of the engine, which `close` gives back; made by `Engine.open`. */
export class Model {
  #exports;
  #model;

  constructor(exports, model) {
    this.#exports = exports;
    this.#model = model;
  }

  /**
   * Translate sentences.
   *
   * @param {number[][]} sources Source ids of each sentence, with its end token.
   * @param {number[]} longest Maximum length of each translation, without its end token.
   * @param {Object<string, number>} rules Rules of the search: fields of `s2s_search`. bos, eos and
   *   first_forbidden are needed.
   * @param {{terms: number[][][], continues: Uint8Array}} [demands] Phrases that the translation of
   *   each sentence must contain, and 1 for each target id that continues a word.
   * @returns {{tokens: number[], score: number, log_probability: number}[][]} Hypotheses of each
   *   sentence, best first.
   */
  translate(sources, longest, rules, demands) {
    if (!this.#model) throw new Error("the model is closed");
    if (longest.length !== sources.length) throw new Error("longest needs a number per sentence");
    if (demands && demands.terms.length !== sources.length) {
      throw new Error("terms need a list per sentence");
    }
    const memory = new Memory(this.#exports);
    try {
      const rows = memory.ragged(sources);
      const limits = memory.integers(longest);
      const search = layOut(memory, rules);
      if (demands) layOutDemands(memory, search, demands);
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

  /** Give the memory of the model back. */
  close() {
    this.#exports.s2s_close(this.#model);
    this.#model = 0;
  }
}

/** Return the place of an `s2s_search`. */
function layOut(memory, rules) {
  const values = { ...USUAL, ...rules };
  const missing = SEARCH.filter((name) => !Number.isFinite(values[name]));
  if (missing.length) throw new Error(`rules: ${missing.join(", ")} must be numbers`);
  const place = memory.integers(new Int32Array(SEARCH_WORDS));
  SEARCH.forEach((name, index) => {
    const words = FRACTIONS.includes(name) ? memory.floats(place, SEARCH_WORDS)
      : memory.words(place, SEARCH_WORDS);
    words[index] = values[name];
  });
  return place;
}

/** Complete an `s2s_search` with what the translations must contain. */
function layOutDemands(memory, search, { terms, continues }) {
  const [ids, starts] = memory.ragged(terms.flat());
  const [, ofSentences] = memory.ragged(terms);
  const marks = memory.bytes(continues);
  const words = memory.words(search, SEARCH_WORDS);
  words.set([terms.flat().length, ids, starts], TERMS);
  words[TERM_STARTS] = ofSentences;
  words[CONTINUES] = marks;
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
