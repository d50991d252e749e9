/** Numbers, as the language of the texts writes them. */

const formats = new Map();

/** Return a share in per cent. */
export function percentOf(share, texts, digits = 0) {
  return written(share, texts, { style: "percent", ...places(digits) });
}

/** Return a number with a fixed number of decimal places and a true minus; a dash if it is none. */
export function fixed(value, texts, digits = 2) {
  if (value === null || value === undefined) return "–";
  const text = written(Math.abs(value), texts, places(digits));
  return isNegative(value, digits) ? `−${text}` : text;
}

/** Return a number with at most three decimal places. */
export function shortest(value, texts) {
  return written(value, texts, {});
}

/** Return whether a number is still negative when it is rounded. */
const isNegative = (value, digits) => Number(value.toFixed(digits)) < 0;

const places = (digits) => ({ minimumFractionDigits: digits, maximumFractionDigits: digits });

function written(value, texts, options) {
  const key = `${texts.locale} ${JSON.stringify(options)}`;
  if (!formats.has(key)) formats.set(key, new Intl.NumberFormat(texts.locale, options));
  return formats.get(key).format(value);
}
