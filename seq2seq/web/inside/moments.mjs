/** Moments of a translation: the encoder reads each token, then the decoder writes each one. */

/**
 * Return what happens in a moment.
 *
 * @param {number} moment Number of the moment, from 0.
 * @param {number} length Number of source tokens.
 * @returns {{read: number, step: number}} Number of tokens that each direction of the encoder has
 *   read, and the step of the decoder, -1 while the encoder reads.
 */
export function momentAt(moment, length) {
  return { read: Math.min(moment + 1, length), step: Math.max(moment - length, -1) };
}

/** Return the number of moments. */
export function momentCount(length, written) {
  return length + written;
}

/** Return the moment in which the decoder takes a step. */
export function momentOfStep(step, length) {
  return length + step;
}
