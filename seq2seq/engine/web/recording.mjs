/**
 * What the library has recorded about a sentence, read from its memory: see `s2s_recording` in
 * ../native/s2s.h.
 */

const WORD = 4;
const NODE_WORDS = 4;
const STEP_WORDS = 7;

/** Words of `s2s_recording`: result (2), vectors, most_likely, encoder, step_count, steps. */
export const RECORDING_WORDS = 7;

/** What may become of a candidate, as `s2s_status` numbers it. */
const STATUSES = ["dropped", "kept", "finished"];

/**
 * Read a recording.
 *
 * @param {Memory} memory Memory of the engine.
 * @param {number} place Place of the `s2s_recording`.
 * @param {number} length Number of source tokens, with the end token.
 * @param {Object<string, number>} config Architecture of the model.
 * @returns {Object} `encoder`, all its numbers; `vectors`, the number of vectors of a cell's step;
 *   and `steps`, each with `rows`, `nodes`, `attention`, `cells`, `likely` and `likelyScores`.
 */
export function readRecording(memory, place, length, config) {
  const [, , vectors, mostLikely, encoder, count, first] = memory.words(place, RECORDING_WORDS);
  const floats = (from, size) => (from ? memory.floats(from, size).slice() : null);
  const perCell = vectors * config.hidden_size;
  const steps = Array.from({ length: count }, (_, step) => {
    const from = first + WORD * STEP_WORDS * step;
    const [rows, nodes, node, attention, cells, likely, scores] = memory.words(from, STEP_WORDS);
    return {
      rows,
      nodes: Array.from({ length: nodes }, (_, at) => readNode(memory, node, at)),
      attention: floats(attention, rows * length),
      cells: floats(cells, config.decoder_layers * rows * perCell),
      likely: memory.words(likely, rows * mostLikely).slice(),
      likelyScores: floats(scores, rows * mostLikely),
    };
  });
  const numbers = config.encoder_layers * length * perCell;
  return { vectors, mostLikely, encoder: floats(encoder, numbers), steps };
}

function readNode(memory, first, at) {
  const place = first + WORD * NODE_WORDS * at;
  const [row, token, status] = memory.words(place, NODE_WORDS);
  return { row, token, status: STATUSES[status], total: memory.floats(place, NODE_WORDS)[3] };
}
