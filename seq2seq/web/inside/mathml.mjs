/** Equations in MathML, which browsers draw without help. All arguments are markup. */

export const i = (name) => `<mi>${name}</mi>`;
export const o = (sign) => `<mo>${sign}</mo>`;
export const n = (number) => `<mn>${number}</mn>`;
export const row = (...parts) => `<mrow>${parts.join("")}</mrow>`;
export const sub = (base, ...index) => `<msub>${base}${row(...index)}</msub>`;
export const sup = (base, ...index) => `<msup>${base}${row(...index)}</msup>`;
export const fraction = (above, below) => `<mfrac>${row(above)}${row(below)}</mfrac>`;
export const sumOver = (...index) => `<munder>${o("∑")}${row(...index)}</munder>`;
export const over = (base, sign) => `<mover accent="true">${base}${o(sign)}</mover>`;
export const call = (name, ...inside) => row(i(name), o("("), ...inside, o(")"));

/** Return a `math` element; `block` puts it on a line of its own. */
export function math(markup, { block = false } = {}) {
  const text = `<math${block ? ' display="block"' : ""}>${row(markup)}</math>`;
  return new DOMParser().parseFromString(text, "text/html").querySelector("math");
}
