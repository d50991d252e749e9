/**
 * The trace of a sentence, as `translate --trace` writes it: docs/reference/files.md describes it.
 *
 * These are the keys of a sentence that the engine knows: `pieces`, `encoder`, `steps` and
 * `hypotheses`. The texts are up to the caller.
 */

const GRU = ["reset", "update", "candidate"];
const LSTM = ["input", "forget", "cell", "output"];

/** Gates of each cell, numbered as in `s2s_cell`. */
const GATES = [[], [], GRU, LSTM, GRU, LSTM, ["forget", "candidate"]];
const STATE = ["hidden", "cell"];
const DIRECTIONS = ["forward", "backward"];

/**
 * Return the keys of a sentence that the engine knows.
 *
 * @param {Object} recording Result of `Model.record`.
 * @param {string[]} pieces The source tokens, with the end token.
 * @param {function(number): string} piece Returns the text of a target token.
 * @param {number} bos Target id of the start token.
 */
export function traceOf(recording, pieces, piece, bos) {
  const origins = originsOf(recording.steps);
  const endings = recording.hypotheses.map((one) => ending(recording.steps, origins, one));
  const leading = leadingRows(recording.steps, origins, endings);
  const read = { recording, pieces, piece, bos, origins, leading };
  return {
    pieces,
    encoder: encoderOf(recording, pieces.length),
    steps: recording.steps.map((_, step) => stepOf(read, step)),
    hypotheses: recording.hypotheses.map((one, place) => ({
      ...endings[place],
      score: short(one.score),
      log_probability: short(one.log_probability),
    })),
  };
}

/** For each step and row, the candidate of the step before that it is; at first null. */
function originsOf(steps) {
  const kept = steps.map(({ nodes }) => [...nodes.keys()].filter((at) => isKept(nodes[at])));
  return [[null], ...kept.slice(0, -1)];
}

const isKept = (node) => node.status === "kept";

/** The rows from the beginning to a row of a step, and the tokens between them. */
function pathTo(steps, origins, step, row) {
  const rows = [row];
  const tokens = [];
  for (let at = step; at > 0; at--) {
    const node = steps[at - 1].nodes[origins[at][rows[0]]];
    rows.unshift(node.row);
    tokens.unshift(node.token);
  }
  return { rows, tokens };
}

/** The step and the candidate with which a hypothesis ends. */
function ending(steps, origins, { tokens }) {
  const step = tokens.length;
  const ends = (node) =>
    node.status === "finished" &&
    pathTo(steps, origins, step, node.row).tokens.every((one, at) => one === tokens[at]);
  return { step, candidate: steps[step].nodes.findIndex(ends) };
}

/** For each step, the rows that lead to one of the hypotheses. */
function leadingRows(steps, origins, endings) {
  const found = steps.map(() => new Set());
  for (const { step, candidate } of endings) {
    const { rows } = pathTo(steps, origins, step, steps[step].nodes[candidate].row);
    rows.forEach((row, at) => found[at].add(row));
  }
  return found;
}

function stepOf(read, step) {
  const { recording, piece, bos, origins } = read;
  const { nodes } = recording.steps[step];
  const before = step && recording.steps[step - 1].nodes;
  return {
    rows: origins[step].map((from, row) => ({
      from,
      piece: piece(from === null ? bos : before[from].token),
      ...rowOf(read, step, row),
    })),
    candidates: nodes.map((node) => ({
      row: node.row,
      piece: piece(node.token),
      log_probability: short(node.total),
      status: node.status,
    })),
  };
}

function rowOf({ recording, pieces, piece, leading }, step, row) {
  const { attention, likely, likelyScores, cells, rows } = recording.steps[step];
  const { mostLikely, config } = recording;
  const places = Array.from({ length: mostLikely }, (_, at) => row * mostLikely + at);
  const weights = attention && attention.slice(row * pieces.length, (row + 1) * pieces.length);
  const record = {
    attention: weights && shortened(weights),
    next: places
      .filter((at) => likely[at] >= 0)
      .map((at) => [piece(likely[at]), short(Math.exp(likelyScores[at]))]),
  };
  if (leading[step].has(row)) {
    const layers = [...Array(config.decoder_layers).keys()];
    const cell = (layer) => cellOf(recording, cells, layer * rows + row, config.hidden_size);
    record.layers = layers.map(cell);
  }
  return record;
}

/** The layers of the encoder; each gate and each part of the state is a list over time. */
function encoderOf(recording, length) {
  const { config, encoder } = recording;
  const directions = config.bidirectional ? 2 : 1;
  const width = config.hidden_size / directions;
  const run = (number) =>
    overTime(
      Array.from({ length }, (_, at) => cellOf(recording, encoder, number * length + at, width)),
    );
  return Array.from({ length: config.encoder_layers }, (_, layer) =>
    Object.fromEntries(
      DIRECTIONS.slice(0, directions).map((name, direction) => [
        name,
        run(layer * directions + direction),
      ]),
    ),
  );
}

function overTime(cells) {
  const lists = (kind) =>
    Object.fromEntries(
      Object.keys(cells[0][kind]).map((name) => [name, cells.map((cell) => cell[kind][name])]),
    );
  return { gates: lists("gates"), state: lists("state") };
}

/** One step of a cell, at a place in recorded numbers. */
function cellOf({ vectors, config }, numbers, place, width) {
  const gates = GATES[config.cell];
  const values = Array.from({ length: vectors }, (_, vector) => {
    const start = (place * vectors + vector) * width;
    return shortened(numbers.subarray(start, start + width));
  });
  const named = (names, from) =>
    Object.fromEntries(names.map((name, at) => [name, values[from + at]]).filter(([, one]) => one));
  return { gates: named(gates, 0), state: named(STATE, gates.length) };
}

const shortened = (values) => Array.from(values, short);

/** A rounded number; null for one that is not finite, which JSON does not know. */
const short = (value) => (Number.isFinite(value) ? Math.round(value * 1e4) / 1e4 : null);
