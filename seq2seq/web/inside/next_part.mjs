/** Part: probabilities of the next token, to choose from. */

import { html, refill } from "./elements.mjs";
import { nextEquation } from "./equations.mjs";
import { momentAt } from "./moments.mjs";
import { joined, pieceParts } from "./piece_text.mjs";
import { percentOf } from "./numbers.mjs";
import { section } from "./section.mjs";

/** Smallest probability that is written out. */
const SMALLEST = 0.001;

/**
 * Make the part.
 *
 * @param {Object} texts The texts of the view.
 * @param {boolean} canForce Whether any token can be forced.
 * @param {function(string[])} force Is told the pieces that the translation has to begin with.
 * @param {function(number, number)} branch Is told a step and a candidate to follow.
 */
export function nextPart(texts, canForce, force, branch) {
  const words = texts.next;
  const hint = html("p", { class: "hint" }, canForce ? words.force : words.branch);
  const after = html("p", { class: "after" });
  const list = html("ol", { class: "bars" });
  const update = ({ sentence, path, moment }) => {
    const { step } = momentAt(moment, sentence.pieces.length);
    hint.hidden = step < 0;
    if (step < 0) {
      after.textContent = words.reading;
      list.replaceChildren();
      return;
    }
    const written = path.slice(0, step).map((one) => one.piece);
    after.textContent = words.after(joined(written));
    const here = path[step];
    const { candidates } = sentence.steps[step];
    refill(
      list,
      ...here.next.map(([piece, probability]) => {
        const at = candidates.findIndex(
          (one) => one.row === here.row && one.piece === piece && one.status !== "dropped",
        );
        const isHere = piece === here.piece;
        let choose = null;
        if (!isHere && canForce && piece !== "</s>") choose = () => force([...written, piece]);
        else if (!isHere && at >= 0) choose = () => branch(step, at);
        return bar(piece, probability, isHere, choose, texts);
      }),
    );
  };
  return { element: section("next", texts, nextEquation(), [after, list, hint]), update };
}

function bar(piece, probability, isHere, choose, texts) {
  const percent = percentOf(Math.max(probability, SMALLEST), texts, 1);
  const fill = html("span", { class: "fill" });
  fill.style.width = `${100 * probability}%`;
  const parts = [
    html("span", { class: "piece" }, ...pieceParts(piece, texts)),
    html("span", { class: "track" }, fill),
    html("span", { class: "number" }, probability < SMALLEST ? `< ${percent}` : percent),
    html(
      "span",
      { class: "mark" },
      isHere ? "✓ " : "",
      html("span", { class: "words" }, isHere ? texts.next.chosen : ""),
    ),
  ];
  const content = choose
    ? html("button", { type: "button", class: "row", onclick: choose }, ...parts)
    : html("div", { class: "row" }, ...parts);
  return html("li", { class: isHere ? "current" : null }, content);
}
