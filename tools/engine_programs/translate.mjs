// Translate ids with the library in WebAssembly, one sentence at a time.
//
//     node translate.mjs engine.mjs s2s.wasm model.safetensors job translations
//
// translate.c says what a job is, and what is printed.
import { readFileSync, writeFileSync } from "node:fs";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";

const [modulePath, library, weights, job, translations] = process.argv.slice(2);
const { CONFIG, SEARCH, Engine } = await import(pathToFileURL(resolve(modulePath)));
const numbers = readFileSync(job, "utf8").trim().split(/\s+/).map(Number);
let at = 0;
const take = (count) => numbers.slice(at, (at += count));
const named = (names) => Object.fromEntries(names.map((name) => [name, numbers[at++]]));

const engine = await Engine.load(readFileSync(library));
const model = engine.open(named(CONFIG), readFileSync(weights));
const rules = named(SEARCH);
const [sentences] = take(1);
let lines = "";
let microseconds = 0;
for (let n = 0; n < sentences; n++) {
  const [longest, length] = take(2);
  const ids = take(length);
  const begin = process.cpuUsage();
  const [[best]] = model.translate([ids], [longest], rules);
  const { user, system } = process.cpuUsage(begin);
  microseconds += user + system;
  lines += `${best.tokens.join(" ")}\n`;
}
model.close();
writeFileSync(translations, lines);
console.log(`${engine.kernels} ${(microseconds / 1000 / Math.max(sentences, 1)).toFixed(3)}`);
