/**
 * Colors for numbers. All scales change in lightness too, so that they can be read without telling
 * hues apart.
 */

const LIGHT = {
  share: ["#f7f9fc", "#c9dcf0", "#7fb0dc", "#2f74b5", "#0b3263"],
  signed: ["#8a3f00", "#d98032", "#f6f5f3", "#5f94d1", "#103f86"],
};
const DARK = {
  share: ["#181d25", "#1d3f66", "#2f76b5", "#7fb8e6", "#eaf5ff"],
  signed: ["#ffc98a", "#b3681c", "#181d25", "#2f6fb8", "#b5d8ff"],
};

/**
 * Return the color of a number.
 *
 * @param {"share"|"signed"} scale From 0 to 1, or from -1 to 1.
 * @param {number} value The number; those outside have the color of the end.
 * @param {boolean} dark Whether the page is dark.
 * @returns {number[]} Red, green and blue, from 0 to 255.
 */
export function colorOf(scale, value, dark) {
  const stops = (dark ? DARK : LIGHT)[scale].map(channels);
  const share = scale === "signed" ? (value + 1) / 2 : value;
  const at = Math.min(Math.max(share, 0), 1) * (stops.length - 1);
  const low = Math.min(Math.floor(at), stops.length - 2);
  return stops[low].map((one, channel) =>
    Math.round(one + (at - low) * (stops[low + 1][channel] - one)),
  );
}

/** Return the color of a number for CSS; see `colorOf`. */
export function cssColor(scale, value, dark) {
  return `rgb(${colorOf(scale, value, dark).join(" ")})`;
}

/** Return black or white, whichever has more contrast with a color. */
export function inkOn(color) {
  const luminance = luminanceOf(color);
  return (luminance + 0.05) ** 2 > 1.05 * 0.05 ? "#000" : "#fff";
}

/** Return the relative luminance of a color, as WCAG defines it. */
export function luminanceOf(color) {
  const [red, green, blue] = color.map((one) => {
    const share = one / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

function channels(color) {
  return [1, 3, 5].map((at) => Number.parseInt(color.slice(at, at + 2), 16));
}
