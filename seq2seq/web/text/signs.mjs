/** Plain characters: typographic, invisible and unknown characters become what a model knows. */
import { betweenWords } from "./between_words.mjs";
import { compose } from "./compose.mjs";
import { constants } from "./constants.mjs";
import { dropInvisible } from "./invisible.mjs";
import { inOneScript } from "./lookalikes.mjs";
import { classOf, compile } from "./patterns.mjs";
import { tight } from "./plain_target.mjs";
import { equivalents, expansion } from "./respelling.mjs";

const { ALWAYS_KNOWN, EMOJI_SELECTOR } = constants.signs;
const { LONG_DASHES, BOX_DASH } = constants.respelling;
const SPACE = compile(constants.signs.SPACE);
const INVISIBLE = compile(constants.signs.ANY_INVISIBLE);
const DROPPED_MARK = compile(constants.signs.DROPPED_MARK);
const GUILLEMET = compile(constants.signs.GUILLEMET, "g");
const MARK = /^\p{M}$/u;
const MATHEMATICAL = /^\p{Sm}$/u;

/** Function from a text to one in characters that a vocabulary has, where possible. */
export class SignMap {
  #known;
  #unknown;
  #clusters;
  #dashes;
  #guillemets;
  #respelled = new Map();

  /** @param {string} characters Characters of the vocabulary. */
  constructor(characters) {
    const composed = [...characters].filter((one) => one.normalize("NFC") === one);
    this.#known = new Set([...ALWAYS_KNOWN, ...composed]);
    const unknown = `[^${classOf(this.#known)}]`;
    this.#unknown = new RegExp(unknown, "gu");
    this.#clusters = new RegExp(`${unknown}\\p{M}*|[^\\n]\\p{M}+`, "gu");
    const dashes = [...LONG_DASHES, ...BOX_DASH].filter((one) => {
      const spelled = this.#spelled(one);
      return spelled !== "" && spelled !== one;
    });
    this.#dashes = dashes.length ? betweenWords(classOf(dashes)) : null;
    const hasSome = [..."«»\u{a0}\u{202f}"].some((one) => this.#known.has(one));
    this.#guillemets = !hasSome && [..."«»"].every((one) => this.#spelled(one));
  }

  /** Return a text with unknown characters respelled by known ones where possible. */
  apply(typed) {
    let text = compose(INVISIBLE.test(typed) ? dropInvisible(typed, this.#known) : typed);
    if (this.#dashes) text = text.replace(this.#dashes, (dash) => ` ${this.#spelled(dash)} `);
    if (this.#guillemets) text = text.replace(GUILLEMET, tight);
    text = this.#respellClusters(text);
    if (this.#countUnknown(text) === 0) return text;
    const spelled = inOneScript(text, (one) => this.#known.has(one));
    return spelled === text ? text : this.#respellClusters(compose(spelled));
  }

  #respellClusters(text) {
    return compose(text.replace(this.#clusters, (cluster) => this.#cluster(cluster)));
  }

  /** Respell a character together with the marks on it. */
  #cluster(cluster) {
    const spelled = [...cluster].length === 1 ? this.#spelled(cluster) : "";
    return spelled || this.#withoutAccents(cluster);
  }

  /** Return a character with those of its accents that lead to known characters. */
  #withoutAccents(cluster) {
    if (cluster.includes(EMOJI_SELECTOR) || this.#countUnknown(cluster) === 0) return cluster;
    const decomposed = [...cluster.normalize("NFD")];
    const base = MARK.test(decomposed[0]) ? "" : decomposed[0];
    const marks = decomposed.slice(base ? 1 : 0);
    let spelled = base && this.#spelled(base);
    if (base && (!spelled || MATHEMATICAL.test(base))) return cluster;
    if (!marks.every((mark) => MARK.test(mark))) return cluster;
    for (const mark of marks) {
      const longer = (spelled + mark).normalize("NFC");
      const fits = this.#countUnknown(longer) <= this.#countUnknown(spelled);
      if (fits || !DROPPED_MARK.test(mark)) spelled = longer;
    }
    return spelled;
  }

  #countUnknown(text) {
    return text.match(this.#unknown)?.length ?? 0;
  }

  /** Return known characters for a single one, "" if there are none. */
  #spelled(character) {
    if (!this.#respelled.has(character)) {
      this.#respelled.set(character, this.#respell(character));
    }
    return this.#respelled.get(character);
  }

  #respell(character) {
    if (this.#known.has(character)) return character;
    if (SPACE.test(character)) return " ";
    const other = [...equivalents(character)].find((one) => this.#known.has(one));
    if (other !== undefined) return other;
    const parts = [...expansion(character)].map((part) => this.#spelled(part));
    return parts.every(Boolean) ? parts.join("") : "";
  }
}
