/** Part: the states of the encoder, forwards and backwards. */

import { cellMap } from "./cell_map.mjs";
import { choice } from "./choice.mjs";
import { html } from "./elements.mjs";
import { encoderEquation } from "./equations.mjs";
import { momentAt } from "./moments.mjs";
import { section } from "./section.mjs";
import { cellKind, valuesOf } from "./sentence.mjs";

/** Make the part for sentences that the same model has translated. */
export function encoderPart(texts, { sentence }, refresh) {
  const words = texts.map;
  const both = Boolean(sentence.encoder[0].backward);
  const layer = choice(words.layer, refresh);
  const name = choice(words.value, refresh);
  const maps = Object.fromEntries(
    Object.keys(sentence.encoder[0]).map((direction) => [
      direction,
      cellMap(texts, texts.encoder[direction]),
    ]),
  );
  const equation = {
    ...encoderEquation(cellKind(sentence.encoder[0].forward.gates), both ? "H / 2" : "H", both),
    note: texts.cellNote,
  };
  const update = (view) => {
    const { pieces, encoder } = view.sentence;
    layer.offer(encoder.map((_, at) => [String(at), String(at + 1)]));
    const cells = encoder[Number(layer.value())];
    name.offer(Object.keys(valuesOf(cells.forward)).map((one) => [one, words.names[one] ?? one]));
    const { read, step } = momentAt(view.moment, pieces.length);
    for (const [direction, map] of Object.entries(maps)) {
      const order = (column) => (direction === "forward" ? column : pieces.length - 1 - column);
      const back = direction === "forward" ? -1 : 1;
      map.update({
        cell: cells[direction],
        name: name.value(),
        columns: pieces,
        dark: view.dark,
        isKnown: (column) => order(column) < read,
        current: step < 0 ? order(read - 1) : -1,
        before: (column) => (order(column) ? column + back : -1),
      });
    }
  };
  const controls = html("div", { class: "controls" }, layer.element, name.element);
  const drawn = Object.values(maps).map((map) => map.element);
  return { element: section("encoder", texts, equation, [controls, ...drawn]), update };
}
