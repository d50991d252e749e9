/**
 * A view of what happens inside a translation: it reads a trace, as `translate --trace` writes it.
 *
 *     const view = mountInside(element, { trace, force, language: "en" });
 *
 * The page links inside.css. Nothing is loaded and nothing is sent.
 */

import { attentionPart } from "./attention_part.mjs";
import { beamPart } from "./beam_part.mjs";
import { decoderPart } from "./decoder_part.mjs";
import { html } from "./elements.mjs";
import { encoderPart } from "./encoder_part.mjs";
import { forcing } from "./forcing.mjs";
import { momentCount, momentOfStep } from "./moments.mjs";
import { nextPart } from "./next_part.mjs";
import { piecesPart } from "./pieces_part.mjs";
import { bestPath, decodingOf, pathThrough, sentenceOf } from "./sentence.mjs";
import { EN } from "./texts_en.mjs";
import { ES } from "./texts_es.mjs";
import { timeline } from "./timeline.mjs";

/** Texts of the view by language. */
export const TEXTS = { en: EN, es: ES };

/**
 * Show a trace in an element, in place of what it contains.
 *
 * @param {HTMLElement} element Where to show it.
 * @param {Object} options
 * @param {Object[]} options.trace Objects of one sentence of a trace; the first that went through
 *   the model is shown.
 * @param {function(string[]): Promise<Object[]>} [options.force] Returns the trace of a translation
 *   that begins with some pieces. Without it, only branches of the beam can be followed.
 * @param {"en"|"es"} [options.language]
 * @returns {{unmount: function()}} `unmount` stops the view and empties the element.
 */
export function mountInside(element, { trace, force = null, language = "en" }) {
  const texts = TEXTS[language] ?? EN;
  const sentence = sentenceOf(trace);
  element.classList.add("inside");
  element.lang = language in TEXTS ? language : "en";
  if (!sentence || sentence.copied) {
    const text = sentence ? texts.copied : texts.empty;
    element.replaceChildren(
      ...(sentence ? headOf(texts, sentence) : []),
      html("p", { class: "none" }, text),
    );
    return { unmount: () => element.replaceChildren() };
  }
  return new View(element, texts, trace, force);
}

function headOf(texts, sentence) {
  const pairs = [
    [texts.source, sentence.source],
    [texts.translation, sentence.alternatives[0].text],
  ];
  return [
    html(
      "dl",
      { class: "sentence" },
      ...pairs.flatMap(([name, text]) => [html("dt", {}, name), html("dd", {}, text)]),
    ),
  ];
}

/** What is shown: a trace, a path through its search, and a moment. */
class View {
  #element;
  #texts;
  #parts;
  #forcing;
  #scheme = matchMedia("(prefers-color-scheme: dark)");
  #view;
  #refresh = () => this.#draw();

  constructor(element, texts, trace, force) {
    this.#element = element;
    this.#texts = texts;
    this.#forcing = force && forcing(texts, force, (found, step) => this.#open(found, step));
    this.#take(trace);
    this.#view.moment = this.#view.count - 1;
    this.#build(decodingOf(trace));
    this.#scheme.addEventListener("change", this.#refresh);
  }

  /** Stop the view and empty its element. */
  unmount() {
    this.#parts[0].stop();
    this.#scheme.removeEventListener("change", this.#refresh);
    this.#element.replaceChildren();
  }

  #take(trace) {
    const sentence = sentenceOf(trace);
    this.#view = { trace, sentence, moment: 0 };
    this.#follow(bestPath(sentence));
  }

  #follow(path) {
    this.#view.path = path;
    this.#view.count = momentCount(this.#view.sentence.pieces.length, path.length);
  }

  #build(decoding) {
    const texts = this.#texts;
    const go = (moment) => this.#go(moment);
    const branch = (step, candidate) => this.#branch(step, candidate);
    const force = (pieces) => this.#forcing.start(pieces, this.#view);
    this.#parts = [
      timeline(texts, go),
      piecesPart(texts),
      encoderPart(texts, this.#view, this.#refresh),
      attentionPart(texts, this.#view, go),
      nextPart(texts, Boolean(this.#forcing), force, branch),
      beamPart(texts, decoding, branch),
      decoderPart(texts, this.#view, this.#refresh),
    ];
    this.#draw();
  }

  #draw() {
    const view = { ...this.#view, dark: this.#scheme.matches };
    for (const part of this.#parts) part.update(view);
    if (this.#parts[0].element.isConnected) return;
    const { S, T, H, B } = sizesOf(view.sentence);
    const sizes = html("p", { class: "sizes" }, this.#texts.sizes({ S, T, H, B }));
    const [time, ...parts] = this.#parts.map((part) => part.element);
    this.#element.replaceChildren(
      ...headOf(this.#texts, view.sentence),
      time,
      ...(this.#forcing ? [this.#forcing.element] : []),
      sizes,
      ...parts,
    );
    for (const part of this.#parts) part.update(view);
  }

  #go(moment) {
    this.#view.moment = moment;
    this.#draw();
  }

  #branch(step, candidate) {
    const { sentence } = this.#view;
    this.#follow(pathThrough(sentence, step, candidate));
    this.#go(momentOfStep(step, sentence.pieces.length));
  }

  /** Show another trace of the same source, at a step of its decoder. */
  #open(trace, step) {
    this.#take(trace);
    const { sentence, path } = this.#view;
    this.#element.querySelector(".sentence").replaceWith(...headOf(this.#texts, sentence));
    this.#go(momentOfStep(Math.min(step, path.length - 1), sentence.pieces.length));
  }
}

function sizesOf({ pieces, steps, encoder, hypotheses }) {
  const [{ state }] = Object.values(encoder[0]);
  const B = Math.max(...steps.map(({ rows }) => rows.length));
  const T = hypotheses[0] ? hypotheses[0].step + 1 : steps.length;
  return { S: pieces.length, T, H: state.hidden[0].length * Object.keys(encoder[0]).length, B };
}
