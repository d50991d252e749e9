/** Translation with the models of the page, in its worker. */
import { Calls } from "./calls.mjs";
import { readFile } from "./files.mjs";
import { settings } from "./settings.mjs";

const LIBRARY = "s2s.wasm";
const LANGUAGES = "languages.bin";
const WORKER = "worker.js";

/** Translator with the models of the page; see `Service` for the other one. */
export class OwnModels {
  #calls;
  #started;
  #opened = new Map();

  /** Start the worker, and open the first model. */
  async start() {
    this.#started = this.#startWorker();
    await this.#open(settings.models[0]);
  }

  /** Open the other models, so that nothing is loaded once the page is in use. */
  async startRest() {
    for (const model of settings.models) await this.#open(model);
  }

  /**
   * Translate a text.
   *
   * @param {string} text
   * @param {string} source Code of its language; "auto" detects it.
   * @param {string} target Code of the language to translate into.
   * @param {AbortSignal} signal
   * @param {(part: string) => void} onPart Takes the translation so far.
   * @returns {Promise<{text: string, source: string, target: string}>}
   */
  async translate(text, source, target, signal, onPart) {
    const model = await this.#modelFor(text, source, target);
    const content = { model: model.name, text };
    const translation = await this.#calls.ask("translate", content, { signal, onPart });
    return { text: translation ?? "", source: model.source, target: model.target };
  }

  /**
   * Return what a model does with the first sentence of a text (see `Translator.trace`).
   *
   * @param {string} text
   * @param {string} source Code of its language, as for `translate`.
   * @param {string} target
   * @param {string[]} [begin] Pieces that the translation begins with.
   * @returns {Promise<object[]>}
   */
  async trace(text, source, target, begin) {
    const model = await this.#modelFor(text, source, target);
    return this.#calls.ask("trace", { model: model.name, text, begin });
  }

  async #startWorker() {
    this.#calls = new Calls(makeWorker());
    const [library, languages] = await Promise.all([LIBRARY, LANGUAGES].map(readFile));
    const transfer = [library.buffer, languages.buffer];
    await this.#calls.ask("start", { library, languages }, { transfer });
  }

  async #modelFor(text, source, target) {
    const { models } = settings;
    let language = source;
    if (source === "auto") {
      const among = [...new Set(models.map((one) => one.source))];
      language = await this.#calls.ask("detect", { text, among });
    }
    const fitting = models.filter((one) => one.source === language);
    const into = (one) => one.target === target;
    const model = fitting.find(into) ?? fitting[0] ?? models.find(into) ?? models[0];
    await this.#open(model);
    return model;
  }

  /** Open a model unless it is open. */
  #open(model) {
    if (!this.#opened.has(model.name)) this.#opened.set(model.name, this.#load(model));
    return this.#opened.get(model.name);
  }

  async #load({ name, files }) {
    const joint = files.source === files.target;
    const paths = [files.description, files.weights, files.source];
    const contents = await Promise.all([...paths, ...(joint ? [] : [files.target])].map(readFile));
    const [json, weights, source, target = source] = contents;
    const description = JSON.parse(new TextDecoder().decode(json));
    const content = { model: name, description, files: { weights, source, target } };
    await this.#started;
    await this.#calls.ask("open", content, { transfer: [weights.buffer] });
  }
}

function makeWorker() {
  if (!settings.embedded) return new Worker(WORKER);
  const code = document.getElementById(WORKER).textContent;
  return new Worker(URL.createObjectURL(new Blob([code], { type: "text/javascript" })));
}
