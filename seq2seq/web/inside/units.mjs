/** Units of a cell: which of them to show, and how one of them came by its value. */

import { fixed } from "./numbers.mjs";

/** Maximum number of units in a picture. */
const SHOWN = 60;

/** Number of decimal places in a sum. */
const DIGITS = 3;

const KEEPING = ["update", "forget"];

/**
 * Return the units to show, from the slowest to the fastest.
 *
 * @param {Object} cell `gates` and `state`, each value a list over time of lists of units.
 * @returns {number[]} Their numbers. Without a gate that keeps, the largest come first.
 */
export function unitsToShow({ gates, state }) {
  const name = KEEPING.find((one) => gates[one]);
  const values = name ? gates[name] : state.hidden;
  const count = values[0]?.length ?? 0;
  const mean = (unit) => values.reduce((sum, one) => sum + Math.abs(one[unit] ?? 0), 0);
  const means = Array.from({ length: count }, (_, unit) => mean(unit));
  const order = [...means.keys()].sort((one, other) => means[other] - means[one]);
  if (count <= SHOWN) return order;
  return Array.from(
    { length: SHOWN },
    (_, at) => order[Math.round((at * (count - 1)) / (SHOWN - 1))],
  );
}

/**
 * Return the sum that gave a unit its new value, with its numbers.
 *
 * @param {string} kind Kind of the cell, as in `cellKind`.
 * @param {Object} gates Its gates, each a number.
 * @param {Object} state Its new state, each a number.
 * @param {number|null} before Its value before; null if it is not known.
 * @param {Object} texts The texts of the view, which say how numbers are written.
 * @returns {string} The sum, or "" if the kind has none.
 */
export function sumOf(kind, gates, state, before, texts) {
  const share = (value) => fixed(value, texts, DIGITS);
  const signed = (value) => share(value).replace(/^−.*/, "($&)");
  const old = before === null ? null : signed(before);
  const [h, c] = [share(state.hidden), share(state.cell)];
  if (kind === "gru") {
    const [z, n] = [share(gates.update), signed(gates.candidate)];
    return `h′ = z·h + (1 − z)·n = ${z}·${old ?? "h"} + (1 − ${z})·${n} = ${h}`;
  }
  if (kind === "lstm") {
    const [f, i, g] = [share(gates.forget), share(gates.input), signed(gates.cell)];
    return `c′ = f·c + i·g = ${f}·${old ?? "c"} + ${i}·${g} = ${c}`;
  }
  if (kind === "mixture" || kind === "sru") {
    const [f, n] = [share(gates.forget), signed(gates.candidate)];
    return `h′ = f·h + (1 − f)·n = ${f}·${old ?? "h"} + (1 − ${f})·${n} = ${h}`;
  }
  return "";
}

/** Return the part of the state that the sum of `sumOf` computes. */
export function carried(kind) {
  return kind === "lstm" ? "cell" : "hidden";
}
