// Apply functions of the page's modules to texts.
//
//     node text_functions.mjs MODULES < requests.json > answers.json
//
// A request is [name, ...arguments]; all answers are JSON.
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";

const folder = pathToFileURL(`${resolve(process.argv[2])}/`);
const load = (name) => import(new URL(name, folder));
const { markCase, restoreCase } = await load("text/case_marks.mjs");
const { splitLong } = await load("text/clauses.mjs");
const { findItems } = await load("text/items.mjs");
const { identify } = await load("text/languages.mjs");
const { Weights } = await load("text/language_weights.mjs");
const { inSentenceCase, letterCase } = await load("text/letter_case.mjs");
const { splitOuterMarks } = await load("text/outer_marks.mjs");
const { splitOuterQuotes } = await load("text/outer_quotes.mjs");
const { plainTarget } = await load("text/plain_target.mjs");
const { splitSentences } = await load("text/sentences.mjs");
const { SignMap } = await load("text/signs.mjs");
const { TextSteps } = await load("text/steps.mjs");
const { Tokenizer } = await load("tokenizer/tokenizer.mjs");

const cached = new Map();
const once = (key, make) => cached.get(key) ?? cached.set(key, make()).get(key);
const file = (path) => new Uint8Array(readFileSync(path));

const FUNCTIONS = {
  markCase,
  restoreCase,
  findItems: (text) => findItems(text).map((item) => item.text),
  letterCase: (text) => [letterCase(text), inSentenceCase(text)],
  splitOuterMarks,
  splitOuterQuotes,
  plainTarget,
  splitSentences,
  splitLong: (text, longest) => splitLong(text, longest, (part) => [...part].length),
  plainSigns: (text, known) => once(known, () => new SignMap(known)).apply(text),
  identify: (text, path) => identify(text, once(path, () => new Weights(file(path)))),
  steps: (text, steps, known, places) => {
    const own = once(`steps ${known}`, () => new TextSteps(steps, known, places));
    const prepared = own.source(text);
    return [prepared.text, own.finish(prepared.text, prepared)];
  },
  tokens: (text, path) => {
    const tokenizer = once(path, () => new Tokenizer(file(path)));
    const ids = tokenizer.encode(text);
    return [ids, tokenizer.decode(ids)];
  },
  decode: (ids, path) => once(path, () => new Tokenizer(file(path))).decode(ids),
};

const requests = JSON.parse(readFileSync(0, "utf8"));
const answers = requests.map(([name, ...rest]) => FUNCTIONS[name](...rest));
process.stdout.write(JSON.stringify(answers));
