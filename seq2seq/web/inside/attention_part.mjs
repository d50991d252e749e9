/** Part: what was read for each written token. */

import { cssColor, colorOf, inkOn } from "./color_scales.mjs";
import { html, svg } from "./elements.mjs";
import { attentionEquation } from "./equations.mjs";
import { legend } from "./legend.mjs";
import { momentAt, momentOfStep } from "./moments.mjs";
import { pieceParts, shown, spoken } from "./piece_text.mjs";
import { percentOf } from "./numbers.mjs";
import { section, tableOf } from "./section.mjs";

const CELL = 22;

/** Make the part; `go` is told the moment to go to. */
export function attentionPart(texts, { sentence }, go) {
  const words = texts.attention;
  const equation = { ...attentionEquation(), note: texts.scoreNote };
  if (!sentence.steps[0].rows[0].attention) {
    const none = html("p", { class: "none" }, words.none);
    return { element: section("attention", texts, equation, [none]), update: () => {} };
  }
  const read = html("ol", { class: "chips read", "aria-label": words.read });
  const written = html("div", {
    class: "chips written",
    role: "group",
    "aria-label": words.written,
  });
  const says = html("p", { class: "readout", "aria-live": "polite" });
  const matrix = svg("svg", { class: "matrix", role: "img", "aria-label": words.matrix });
  const foot = html("p", { class: "foot" });
  const table = tableOf(texts, words.matrix);
  let view = null;
  let pointed = null;

  const show = () => {
    const { step } = momentAt(view.moment, view.sentence.pieces.length);
    const at = pointed ?? step;
    shade(read, view, at, texts);
    [...written.children].forEach((button, place) => {
      button.classList.toggle("current", place === at);
      button.setAttribute("aria-pressed", String(place === step));
    });
    matrix
      .querySelectorAll(".row")
      .forEach((row, place) => row.classList.toggle("current", place === at));
    says.textContent = at < 0 ? "…" : sentenceOn(view, at, texts);
  };
  const pointAt = (place) => {
    pointed = place;
    show();
  };
  const update = (next) => {
    const isOther = next.path !== view?.path;
    view = next;
    const { step } = momentAt(view.moment, view.sentence.pieces.length);
    pointed = null;
    if (isOther) {
      written.replaceChildren(
        ...view.path.map((one, place) =>
          html(
            "button",
            {
              type: "button",
              class: "piece",
              onpointerenter: () => pointAt(place),
              onfocus: () => pointAt(place),
              onclick: () => go(momentOfStep(place, view.sentence.pieces.length)),
            },
            ...pieceParts(one.piece, texts),
          ),
        ),
      );
    }
    [...written.children].forEach((one, place) => one.classList.toggle("coming", place > step));
    draw(matrix, view, step, pointAt);
    foot.replaceChildren(legend("share", 1, view.dark, texts));
    table.update(() => tableRows(view, texts));
    show();
  };
  const heads = [words.read, words.written].map((text) => html("h3", {}, text));
  const wide = html(
    "div",
    { class: "wide", tabindex: "0", role: "group", "aria-label": words.matrix },
    matrix,
  );
  const picture = [heads[0], read, heads[1], written, says, wide, foot, table.element];
  return { element: section("attention", texts, equation, picture), update };
}

/** Shade the source tokens by the weights of a step; -1 is none. */
function shade(list, { sentence, path, dark }, step, texts) {
  const weights = path[step]?.attention ?? [];
  list.replaceChildren(
    ...sentence.pieces.map((piece, place) => {
      const weight = weights[place] ?? 0;
      const chip = html("span", { class: "piece" }, ...pieceParts(piece, texts));
      chip.style.backgroundColor = cssColor("share", weight, dark);
      chip.style.color = inkOn(colorOf("share", weight, dark));
      return html(
        "li",
        {},
        chip,
        html("span", { class: "place" }, step < 0 ? "" : percent(weight, texts)),
      );
    }),
  );
}

const percent = (weight, texts) => (weight >= 0.005 ? percentOf(weight, texts) : "·");

/** Say which source tokens were read most for a written one. */
function sentenceOn({ sentence, path }, step, texts) {
  const { attention, piece } = path[step];
  const order = [...attention.keys()].sort((one, other) => attention[other] - attention[one]);
  const parts = order
    .slice(0, 3)
    .filter((place) => attention[place] >= 0.005)
    .map((place) => {
      const name = texts.quoted(spoken(sentence.pieces[place], texts));
      return `${name} ${percent(attention[place], texts)}`;
    });
  return texts.attention.reads(spoken(piece, texts), parts.join(", "));
}

/** Draw the weights: a row for each written token. */
function draw(matrix, { sentence, path, dark }, step, pointAt) {
  const { pieces } = sentence;
  const left = 8 * Math.min(12, Math.max(...path.map((one) => one.piece.length))) + 6;
  const top = 8 * Math.min(12, Math.max(...pieces.map((piece) => piece.length))) + 6;
  const [width, height] = [left + CELL * pieces.length, top + CELL * path.length];
  const names = pieces.map((piece, place) =>
    svg(
      "text",
      {
        class: "name",
        transform: `translate(${left + CELL * (place + 0.5) + 4} ${top - 5}) rotate(-90)`,
      },
      cut(piece),
    ),
  );
  const rows = path.map((one, place) => {
    const y = top + CELL * place;
    const cells = one.attention.map((weight, column) =>
      svg("rect", {
        x: left + CELL * column,
        y,
        width: CELL - 1,
        height: CELL - 1,
        fill: cssColor("share", place > step ? 0 : weight, dark),
      }),
    );
    const name = svg(
      "text",
      { class: "name", x: left - 5, y: y + CELL - 7, "text-anchor": "end" },
      cut(one.piece),
    );
    const row = svg("g", { class: "row", onpointerenter: () => pointAt(place) }, name, ...cells);
    row.append(
      svg("rect", {
        class: "frame",
        x: left - 1,
        y: y - 1,
        width: CELL * pieces.length + 1,
        height: CELL + 1,
      }),
    );
    return row;
  });
  matrix.setAttribute("viewBox", `0 0 ${width} ${height}`);
  matrix.style.width = `max(${0.65 * width}px, min(100%, ${width}px))`;
  matrix.replaceChildren(...names, ...rows);
}

const cut = (piece) => {
  const text = [...shown(piece)];
  return text.length > 12 ? `${text.slice(0, 11).join("")}…` : text.join("");
};

function tableRows({ sentence, path }, texts) {
  const head = [texts.map.columns[0], ...sentence.pieces.map((piece) => spoken(piece, texts))];
  const rows = path.map((one) => [
    spoken(one.piece, texts),
    ...one.attention.map((weight) => percent(weight, texts)),
  ]);
  return { head, rows };
}
