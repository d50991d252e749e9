/** The page: two text areas, and a translator between them. */
import { copyFrom } from "./clipboard.mjs";
import { LanguageChoice } from "./language_choice.mjs";
import { keepForOffline } from "./offline.mjs";
import { OwnModels } from "./own_models.mjs";
import { Service } from "./service.mjs";
import { settings } from "./settings.mjs";
import { makeTabs } from "./tabs.mjs";
import { takeFiles } from "./text_files.mjs";
import { language, words, writeWords } from "./words.mjs";

const PAUSE = settings.service ? 500 : 150;

const element = (id) => document.getElementById(id);
const source = element("source");
const target = element("target");
const status = element("status");
const state = document.documentElement.dataset;

writeWords();
const choice = new LanguageChoice(translateNow, () => {
  source.value = target.value || source.value;
  translateNow();
});
const translator = settings.service ? new Service(() => element("key").value) : new OwnModels();

let view;
let running = new AbortController();
let pause;

/** Translate once nothing has been typed for a moment. */
function translateSoon() {
  running.abort();
  enableButtons();
  clearTimeout(pause);
  state.state = "waiting";
  pause = setTimeout(translateNow, PAUSE);
}

/** Translate what the text area holds; a translation that is under way is cancelled. */
async function translateNow() {
  running.abort();
  clearTimeout(pause);
  running = new AbortController();
  const { signal } = running;
  const text = source.value;
  enableButtons();
  say(text.trim() ? "translating" : "ready");
  state.state = "translating";
  try {
    const found = text.trim()
      ? await translator.translate(text, choice.source, choice.target, signal, (part) => {
        if (!signal.aborted) show(part);
      })
      : { text: "", source: choice.source, target: choice.target };
    if (!signal.aborted) finish(found, text);
  } catch (error) {
    if (!signal.aborted) fail(error);
  }
}

function finish(found, text) {
  show(found.text);
  if (found.target !== choice.target) choice.show(found.target);
  choice.showDetected(text.trim() ? found.source : "");
  source.lang = found.source === "auto" ? "" : found.source;
  target.lang = found.target;
  if (text.trim()) say("done");
  state.state = "ready";
}

function fail(error) {
  status.textContent = `${words.failed}: ${error.message}`;
  state.state = "failed";
}

function failInside(error) {
  element("inside-note").textContent = `${words.failed}: ${error.message}`;
}

/** Show a translation. */
function show(translation) {
  target.value = translation;
  enableButtons();
}

/** Disable what there is nothing for. */
function enableButtons() {
  element("clear").disabled = !source.value;
  element("copy").disabled = !target.value;
}

/** Show what the page does, which a screen reader reads out. */
function say(word) {
  status.textContent = words[word];
}

/** Show what happens inside the model when it translates the text, or an example. */
async function showInside() {
  const note = element("inside-note");
  const own = source.value.trim();
  const text = own || words.example[choice.source] || words.example.es;
  const trace = (begin) => translator.trace(text, choice.source, choice.target, begin);
  note.textContent = `${words.looking} …`;
  const { mountInside } = await import("../inside/inside.mjs");
  view?.unmount();
  const found = await trace();
  view = mountInside(element("inside-view"), { trace: found, force: trace, language });
  const shown = found.find((record) => record.kind === "sentence")?.source ?? "";
  if (!own) note.textContent = words.isExample;
  else note.textContent = shown.trim().length < own.length ? words.isFirst : "";
}

source.addEventListener("input", translateSoon);
element("copy").addEventListener("click", async () => {
  await copyFrom(target);
  say("copied");
});
element("clear").addEventListener("click", () => {
  source.value = "";
  source.focus();
  translateNow();
});
element("open").addEventListener("click", () => element("file").click());
takeFiles(element("source-pane"), element("file"), (text) => {
  source.value = text;
  translateNow();
}, (reason) => say(reason));

element("tabs").hidden = !settings.inside;
element("key-field").hidden = !settings.key;
element("key-field").addEventListener("submit", (event) => {
  event.preventDefault();
  translateNow();
});
element("own").hidden = settings.service;
element("interface").hidden = !settings.service;
makeTabs(element("tabs"), (id) => {
  if (id === "inside") showInside().catch(failInside);
});
source.placeholder = words.placeholder;
target.placeholder = words.target;

async function start() {
  await translator.start();
  if (source.value) await translateNow();
  else say("ready");
  state.state = "ready";
  performance.mark("ready");
  await translator.startRest();
  state.models = "ready";
  if (!settings.service && !settings.embedded && (await keepForOffline())) state.offline = "ready";
}

start().catch(fail);
