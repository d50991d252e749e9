// Translate lines in node with the files of an exported page, or trace them.
//
//     node translate_lines.mjs MODULES PAGE MODEL translate|trace < lines.json > answers.json
//
// Each line is a list of arguments, such as ["La casa"] or ["La casa", [12]] with a prefix in ids.
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";

const [modules, page, name, method] = process.argv.slice(2);
const folder = pathToFileURL(`${resolve(modules)}/`);
const { Engine } = await import(new URL("engine/engine.mjs", folder));
const { Weights } = await import(new URL("text/language_weights.mjs", folder));
const { Translator } = await import(new URL("translation/translator.mjs", folder));

const read = (path) => new Uint8Array(readFileSync(resolve(page, path)));
const own = (file) => read(`models/${name}/${file}`);
const source = own("joint.model");
const files = { weights: own("model.safetensors"), source, target: source };
const description = JSON.parse(new TextDecoder().decode(own("model.json")));
const engine = await Engine.load(read("s2s.wasm"));
const translator = new Translator(description, files, engine, new Weights(read("languages.bin")));

const lines = JSON.parse(readFileSync(0, "utf8"));
const answers = lines.map((line) => translator[method](...line));
process.stdout.write(JSON.stringify(answers));
