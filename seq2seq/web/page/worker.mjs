/** Worker of the page: translates, so that the page never waits. */
import { Engine } from "../engine/engine.mjs";
import { identify } from "../text/languages.mjs";
import { Weights } from "../text/language_weights.mjs";
import { Translator } from "../translation/translator.mjs";

const MOST_REMEMBERED = 2000;

let engine;
let weights;
const translators = new Map();
const remembered = new Map();
const cancelled = new Set();

/** What the page asks for; each function returns the answer. */
const REQUESTS = {
  async start({ library, languages }) {
    engine = await Engine.load(library);
    weights = new Weights(languages);
  },
  open({ model, description, files }) {
    translators.set(model, new Translator(description, files, engine, weights));
  },
  detect({ text, among }) {
    return identify(text, weights, among).language;
  },
  async translate({ model, text, id }) {
    const translator = translators.get(model);
    const segments = translator.split(text);
    const done = [];
    for (const [sentence] of segments) {
      if (cancelled.delete(id)) return null;
      const known = recall(model, sentence);
      done.push(known ?? remember(model, sentence, translator.translateSegment(sentence)));
      if (known !== undefined || done.length === segments.length) continue;
      postMessage({ id, part: translator.join(segments.slice(0, done.length), done) });
      await messagesRead();
    }
    return translator.join(segments, done);
  },
  trace({ model, text, begin }) {
    return translators.get(model).trace(text, begin);
  },
};

addEventListener("message", async ({ data }) => {
  const { id, request } = data;
  if (request === "cancel") {
    cancelled.add(id);
    return;
  }
  try {
    postMessage({ id, answer: await REQUESTS[request](data) });
  } catch (error) {
    postMessage({ id, error: String(error?.message ?? error) });
  }
  cancelled.delete(id);
});

const { port1, port2 } = new MessageChannel();

/** Return a promise that is kept once all messages that have come are read. */
const messagesRead = () => new Promise((keep) => {
  port1.onmessage = keep;
  port2.postMessage(null);
});

const key = (model, sentence) => `${model} ${sentence}`;

/** Return the translation of a sentence that has been translated shortly before. */
const recall = (model, sentence) => remembered.get(key(model, sentence));

function remember(model, sentence, translation) {
  if (remembered.size >= MOST_REMEMBERED) remembered.delete(remembered.keys().next().value);
  remembered.set(key(model, sentence), translation);
  return translation;
}
