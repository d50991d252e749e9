/** Arithmetic as in Python. */

/** Return the nearest integer; the even one of two that are equally near. */
export function round(value) {
  const below = Math.floor(value);
  if (value - below !== 0.5) return Math.round(value);
  return below % 2 ? below + 1 : below;
}
