/** The page of a trace, which `seq2seq trace` writes: a sentence and a language to choose. */

import { choice } from "./choice.mjs";
import { html, refill } from "./elements.mjs";
import { mountInside, TEXTS } from "./inside.mjs";

const LANGUAGES = [
  ["en", "English"],
  ["es", "Español"],
];

/** Return the sentences of a trace, each with the model that translated it. */
function sentencesOf(records) {
  let model = null;
  return records.flatMap((record) => {
    if (record.kind === "model") model = record;
    return record.kind === "sentence" ? [[model, record].filter(Boolean)] : [];
  });
}

function start() {
  const traces = sentencesOf(JSON.parse(document.getElementById("trace").textContent));
  const main = document.querySelector("main");
  const header = document.querySelector("header");
  const title = html("h1", {});
  let view = null;
  let [language, place] = [navigator.language.startsWith("es") ? "es" : "en", "0"];
  const show = () => {
    const texts = TEXTS[language];
    document.documentElement.lang = language;
    document.title = texts.title;
    title.textContent = texts.title;
    view?.unmount();
    view = mountInside(main, { trace: traces[Number(place)] ?? [], language });
    const sentence = choice(texts.page.sentence, () => {
      place = sentence.value();
      show();
    });
    sentence.offer(traces.map((trace, at) => [String(at), `${at + 1}. ${trace.at(-1).source}`]));
    sentence.choose(place);
    const chosen = choice(texts.page.language, () => {
      language = chosen.value();
      show();
    });
    chosen.offer(LANGUAGES);
    chosen.choose(language);
    refill(header, title, sentence.element, chosen.element);
  };
  show();
}

start();
