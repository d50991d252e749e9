/**
 * The sentence of a trace, and paths through its search.
 *
 * docs/reference/files.md describes the keys of a trace. A *candidate* extends a row by a token. A
 * path is a list of candidates from the first step on, each with the row that it extends.
 */

/** Return the first sentence of a trace that went through the model, or else the first one. */
export function sentenceOf(trace) {
  const sentences = trace.filter((record) => record.kind === "sentence");
  return sentences.find((record) => !record.copied) ?? sentences[0] ?? null;
}

/** Return the decoding settings of a trace; empty if it has none. */
export function decodingOf(trace) {
  return trace.find((record) => record.kind === "model")?.decoding ?? {};
}

/** Return the row of the next step that a kept candidate is. */
export function rowAfter(sentence, step, candidate) {
  const before = sentence.steps[step].candidates.slice(0, candidate);
  return before.filter((one) => one.status === "kept").length;
}

/** Return the candidates of the step after a kept one that extend it and are not dropped. */
export function extensions(sentence, step, candidate) {
  if (sentence.steps[step].candidates[candidate].status !== "kept") return [];
  const row = rowAfter(sentence, step, candidate);
  const next = sentence.steps[step + 1]?.candidates ?? [];
  return [...next.keys()].filter((at) => next[at].row === row && next[at].status !== "dropped");
}

/** Return the path from the first step to a candidate. */
export function pathTo(sentence, step, candidate) {
  const path = [];
  let at = candidate;
  for (let here = step; here >= 0; here--) {
    const one = sentence.steps[here].candidates[at];
    const row = sentence.steps[here].rows[one.row];
    path.unshift({
      ...row,
      step: here,
      candidate: at,
      row: one.row,
      input: row.piece,
      piece: one.piece,
      total: one.log_probability,
      status: one.status,
    });
    at = row.from;
  }
  return path;
}

/**
 * Return the path that goes through a candidate, and on as far as it leads.
 *
 * It ends in the best hypothesis that goes through the candidate, or else follows the best
 * extension of each step.
 */
export function pathThrough(sentence, step, candidate) {
  for (const end of sentence.hypotheses) {
    const path = pathTo(sentence, end.step, end.candidate);
    if (path[step]?.candidate === candidate) return path;
  }
  let [here, at] = [step, candidate];
  for (let next = extensions(sentence, here, at); next.length;) {
    [here, at] = [here + 1, next[0]];
    next = extensions(sentence, here, at);
  }
  return pathTo(sentence, here, at);
}

/** Return the path of the best hypothesis; if none has ended, that of the best candidates. */
export function bestPath(sentence) {
  const [best] = sentence.hypotheses;
  return best ? pathTo(sentence, best.step, best.candidate) : pathThrough(sentence, 0, 0);
}

/** Return the names of the layers of a cell's step: "hidden", "cell", "update" and so on. */
export function valuesOf({ gates, state }) {
  return {
    ...Object.fromEntries(Object.entries(state).map(([name, one]) => [`state ${name}`, one])),
    ...Object.fromEntries(Object.entries(gates).map(([name, one]) => [`gate ${name}`, one])),
  };
}

/** Return the kind of a cell by its gates: gru, lstm, mixture, sru, plain or other. */
export function cellKind(gates) {
  const names = Object.keys(gates).sort().join(" ");
  const kinds = {
    "candidate reset update": "gru",
    "cell forget input output": "lstm",
    "candidate forget": "mixture",
    "candidate forget output": "sru",
    "": "plain",
  };
  return kinds[names] ?? "other";
}
