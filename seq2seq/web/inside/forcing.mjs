/** Another beginning of the translation, with the way back. */

import { html } from "./elements.mjs";
import { sentenceOf } from "./sentence.mjs";

/**
 * Make the note on what was forced.
 *
 * @param {Object} texts The texts of the view.
 * @param {function(string[]): Promise<Object[]>} force Returns the trace with a forced beginning.
 * @param {function(Object[], number)} open Shows a trace at a step of its decoder.
 * @returns {{element: HTMLElement, start: function(string[], Object)}} `start` takes the pieces of
 *   the beginning, and the view before.
 */
export function forcing(texts, force, open) {
  const words = texts.forced;
  const element = html("div", { class: "forced", role: "status", hidden: true });
  let first = null;
  let busy = false;
  const undo = () => {
    open(first.trace, first.step);
    first = null;
    element.hidden = true;
  };
  const say = (...children) => {
    element.hidden = false;
    element.replaceChildren(...children);
  };
  const start = async (pieces, { trace }) => {
    if (busy) return;
    busy = true;
    say(html("p", {}, words.busy));
    const step = pieces.length - 1;
    first ??= { trace, step };
    try {
      const found = await force(pieces);
      open(found, step);
      say(
        html("p", {}, html("strong", {}, words.title)),
        compare(first.trace, found, words),
        html("button", { type: "button", onclick: undo }, words.undo),
      );
    } catch (reason) {
      say(html("p", {}, words.failed(reason.message ?? String(reason))));
    } finally {
      busy = false;
    }
  };
  return { element, start };
}

function compare(before, now, words) {
  const text = (trace) => sentenceOf(trace).alternatives[0].text;
  return html(
    "dl",
    {},
    html("dt", {}, words.before),
    html("dd", {}, text(before)),
    html("dt", {}, words.now),
    html("dd", {}, text(now)),
  );
}
