/** A list to choose from, with its label. */

import { html } from "./elements.mjs";

/**
 * Make a list to choose from.
 *
 * @param {string} label What is chosen.
 * @param {function()} changed Is called after a choice.
 * @returns {{element: HTMLElement, value: function(): string, offer: function(string[][]),
 *   choose: function(string)}} `offer` takes pairs of a value and its text, and keeps the choice if
 *   it is still there; `choose` chooses a value without calling `changed`.
 */
export function choice(label, changed) {
  const select = html("select", { onchange: () => changed() });
  const element = html("label", { class: "choice" }, `${label} `, select);
  let offered = "";
  const offer = (pairs) => {
    const key = JSON.stringify(pairs);
    if (key === offered) return;
    offered = key;
    const chosen = select.value;
    select.replaceChildren(...pairs.map(([value, text]) => html("option", { value }, text)));
    if (pairs.some(([value]) => value === chosen)) select.value = chosen;
    element.hidden = pairs.length < 2;
  };
  const choose = (value) => {
    select.value = value;
  };
  return { element, offer, choose, value: () => select.value };
}
