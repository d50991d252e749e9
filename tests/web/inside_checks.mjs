// Check the logic of the view against traces: node inside_checks.mjs FOLDER-OF-MODULES traces.json
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";

const [folder, file] = process.argv.slice(2);
const load = (name) => import(new URL(name, `${pathToFileURL(resolve(folder))}/`));
const { bestPath, cellKind, extensions, pathThrough, sentenceOf } = await load("sentence.mjs");
const { layOutBeam, stateAt } = await load("beam_layout.mjs");
const { colorOf, inkOn, luminanceOf } = await load("color_scales.mjs");
const { momentAt, momentCount, momentOfStep } = await load("moments.mjs");
const { fixed, percentOf, shortest } = await load("numbers.mjs");
const { sumOf, unitsToShow } = await load("units.mjs");
const { EN } = await load("texts_en.mjs");
const { ES } = await load("texts_es.mjs");
const sentences = JSON.parse(readFileSync(file, "utf8")).filter((one) => one.kind === "sentence");
assert(sentences.length > 3);

for (const sentence of sentences) {
  checkTree(sentence);
  checkPaths(sentence);
}
checkColors();
checkTime();
checkUnits();
checkNumbers();
checkTexts(EN, ES, "");

function checkTree(sentence) {
  const { nodes, lanes } = layOutBeam(sentence);
  const shown = sentence.steps.flatMap(({ candidates }) =>
    candidates.filter((one) => one.status !== "dropped"));
  assert.equal(nodes.length, shown.length);
  const places = new Set(nodes.map((node) => `${node.step} ${node.lane}`));
  assert.equal(places.size, nodes.length, "two candidates are in the same place");
  assert(nodes.every((node) => node.lane >= 0 && node.lane < lanes));
  for (const one of nodes) {
    assert.equal(one.step, one.parent ? one.parent.step + 1 : 0);
    for (const other of nodes.filter((node) => node.step === one.step && node.parent && one.parent)) {
      const order = Math.sign(one.parent.lane - other.parent.lane);
      assert(order === 0 || order === Math.sign(one.lane - other.lane), "two branches cross");
    }
    for (let step = 0; step < sentence.steps.length; step++) {
      const state = stateAt(one, step);
      assert.equal(state === "coming", one.step > step);
      const goesOn = nodes.some((node) => node.step === step && leadsTo(one, node));
      if (state === "kept") assert(goesOn || ends(one, nodes));
      if (state === "cut") assert(!goesOn && !ends(one, nodes));
    }
  }
  const [first] = nodes;
  assert.equal(first.lane, 0);
  assert.deepEqual(nodes.filter((node) => node.onBest).map((node) => node.lane),
    bestPath(sentence).map(() => 0));
}

function leadsTo(one, node) {
  for (let at = node; at; at = at.parent) if (at === one) return true;
  return false;
}

function ends(one, nodes) {
  return nodes.some((node) => node.status === "finished" && leadsTo(one, node));
}

function checkPaths(sentence) {
  const best = bestPath(sentence);
  const text = best.slice(0, -1).map((one) => one.piece).join("").replaceAll("▁", " ").trim();
  assert.equal(text, sentence.alternatives[0].text);
  assert(best.every((one) => one.layers.length === 1));
  sentence.steps.forEach(({ candidates }, step) => candidates.forEach((one, at) => {
    const path = pathThrough(sentence, step, at);
    assert.equal(path[step].candidate, at);
    assert.equal(path[step].total, one.log_probability);
    path.slice(1).forEach((node, before) => {
      assert.equal(node.input, path[before].piece);
      assert(node.step === step || extensions(sentence, before, path[before].candidate)
        .includes(node.candidate));
    });
  }));
  assert.equal(sentenceOf([{ kind: "sentence", copied: true }, sentence]), sentence);
}

function checkColors() {
  for (const dark of [false, true]) {
    const steps = Array.from({ length: 21 }, (_, at) => at / 20);
    const lightness = steps.map((value) => luminanceOf(colorOf("share", value, dark)));
    const rising = dark ? lightness : lightness.reverse();
    assert.deepEqual(rising, [...rising].sort((one, other) => one - other));
    for (const value of steps.flatMap((one) => [one, -one])) {
      const color = colorOf("signed", value, dark);
      const ink = inkOn(color) === "#000" ? 0 : 1;
      const [low, high] = [luminanceOf(color), ink].sort((one, other) => one - other);
      assert((high + 0.05) / (low + 0.05) >= 4.5);
    }
    assert.deepEqual(colorOf("share", 7, dark), colorOf("share", 1, dark));
  }
}

function checkTime() {
  const [length, written] = [4, 3];
  const moments = Array.from({ length: momentCount(length, written) }, (_, at) => momentAt(at, length));
  assert.deepEqual(moments.map((one) => one.read), [1, 2, 3, 4, 4, 4, 4]);
  assert.deepEqual(moments.map((one) => one.step), [-1, -1, -1, -1, 0, 1, 2]);
  assert.equal(momentAt(momentOfStep(2, length), length).step, 2);
}

function checkUnits() {
  const many = Array.from({ length: 300 }, (_, unit) => unit / 300);
  const shown = unitsToShow({ gates: { update: [many, many] }, state: { hidden: [many, many] } });
  assert.equal(new Set(shown).size, 60);
  assert.deepEqual([shown[0], shown.at(-1)], [299, 0]);
  for (const sentence of sentences) {
    const { gates, state } = sentence.encoder[0].forward;
    const kind = cellKind(gates);
    const at = (lists) => Object.fromEntries(Object.entries(lists).map(([name, one]) => [name, one[1][2]]));
    const sum = sumOf(kind, at(gates), at(state), state.hidden[0][2], EN);
    assert.equal(kind, "gru");
    const [, numbers, result] = sum.split(" = ").slice(-3);
    const value = new Function(`return ${numbers.replaceAll("−", "-").replaceAll("·", "*")}`)();
    assert(Math.abs(value - Number(result.replace("−", "-"))) < 5e-3, sum);
  }
  assert.equal(sumOf("plain", {}, { hidden: 1 }, null, EN), "");
  const lstm = ["lstm", { forget: 0.5, input: 1, cell: -1 }, { cell: -1 }, null];
  assert.match(sumOf(...lstm, EN), /= 0\.500·c \+ 1\.000·\(−1\.000\) = −1\.000$/);
  assert.match(sumOf(...lstm, ES), /= 0,500·c \+ 1,000·\(−1,000\) = −1,000$/);
}

/** Each language has its own decimal sign. */
function checkNumbers() {
  assert.deepEqual([fixed(-1.5, EN), fixed(-1.5, ES), fixed(12.345, ES, 1)], ["−1.50", "−1,50", "12,3"]);
  assert.deepEqual([fixed(-0.001, EN), fixed(-0.001, ES), fixed(null, ES)], ["0.00", "0,00", "–"]);
  assert.deepEqual([percentOf(0.125, EN, 1), percentOf(0.125, ES, 1)], ["12.5%", "12,5\u00a0%"]);
  assert.deepEqual([shortest(0.6, EN), shortest(0.6, ES), shortest(1, ES)], ["0.6", "0,6", "1"]);
}

/** Both languages have the same texts. */
function checkTexts(one, other, place) {
  assert.deepEqual(Object.keys(one), Object.keys(other), place);
  for (const [key, value] of Object.entries(one)) {
    assert.equal(typeof value, typeof other[key], key);
    if (typeof value === "function") assert.equal(value.length, other[key].length, key);
    if (typeof value === "object") checkTexts(value, other[key], `${place}.${key}`);
  }
}
