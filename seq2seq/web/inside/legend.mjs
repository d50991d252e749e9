/** Legend of a color scale. */

import { cssColor } from "./color_scales.mjs";
import { html } from "./elements.mjs";
import { fixed } from "./numbers.mjs";

/** Return a legend; `limit` is the value at the upper end. */
export function legend(scale, limit, dark, texts) {
  const low = scale === "signed" ? -1 : 0;
  const stops = Array.from({ length: 9 }, (_, at) =>
    cssColor(scale, low + (at / 8) * (1 - low), dark),
  );
  const bar = html("span", { class: "bar" });
  bar.style.background = `linear-gradient(to right, ${stops.join(", ")})`;
  return html("span", { class: "legend" }, fixed(low * limit, texts), bar, fixed(limit, texts));
}
