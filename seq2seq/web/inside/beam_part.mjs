/** Part: the beam as a tree that grows and is cut. */

import { layOutBeam, stateAt } from "./beam_layout.mjs";
import { html, svg } from "./elements.mjs";
import { beamEquation } from "./equations.mjs";
import { momentAt } from "./moments.mjs";
import { fixed, shortest } from "./numbers.mjs";
import { joined, shown, spoken } from "./piece_text.mjs";
import { section, tableOf } from "./section.mjs";
import { pathTo } from "./sentence.mjs";

const COLUMN = 86;
const LANE = 30;
const [WIDTH, HEIGHT] = [68, 22];
const LEFT = 44;

/**
 * Make the part.
 *
 * @param {Object} texts The texts of the view.
 * @param {Object} decoding Decoding settings of the trace.
 * @param {function(number, number)} branch Is told a step and a candidate to follow.
 */
export function beamPart(texts, decoding, branch) {
  const words = texts.beam;
  const tree = svg("svg", { class: "tree", role: "group", "aria-label": words.tree });
  const wide = html(
    "div",
    { class: "wide", tabindex: "0", role: "group", "aria-label": words.tree },
    tree,
  );
  const says = html("p", { class: "readout", "aria-live": "polite" });
  const dropped = html("p", { class: "foot" });
  const table = tableOf(texts, words.tree);
  let view = null;
  let drawn = [];

  const say = (node) => {
    const { step } = momentAt(view.moment, view.sentence.pieces.length);
    says.textContent = labelOf(view.sentence, node, step, texts);
  };
  const build = () => {
    const layout = layOutBeam(view.sentence);
    const events = (node) => ({
      onpointerenter: () => say(node),
      onfocus: () => say(node),
      onclick: () => branch(node.step, node.candidate),
      onkeydown: (event) => onKey(event, node),
    });
    drawn = layout.nodes.map((node) => ({ node, ...drawNode(node, events(node)) }));
    const start = svg("g", { class: "start" }, svg("text", { x: 4, y: middle(0) + 4 }, "<s>"));
    tree.replaceChildren(...drawn.map((one) => one.edge), start, ...drawn.map((one) => one.mark));
    const width = LEFT + COLUMN * view.sentence.steps.length;
    const height = LANE * layout.lanes + 4;
    tree.setAttribute("viewBox", `0 0 ${width} ${height}`);
    tree.setAttribute("width", width);
    tree.setAttribute("height", height);
  };
  const onKey = (event, node) => {
    if (event.key === "Enter" || event.key === " ") {
      event.preventDefault();
      branch(node.step, node.candidate);
      return;
    }
    const next = neighbor(drawn, node, event.key);
    if (!next) return;
    event.preventDefault();
    for (const one of drawn) one.mark.setAttribute("tabindex", one === next ? "0" : "-1");
    next.mark.focus();
  };
  const update = (now) => {
    const isOther = now.sentence !== view?.sentence;
    view = now;
    if (isOther) build();
    const { step } = momentAt(view.moment, view.sentence.pieces.length);
    const onPath = new Set(view.path.map((one) => `${one.step} ${one.candidate}`));
    for (const { node, edge, mark } of drawn) {
      const state = stateAt(node, step);
      const chosen = onPath.has(`${node.step} ${node.candidate}`) ? " chosen" : "";
      const current = node.step === step && chosen ? " current" : "";
      edge.setAttribute("class", `edge ${state}${chosen}`);
      mark.setAttribute("class", `node ${state}${chosen}${current}`);
      mark.setAttribute("aria-description", labelOf(view.sentence, node, step, texts));
      mark.setAttribute("aria-hidden", String(state === "coming"));
      const here = node.step === Math.max(step, 0) && chosen;
      mark.setAttribute("tabindex", here && step >= 0 ? "0" : "-1");
      if (current) follow(wide, node);
    }
    dropped.textContent = droppedAt(view.sentence, step, texts);
    says.textContent =
      step < 0 ? words.none : joined(view.path.slice(0, step + 1).map((one) => one.piece));
    table.update(() => tableRows(view.sentence, step, texts));
  };
  const penalty = decoding.length_penalty == null ? "α" : shortest(decoding.length_penalty, texts);
  const picture = [wide, says, dropped, table.element];
  return { element: section("beam", texts, beamEquation(penalty), picture), update };
}

