/** Heat map of a gate or a state of a cell over time, with the sum that gave a unit its value. */

import { html } from "./elements.mjs";
import { heatMap } from "./heat_map.mjs";
import { legend } from "./legend.mjs";
import { fixed } from "./numbers.mjs";
import { spoken } from "./piece_text.mjs";
import { tableOf } from "./section.mjs";
import { cellKind, valuesOf } from "./sentence.mjs";
import { carried, sumOf, unitsToShow } from "./units.mjs";

/**
 * Make the map of a cell.
 *
 * @param {Object} texts The texts of the view.
 * @param {string} caption What it shows.
 * @returns {{element: HTMLElement, update: function(Object)}} `update` takes `cell`, `name` of the
 *   values, `columns`, `isKnown(column)`, `current`, `dark`, and `before(column)`: the column of
 *   the step before, -1 if it started from zeros, or null if its state is not in the trace.
 */
export function cellMap(texts, caption) {
  const words = texts.map;
  const readout = html("p", { class: "readout", "aria-live": "polite" }, words.point);
  const foot = html("p", { class: "foot" });
  const heading = html("h3", {}, caption);
  let shown = null;
  const map = heatMap(caption, (column, row) => {
    readout.textContent = shown.isKnown(column)
      ? describe(shown, column, shown.units[row], words, texts)
      : "…";
  });
  const table = tableOf(texts, caption);
  const element = html(
    "div",
    { class: "cell" },
    heading,
    map.element,
    readout,
    foot,
    table.element,
  );
  const update = (view) => {
    const values = valuesOf(view.cell)[view.name];
    const units = unitsToShow(view.cell);
    const signed = values.some((one) => one.some((value) => value < 0));
    const limit = signed || view.name.startsWith("state") ? largest(values) : 1;
    const scale = signed ? "signed" : "share";
    shown = { ...view, values, units };
    heading.textContent = `${caption}: ${words.names[view.name] ?? view.name.replace(/^\w+ /, "")}`;
    map.element.setAttribute("aria-label", heading.textContent);
    map.update({
      columns: view.columns,
      rows: units.length,
      scale,
      isKnown: view.isKnown,
      current: view.current,
      dark: view.dark,
      value: (column, row) => (values[column][units[row]] ?? 0) / limit,
    });
    foot.replaceChildren(
      legend(scale, limit, view.dark, texts),
      ` · ${words.shown(units.length, values[0].length)}`,
    );
    table.update(() => summary(view, values, words, texts));
  };
  return { element, update };
}

const largest = (values) =>
  values.reduce(
    (most, one) => one.reduce((high, value) => Math.max(high, Math.abs(value)), most),
    1e-9,
  );

/** Say how a unit got its value at a token. */
function describe({ cell, name, columns, before, values }, column, unit, words, texts) {
  const at = (lists) =>
    Object.fromEntries(Object.entries(lists).map(([key, one]) => [key, one[column][unit]]));
  const kind = cellKind(cell.gates);
  const from = before(column);
  const old = from === null ? null : from < 0 ? 0 : cell.state[carried(kind)][from][unit];
  const sum = sumOf(kind, at(cell.gates), at(cell.state), old, texts);
  const title = words.names[name] ?? name;
  const value = fixed(values[column][unit], texts);
  const text = words.at(title, unit, spoken(columns[column], texts), value);
  return sum ? `${text}. ${sum}` : text;
}

function summary({ columns, isKnown }, values, words, texts) {
  const rows = [...columns.keys()].filter(isKnown).map((column) => {
    const own = values[column];
    const mean = own.reduce((sum, one) => sum + one, 0) / own.length;
    return [
      spoken(columns[column], texts),
      fixed(mean, texts),
      fixed(Math.min(...own), texts),
      fixed(Math.max(...own), texts),
    ];
  });
  return { head: words.columns, rows };
}
