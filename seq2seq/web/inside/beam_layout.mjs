/**
 * Places of the candidates of a search, as a tree that is read from the left.
 *
 * Each step is a column. A candidate's first extension stays in its lane, and the others get lanes
 * below it, so that no two branches cross. A lane is used again where there is room.
 */

import { bestPath, extensions } from "./sentence.mjs";

/**
 * Lay out the candidates that were kept or finished.
 *
 * @param {Object} sentence Sentence of a trace.
 * @returns {{nodes: Object[], lanes: number}} The nodes, each parent before its children, with
 *   `step`, `candidate`, `piece`, `total`, `status`, `lane`, `parent` (a node or null) and `until`,
 *   the last step in which the search still had the node: Infinity if it led to a finished one.
 */
export function layOutBeam(sentence) {
  const best = new Set(bestPath(sentence).map((one) => `${one.step} ${one.candidate}`));
  const first = [...sentence.steps[0].candidates.keys()].filter(
    (at) => sentence.steps[0].candidates[at].status !== "dropped",
  );
  const order = (step, places) =>
    [...places].sort((one, other) => best.has(`${step} ${other}`) - best.has(`${step} ${one}`));
  const nodes = [];
  const todo = order(0, first)
    .reverse()
    .map((candidate) => ({ step: 0, candidate, parent: null }));
  while (todo.length) {
    const node = { ...todo.pop(), children: [] };
    const {
      piece,
      log_probability: total,
      status,
    } = sentence.steps[node.step].candidates[node.candidate];
    Object.assign(node, {
      piece,
      total,
      status,
      onBest: best.has(`${node.step} ${node.candidate}`),
    });
    node.parent?.children.push(node);
    nodes.push(node);
    const next = order(node.step + 1, extensions(sentence, node.step, node.candidate));
    todo.push(
      ...next.reverse().map((candidate) => ({ step: node.step + 1, candidate, parent: node })),
    );
  }
  const lanes = giveLanes(nodes, sentence.steps.length);
  for (const node of [...nodes].reverse()) {
    const own = node.status === "finished" ? Infinity : node.step;
    node.until = Math.max(own, ...node.children.map((child) => child.until));
  }
  return { nodes, lanes };
}

/** Give each node a lane; nodes come in the order of a walk from the root. */
function giveLanes(nodes, steps) {
  const bottom = Array(steps).fill(-1);
  for (const node of nodes) {
    const inherits = node.parent && node.parent.children[0] === node;
    if (inherits) node.lane = node.parent.lane;
    else {
      const columns = bottom.slice(node.step, chainEnd(node) + 1);
      const above = node.parent ? node.parent.lane : -1;
      node.lane = 1 + Math.max(above, ...columns);
      bottom.fill(node.lane, node.step, chainEnd(node) + 1);
    }
  }
  return 1 + Math.max(...bottom);
}

/** The last step of the first extensions of a node. */
function chainEnd(node) {
  let last = node;
  while (last.children.length) [last] = last.children;
  return last.step;
}

/** Return "coming", "kept", "finished" or "cut": what a node is after a step of the search. */
export function stateAt(node, step) {
  if (node.step > step) return "coming";
  if (node.status === "finished") return "finished";
  return node.until < step ? "cut" : "kept";
}
