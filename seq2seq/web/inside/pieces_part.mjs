/** Part: the pieces of the source. */

import { html } from "./elements.mjs";
import { pieceEquation } from "./equations.mjs";
import { momentAt } from "./moments.mjs";
import { pieceParts } from "./piece_text.mjs";
import { section } from "./section.mjs";

/** Make the part. */
export function piecesPart(texts) {
  const list = html("ol", { class: "chips", "aria-label": texts.pieces.list });
  const update = ({ sentence, moment }) => {
    const { pieces } = sentence;
    const { read, step } = momentAt(moment, pieces.length);
    const isRead = (at) => step < 0 && (at === read - 1 || at === pieces.length - read);
    list.replaceChildren(
      ...pieces.map((piece, at) =>
        html(
          "li",
          { class: isRead(at) ? "current" : null },
          html("span", { class: "piece" }, ...pieceParts(piece, texts)),
          html("span", { class: "place" }, String(at + 1)),
        ),
      ),
    );
  };
  return { element: section("pieces", texts, pieceEquation(), [list]), update };
}
