/** A part of the view: heading, picture, explanation, equation, and a table of the picture. */

import { html, refill } from "./elements.mjs";
import { math } from "./mathml.mjs";

/**
 * Make a part.
 *
 * @param {string} name Name of the part: its class, and the key of its texts.
 * @param {Object} texts The texts of the view.
 * @param {Object} equation `lines` and `symbols` of equations.mjs, and a `note`.
 * @param {Node[]} picture What the part shows.
 * @returns {HTMLElement}
 */
export function section(name, texts, equation, picture) {
  const { title, text } = texts[name];
  const heading = html("h2", { id: `inside-${name}` }, title);
  const explanation = html(
    "div",
    { class: "explanation" },
    html("div", { class: "words" }, ...text.map((paragraph) => html("p", {}, paragraph))),
    equationOf(texts, equation),
  );
  return html(
    "section",
    { class: `part ${name}`, "aria-labelledby": heading.id },
    heading,
    html("div", { class: "picture" }, ...picture),
    explanation,
  );
}

function equationOf(texts, { lines, symbols, note }) {
  const head = [texts.symbol, texts.shape, texts.meaning];
  const rows = symbols.map(([symbol, shape, meaning]) =>
    html(
      "tr",
      {},
      html("td", {}, math(symbol)),
      html("td", {}, shape),
      html("td", {}, texts.meanings[meaning]),
    ),
  );
  return html(
    "div",
    { class: "equation", role: "group", "aria-label": texts.equation },
    html(
      "div",
      { class: "lines", tabindex: "0", role: "group", "aria-label": texts.equation },
      ...lines.map((line) => math(line, { block: true })),
    ),
    html(
      "table",
      { class: "symbols" },
      html("thead", {}, headRow(head)),
      html("tbody", {}, ...rows),
    ),
    note ? html("p", { class: "note" }, note) : null,
  );
}

function headRow(names) {
  return html("tr", {}, ...names.map((name) => html("th", { scope: "col" }, name)));
}

/**
 * Make a table that is filled when it is opened.
 *
 * @param {Object} texts The texts of the view.
 * @param {string} caption What the table holds.
 * @returns {{element: HTMLElement, update: function(function())}} `update` takes a function that
 *   returns `head`, the names of the columns, and `rows`.
 */
export function tableOf(texts, caption) {
  const table = html("table", {});
  const box = html(
    "div",
    { class: "wide", tabindex: "0", role: "group", "aria-label": caption },
    table,
  );
  let make = null;
  const details = html(
    "details",
    { ontoggle: () => fill() },
    html("summary", {}, texts.table),
    box,
  );
  const fill = () => {
    if (!details.open || !make) return;
    const { head, rows } = make();
    refill(
      table,
      html("caption", {}, caption),
      html("thead", {}, headRow(head)),
      html(
        "tbody",
        {},
        ...rows.map(([first, ...rest]) =>
          html(
            "tr",
            {},
            html("th", { scope: "row" }, first),
            ...rest.map((one) => html("td", {}, one)),
          ),
        ),
      ),
    );
  };
  const update = (now) => {
    make = now;
    fill();
  };
  return { element: details, update };
}