const leftOf = (step) => LEFT + COLUMN * step;
const middle = (lane) => LANE * lane + LANE / 2 + 2;

function drawNode(node, events) {
  const [x, y] = [leftOf(node.step), middle(node.lane)];
  const [fromX, fromY] = node.parent
    ? [leftOf(node.parent.step) + WIDTH, middle(node.parent.lane)]
    : [LEFT - 12, middle(0)];
  const bend = (fromX + x) / 2;
  const edge = svg("path", { d: `M${fromX} ${fromY}C${bend} ${fromY} ${bend} ${y} ${x} ${y}` });
  const text = [...shown(node.piece)];
  const short = text.length > 9 ? `${text.slice(0, 8).join("")}…` : text.join("");
  const box = { x, y: y - HEIGHT / 2, width: WIDTH, height: HEIGHT, rx: 5 };
  const inset = { x: x + 3, y: y - HEIGHT / 2 + 3, width: WIDTH - 6, height: HEIGHT - 6, rx: 3 };
  const mark = svg(
    "g",
    { role: "button", ...events },
    svg("rect", box),
    node.status === "finished" ? svg("rect", { class: "inset", ...inset }) : null,
    svg("text", { x: x + WIDTH / 2, y: y + 4, "text-anchor": "middle" }, short),
    svg(
      "text",
      {
        class: "cross",
        x: x + WIDTH + 9,
        y: y + 5,
        "text-anchor": "middle",
        "aria-hidden": "true",
      },
      node.children.length || node.status === "finished" ? "" : "×",
    ),
  );
  return { edge, mark };
}

/** The node to which an arrow key leads. */
function neighbor(drawn, node, key) {
  const find = (wanted) => drawn.find((one) => one.node === wanted);
  if (key === "ArrowLeft") return find(node.parent);
  if (key === "ArrowRight") return find(node.children[0]);
  const column = drawn
    .filter((one) => one.node.step === node.step)
    .sort((one, other) => one.node.lane - other.node.lane);
  const place = column.findIndex((one) => one.node === node);
  if (key === "ArrowUp") return column[place - 1];
  return key === "ArrowDown" ? column[place + 1] : undefined;
}

/** Scroll so that a node of the current step can be seen. */
function follow(box, node) {
  const [left, top] = [leftOf(node.step), middle(node.lane)];
  if (left < box.scrollLeft || left + 2 * WIDTH > box.scrollLeft + box.clientWidth) {
    box.scrollLeft = left - box.clientWidth / 2;
  }
  if (top < box.scrollTop || top + LANE > box.scrollTop + box.clientHeight) {
    box.scrollTop = top - box.clientHeight / 2;
  }
}

function labelOf(sentence, node, step, texts) {
  const path = pathTo(sentence, node.step, node.candidate).map((one) => one.piece);
  const text = joined(path) || spoken(node.piece, texts);
  return texts.beam.label(text, fixed(node.total, texts), texts.beam[stateAt(node, step)]);
}

function droppedAt(sentence, step, texts) {
  if (step < 0) return "";
  const list = sentence.steps[step].candidates
    .filter((one) => one.status === "dropped")
    .map((one) => `${shown(one.piece)} (${fixed(one.log_probability, texts)})`);
  return list.length ? texts.beam.dropped(list.join(", ")) : "";
}

function tableRows(sentence, last, texts) {
  const words = texts.beam;
  const states = { kept: words.kept, finished: words.finished, dropped: words.droppedState };
  const rows = sentence.steps
    .slice(0, last + 1)
    .flatMap(({ rows: own, candidates }, step) =>
      candidates.map((one) => [
        String(step + 1),
        spoken(own[one.row].piece, texts),
        spoken(one.piece, texts),
        fixed(one.log_probability, texts),
        states[one.status],
      ]),
    );
  return { head: words.columns, rows };
}
