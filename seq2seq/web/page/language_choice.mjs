/** Choice of the two languages. */
import { settings } from "./settings.mjs";
import { languageName, words } from "./words.mjs";

const AUTO = "auto";

export class LanguageChoice {
  #source = document.getElementById("from");
  #target = document.getElementById("to");
  #swap = document.getElementById("swap");

  /**
   * @param {() => void} onChange Called after another choice.
   * @param {() => void} onSwap Called after a swap.
   */
  constructor(onChange, onSwap) {
    const sources = distinct("source");
    fill(this.#source, sources.length > 1 ? [AUTO, ...sources] : sources);
    fill(this.#target, distinct("target"));
    this.#source.value = sources.length > 1 ? AUTO : sources[0];
    this.#limit();
    this.#target.value = settings.models[0].target;
    this.#source.addEventListener("change", () => (this.#limit(), onChange()));
    this.#target.addEventListener("change", () => (this.#updateSwap(), onChange()));
    this.#swap.addEventListener("click", () => {
      this.#exchange();
      onSwap();
    });
    this.#updateSwap();
  }

  /** Code of the source language, or "auto". */
  get source() {
    return this.#source.value;
  }

  get target() {
    return this.#target.value;
  }

  /** Choose another target language, as for a text in the one that was chosen. */
  show(target) {
    this.#limit();
    this.#target.value = target;
    this.#updateSwap();
  }

  /** Show the language that a text was detected to be in, if it is to be detected; "" for none. */
  showDetected(code) {
    const [detect] = this.#source.options;
    if (detect.value !== AUTO) return;
    const isKnown = this.source === AUTO && code && code !== AUTO;
    detect.text = isKnown ? words.detected(nameOf(code)) : words.detect;
  }

  /** Offer only target languages that the source language is translated into. */
  #limit() {
    for (const option of this.#target.options) {
      option.disabled = this.source !== AUTO && !hasModel(this.source, option.value);
    }
    if (this.#target.selectedOptions[0]?.disabled ?? true) {
      this.#target.value = [...this.#target.options].find((one) => !one.disabled).value;
    }
    this.#updateSwap();
  }

  #exchange() {
    const { source, target } = this;
    this.#source.value = target;
    this.#limit();
    if (source !== AUTO) this.#target.value = source;
    this.#updateSwap();
  }

  #updateSwap() {
    const back = (one) => one.source === this.target
      && (this.source === AUTO || one.target === this.source);
    this.#swap.disabled = !settings.models.some(back);
  }
}

const hasModel = (source, target) => settings.models.some(
  (one) => one.source === source && one.target === target);

const distinct = (side) => [...new Set(settings.models.map((one) => one[side]))];

function fill(select, codes) {
  for (const code of codes) {
    select.append(new Option(code === AUTO ? words.detect : nameOf(code), code));
  }
}

function nameOf(code) {
  return languageName(code, settings.languages[code]);
}
