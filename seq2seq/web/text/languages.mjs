/** Language identification: Spanish, English, French, German, or none of them. */
import { constants } from "./constants.mjs";
import { compile } from "./patterns.mjs";
import { otherScripts } from "./scripts.mjs";
import { split } from "./white_space.mjs";

const { MAX_CHARACTERS, MAX_WORDS, MAX_WORD, UNKNOWN, OTHER, LATIN } = constants.languages;
const WORDS = compile(constants.languages.WORD, "g");
const SUSPICIOUS = compile(constants.languages.SUSPICIOUS);
const MARKUP = compile(constants.languages.MARKUP, "g");
const COPIED = compile(constants.languages.COPIED);

export { OTHER, UNKNOWN };

/**
 * Return the language of a text.
 *
 * @param {string} text
 * @param {Weights} weights
 * @param {string[]} [among] Languages to choose from; all, and none of them, if left out.
 * @returns {{language: string, confidence: number, script: string}}
 */
export function identify(text, weights, among) {
  const candidates = among ? weights.languages.filter((one) => among.includes(one))
    : [...weights.languages, OTHER];
  const found = wordsOf(text);
  const bare = found.filter((word) => !"¿¡".includes(word));
  const letters = bare.reduce((sum, word) => sum + [...word].length, 0);
  const scripts = [...otherScripts(firstCharacters(text))];
  if (scripts.length) {
    const [script, count] = scripts.reduce((best, one) => (one[1] > best[1] ? one : best));
    const total = scripts.reduce((sum, [, one]) => sum + one, letters);
    if (count > letters) return { language: OTHER, confidence: count / total, script };
  }
  if (letters === 0) return { language: UNKNOWN, confidence: 0, script: "" };
  const [best, confidence] = mostProbable(found, weights, candidates);
  const language = confidence >= weights.threshold ? best : UNKNOWN;
  return { language, confidence, script: LATIN };
}

const firstCharacters = (text) => [...text.slice(0, 2 * MAX_CHARACTERS)].slice(0, MAX_CHARACTERS).join("");

/** Return the words of a text as the classifier sees them. */
function wordsOf(text) {
  let plain = firstCharacters(text).normalize("NFKC").toLowerCase().replaceAll("’", "'");
  if (SUSPICIOUS.test(plain)) {
    plain = plain.replace(MARKUP, " ");
    plain = split(plain).filter((chunk) => !COPIED.test(chunk)).join(" ");
  }
  const found = (plain.match(WORDS) ?? []).slice(0, MAX_WORDS);
  return found.map((word) => [...word].slice(0, MAX_WORD).join(""));
}

/** Return the most probable candidate, given the words of a text, and its probability. */
function mostProbable(found, weights, candidates) {
  const scores = { [OTHER]: 0 };
  weights.languages.forEach((language, place) => {
    const total = found.reduce((sum, word) => sum + weights.score(word)[place], 0);
    scores[language] = weights.bias[place] + weights.scale * total;
  });
  const highest = Math.max(...candidates.map((one) => scores[one]));
  const powers = candidates.map((one) => Math.exp(scores[one] - highest));
  const whole = powers.reduce((sum, power) => sum + power, 0);
  const best = powers.indexOf(Math.max(...powers));
  return candidates.length ? [candidates[best], powers[best] / whole] : [UNKNOWN, 0];
}
