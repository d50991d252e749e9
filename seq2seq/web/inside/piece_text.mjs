/** Pieces as people read them. */

import { html } from "./elements.mjs";

/** Case marks are private characters, which no font has. */
const CASE_MARKS = { "\ue000": "↑", "\ue001": "⇑", "\ue002": "⇩" };

/** Return a piece with arrows for case marks. */
export function shown(piece) {
  return piece.replace(/[\ue000-\ue002]/g, (mark) => CASE_MARKS[mark]);
}

/** Return a piece as a screen reader should say it. */
export function spoken(piece, texts) {
  if (piece === "</s>") return texts.end;
  if (piece === "<s>") return texts.start;
  return shown(piece).replaceAll("▁", "") || texts.space;
}

/** Return a piece twice: as it looks, and as a screen reader should say it. */
export function pieceParts(piece, texts) {
  return [
    html("span", { "aria-hidden": "true" }, shown(piece)),
    html("span", { class: "unseen" }, spoken(piece, texts)),
  ];
}

/** Join pieces to a text; marks of capitals stay. */
export function joined(pieces) {
  const words = pieces.filter((piece) => piece !== "</s>").map(shown);
  return words.join("").replaceAll("▁", " ").trim();
}
