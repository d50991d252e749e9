/**
 * The beams of some sentences, for the report of an evaluation.
 *
 * The page has an element "beam-view", and an element "beams" with the sentences as JSON: each with
 * its `name`, the `decoding` settings, and the `sentence` of a trace without what the cells did.
 */

import { beamPart } from "./beam_part.mjs";
import { choice } from "./choice.mjs";
import { html } from "./elements.mjs";
import { momentCount } from "./moments.mjs";
import { bestPath, pathThrough } from "./sentence.mjs";
import { EN } from "./texts_en.mjs";
import { timeline } from "./timeline.mjs";

/** Show a beam in an element; return a function that stops its time. */
function showBeam(element, { sentence, decoding }) {
  const view = { sentence };
  const draw = () => {
    for (const part of parts) part.update({ ...view });
  };
  const go = (moment) => {
    view.moment = moment;
    draw();
  };
  const follow = (path, moment) => {
    view.path = path;
    view.count = momentCount(sentence.pieces.length, path.length);
    view.moment = moment ?? view.count - 1;
  };
  const branch = (step, candidate) => {
    follow(pathThrough(sentence, step, candidate), step);
    draw();
  };
  const parts = [timeline(EN, go), beamPart(EN, decoding, branch)];
  follow(bestPath(sentence));
  element.replaceChildren(...parts.map((part) => part.element));
  draw();
  return parts[0].stop;
}

function start() {
  const beams = JSON.parse(document.getElementById("beams").textContent);
  const element = document.getElementById("beam-view");
  const box = html("div", {});
  let stop = () => {};
  const show = () => {
    stop();
    stop = showBeam(box, beams[Number(sentence.value())]);
  };
  const sentence = choice(EN.page.sentence, show);
  sentence.offer(beams.map(({ name }, at) => [String(at), name]));
  element.append(sentence.element, box);
  show();
}

start();
