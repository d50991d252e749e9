/** Dashes between two words, which are not those between two numbers. */

const LETTER = "[\\p{L}\\p{Nl}\\p{No}]";
const LETTER_OR_DIGIT = "[\\p{L}\\p{N}]";

/** Return the pattern of the dashes of a character class. */
export const betweenWords = (dashes) => new RegExp(
  `(?<=${LETTER_OR_DIGIT})[${dashes}](?=${LETTER})|(?<=${LETTER})[${dashes}](?=\\p{Nd})`, "gu");
