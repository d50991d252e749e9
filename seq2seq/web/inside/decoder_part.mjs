/** Part: the state and the gates of the decoder, token by token. */

import { cellMap } from "./cell_map.mjs";
import { choice } from "./choice.mjs";
import { html } from "./elements.mjs";
import { decoderEquation } from "./equations.mjs";
import { momentAt } from "./moments.mjs";
import { section } from "./section.mjs";
import { cellKind, valuesOf } from "./sentence.mjs";

/** Make the part for sentences that the same model has translated. */
export function decoderPart(texts, { sentence }, refresh) {
  const words = texts.map;
  const layer = choice(words.layer, refresh);
  const gate = choice(words.value, refresh);
  const state = cellMap(texts, texts.decoder.title.split(":")[0]);
  const gates = cellMap(texts, texts.decoder.title.split(":")[0]);
  const without = html("p", { class: "none", hidden: true }, texts.decoder.without);
  const maps = html(
    "div",
    { class: "maps" },
    html("div", { class: "controls" }, layer.element, gate.element),
    gates.element,
    state.element,
  );
  const [first] = sentence.steps[0].rows;
  const kind = cellKind(first.layers?.[0]?.gates ?? {});
  const update = ({ path, sentence: now, moment, dark }) => {
    const known = path.filter((one) => one.layers);
    without.hidden = known.length === path.length;
    maps.hidden = !known.length || !without.hidden;
    if (maps.hidden) return;
    layer.offer(known[0].layers.map((_, at) => [String(at), String(at + 1)]));
    const cell = overTime(known.map((one) => one.layers[Number(layer.value())]));
    const names = Object.keys(valuesOf(cell));
    const others = names.filter((one) => one !== "state hidden");
    gate.offer(preferred(others).map((one) => [one, words.names[one] ?? one]));
    gates.element.hidden = !others.length;
    const { step } = momentAt(moment, now.pieces.length);
    const view = {
      cell,
      columns: known.map((one) => one.piece),
      dark,
      current: step,
      isKnown: (column) => column <= step,
      before: (column) => (column ? column - 1 : null),
    };
    state.update({ ...view, name: "state hidden" });
    if (others.length) gates.update({ ...view, name: gate.value() });
  };
  const equation = { ...decoderEquation(kind), note: texts.cellNote };
  return { element: section("decoder", texts, equation, [without, maps]), update };
}

/** Return names with the gate that keeps the state first. */
function preferred(names) {
  const keeps = (name) => /update|forget/.test(name);
  return [...names.filter(keeps), ...names.filter((name) => !keeps(name))];
}

/** Return steps of a cell as lists over time. */
function overTime(cells) {
  const lists = (kind) =>
    Object.fromEntries(
      Object.keys(cells[0][kind]).map((name) => [name, cells.map((cell) => cell[kind][name])]),
    );
  return { gates: lists("gates"), state: lists("state") };
}
