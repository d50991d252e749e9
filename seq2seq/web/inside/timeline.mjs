/** The slider through time, with play and pause. */

import { html } from "./elements.mjs";
import { momentAt } from "./moments.mjs";
import { spoken } from "./piece_text.mjs";

/** Milliseconds of a moment while the time runs. */
const MOMENT = 900;

/**
 * Make the slider.
 *
 * @param {Object} texts The texts of the view.
 * @param {function(number)} go Is told the moment to go to.
 */
export function timeline(texts, go) {
  const words = texts.time;
  let timer = null;
  let [moment, count] = [0, 1];
  const pause = () => {
    clearInterval(timer);
    timer = null;
    showState();
  };
  const advance = () => {
    if (moment + 1 >= count) pause();
    else go(moment + 1);
  };
  const play = () => {
    if (moment + 1 >= count) go(0);
    timer = setInterval(advance, MOMENT);
    showState();
  };
  const move = (to) => {
    pause();
    go(Math.min(Math.max(to, 0), count - 1));
  };
  const button = html("button", {
    type: "button",
    class: "play",
    onclick: () => (timer ? pause() : play()),
  });
  const slider = html("input", {
    type: "range",
    min: 0,
    value: 0,
    "aria-label": words.slider,
    oninput: () => move(Number(slider.value)),
  });
  const step = (sign, name, by) =>
    html(
      "button",
      {
        type: "button",
        class: "step",
        "aria-label": name,
        title: name,
        onclick: () => move(moment + by),
      },
      sign,
    );
  const label = html("output", { class: "moment" });
  const showState = () => {
    button.textContent = timer ? `❚❚ ${words.pause}` : `▶ ${words.play}`;
    label.setAttribute("aria-live", timer ? "off" : "polite");
  };
  showState();
  const element = html(
    "div",
    { class: "time", role: "group", "aria-label": words.title },
    button,
    step("‹", words.back, -1),
    slider,
    step("›", words.on, 1),
    label,
  );
  const update = (view) => {
    [moment, count] = [view.moment, view.count];
    slider.max = count - 1;
    slider.value = moment;
    const text = describe(view, texts);
    slider.setAttribute("aria-valuetext", text);
    label.textContent = `${text} (${words.place(moment + 1, count)})`;
  };
  return { element, update, stop: pause };
}

function describe({ moment, sentence, path }, texts) {
  const { pieces, encoder } = sentence;
  const { read, step } = momentAt(moment, pieces.length);
  if (step >= 0) return texts.time.writing(spoken(path[step].piece, texts), step + 1);
  const left = spoken(pieces[read - 1], texts);
  if (!encoder[0].backward) return texts.time.readingLeft(left);
  return texts.time.reading(left, spoken(pieces[pieces.length - read], texts));
}
