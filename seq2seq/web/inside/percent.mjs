/** Shares in per cent. */

/** Return a share in per cent, as the language of the texts writes it. */
export function percentOf(share, texts, digits = 0) {
  const places = { minimumFractionDigits: digits, maximumFractionDigits: digits };
  return new Intl.NumberFormat(texts.locale, { style: "percent", ...places }).format(share);
}
