/** Composed form of a text (NFC), with at most as many marks on a character as Python keeps. */
import { constants } from "./constants.mjs";

const SURPLUS = new RegExp(`(\\p{M}{${constants.text.MAX_MARKS}})\\p{M}+`, "gu");

export function compose(text) {
  return text.replace(SURPLUS, "$1").normalize("NFC").replace(SURPLUS, "$1");
}
