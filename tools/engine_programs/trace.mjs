// Trace sentences with the library in WebAssembly.
//
//     node trace.mjs engine.mjs s2s.wasm model.safetensors job.json traces.jsonl
//
// The job, which ../web_traces.py writes, has the architecture, the target tokens and the sentences.
import { readFileSync, writeFileSync } from "node:fs";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";

const [modulePath, library, weights, jobPath, traces] = process.argv.slice(2);
const module = pathToFileURL(resolve(modulePath));
const { Engine } = await import(module);
const { traceOf } = await import(new URL("trace.mjs", module));

const { config, tokens, sentences } = JSON.parse(readFileSync(jobPath, "utf8"));
const engine = await Engine.load(readFileSync(library));
const model = engine.open(config, readFileSync(weights));
const lines = sentences.map(({ source, pieces, longest, rules, demands }) => {
  const recording = model.record(source, longest, rules, demands);
  return JSON.stringify(traceOf(recording, pieces, (token) => tokens[token], rules.bos));
});
model.close();
writeFileSync(traces, lines.map((line) => `${line}\n`).join(""));
