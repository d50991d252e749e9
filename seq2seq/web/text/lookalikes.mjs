/** Look-alike letters: Latin, Cyrillic and Greek letters that are drawn alike. */
import { constants } from "./constants.mjs";
import { compile } from "./patterns.mjs";

const { SCRIPTS, BLOCKS, TWINS } = constants.lookalikes;
const NAMES = Object.keys(SCRIPTS);
const WORDS = compile(constants.lookalikes.WORD, "g");
const LETTER = /^\p{L}$/u;

/** Return a text with unknown look-alikes of another script replaced in each word. */
export function inOneScript(text, isKnown) {
  return text.replace(WORDS, (word) => {
    return [...word].every(isKnown) ? word : wordInOneScript(word, isKnown);
  });
}

function wordInOneScript(word, isKnown) {
  const characters = [...word];
  const scripts = characters.map(scriptOf);
  const count = (script) => characters.filter(
    (one, place) => scripts[place] === script && isKnown(one)).length;
  const counts = NAMES.map(count);
  const most = Math.max(...counts);
  if (!most) return word;
  const main = NAMES[counts.indexOf(most)];
  let spelled = "";
  for (const [place, character] of characters.entries()) {
    const script = scripts[place];
    if (!script || script === main || isKnown(character)) {
      spelled += character;
      continue;
    }
    const [base, ...marks] = character.normalize("NFD");
    const twin = TWINS[main][base] ?? "";
    if (!twin || !isKnown(twin)) return word;
    spelled += twin + marks.join("");
  }
  return spelled;
}

/** Return the script of a letter, "" for a character of none of the three. */
function scriptOf(character) {
  const code = character.codePointAt(0);
  const inside = ([first, after]) => first <= code && code < after;
  const found = NAMES.find((name) => BLOCKS[name].some(inside));
  return found && LETTER.test(character) ? found : "";
}
