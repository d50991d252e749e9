/** A heat map with named columns; a cursor that follows the pointer or the arrow keys. */

import { colorOf } from "./color_scales.mjs";
import { html } from "./elements.mjs";
import { shown } from "./piece_text.mjs";

/** Height of a row, in pixels. */
const ROW = 4;

const STEPS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

/**
 * Make a heat map.
 *
 * @param {string} name What it shows, for screen readers.
 * @param {function(number, number)} point Is told the column and the row of the cursor.
 * @returns {{element: HTMLElement, update: function(Object)}} `update` takes `columns`, the pieces;
 *   `rows`, their number; `value(column, row)`; `scale`; `isKnown(column)`; `current`, a column or
 *   -1; and `dark`.
 */
export function heatMap(name, point) {
  const canvas = html("canvas", { "aria-hidden": "true" });
  const cursor = html("span", { class: "cursor", hidden: true });
  const labels = html("div", { class: "labels", "aria-hidden": "true" });
  const field = html("div", { class: "field" }, canvas, cursor);
  const inner = html("div", { class: "inner" }, labels, field);
  const element = html(
    "div",
    { class: "heat", tabindex: "0", role: "img", "aria-label": name },
    inner,
  );
  let data = { columns: [], rows: 0 };
  let at = [0, 0];

  const moveTo = (column, row) => {
    at = [clamp(column, data.columns.length), clamp(row, data.rows)];
    cursor.hidden = false;
    place(cursor, at, data);
    point(...at);
  };
  field.addEventListener("pointermove", (event) => {
    const box = field.getBoundingClientRect();
    moveTo(
      Math.floor(((event.clientX - box.left) / box.width) * data.columns.length),
      Math.floor(((event.clientY - box.top) / box.height) * data.rows),
    );
  });
  element.addEventListener("keydown", (event) => {
    const move = STEPS[event.key];
    if (!move) return;
    event.preventDefault();
    moveTo(at[0] + move[0], at[1] + move[1]);
  });

  const update = (next) => {
    data = next;
    labels.replaceChildren(
      ...data.columns.map((piece, column) =>
        html(
          "span",
          { class: column === data.current ? "current" : null },
          html("span", {}, shown(piece)),
        ),
      ),
    );
    inner.style.setProperty("--columns", data.columns.length);
    field.style.height = `${ROW * data.rows}px`;
    paint(canvas, data);
    place(cursor, at, data);
  };
  return { element, update };
}

const clamp = (value, count) => Math.min(Math.max(value, 0), count - 1);

function place(cursor, [column, row], { columns, rows }) {
  cursor.style.left = `${(100 * column) / columns.length}%`;
  cursor.style.top = `${(100 * row) / rows}%`;
  cursor.style.width = `${100 / columns.length}%`;
  cursor.style.height = `${100 / rows}%`;
}

/** Paint a pixel per cell; CSS makes them large. Columns that are not known stay transparent. */
function paint(canvas, { columns, rows, value, scale, isKnown, dark }) {
  canvas.width = Math.max(columns.length, 1);
  canvas.height = Math.max(rows, 1);
  const context = canvas.getContext("2d");
  const image = context.createImageData(canvas.width, canvas.height);
  for (let column = 0; column < columns.length; column++) {
    if (!isKnown(column)) continue;
    for (let row = 0; row < rows; row++) {
      const color = colorOf(scale, value(column, row), dark);
      image.data.set([...color, 255], 4 * (row * canvas.width + column));
    }
  }
  context.putImageData(image, 0, 0);
}
