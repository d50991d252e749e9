/** Files of the page: beside it, or inside its HTML. */
import { settings } from "./settings.mjs";

/**
 * Return the content of a file.
 *
 * @param {string} path
 * @returns {Promise<Uint8Array>}
 */
export const readFile = (path) => (settings.embedded ? embedded(path) : beside(path));

async function beside(path) {
  const answer = await fetch(path);
  if (!answer.ok) throw new Error(`${path}: ${answer.status}`);
  return new Uint8Array(await answer.arrayBuffer());
}

/** Return a file that the HTML holds in base64, and drop it from there. */
async function embedded(path) {
  const element = document.getElementById(path);
  const text = element.textContent;
  element.remove();
  if (Uint8Array.fromBase64) return Uint8Array.fromBase64(text);
  const characters = atob(text);
  const bytes = new Uint8Array(characters.length);
  for (let i = 0; i < bytes.length; i++) bytes[i] = characters.charCodeAt(i);
  return bytes;
}
