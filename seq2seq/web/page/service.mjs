/** Translation by the service that the page comes from. */
import { settings } from "./settings.mjs";

/** Translator that asks the service; see `OwnModels` for the other one. */
export class Service {
  #key;

  /** @param {() => string} key Returns the API key, or "". */
  constructor(key) {
    this.#key = key;
  }

  async start() {}

  async startRest() {}

  /** Translate a text; see `OwnModels.translate`. */
  async translate(text, source, target, signal) {
    const answer = await this.#ask({ q: text, source, target }, signal);
    const found = answer.detectedLanguage?.language ?? source;
    const other = settings.models.find((one) => one.source === found);
    if (source === "auto" && found === target && other) {
      return this.translate(text, found, other.target, signal);
    }
    return { text: answer.translatedText, source: found, target };
  }

  async #ask(content, signal) {
    const key = this.#key();
    const body = JSON.stringify(key ? { ...content, api_key: key } : content);
    const headers = { "content-type": "application/json" };
    const answer = await fetch("translate", { method: "POST", headers, body, signal });
    const json = await answer.json();
    if (!answer.ok) throw new Error(json.error);
    return json;
  }
}
