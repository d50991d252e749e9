/** Settings of the page, which its HTML holds as JSON. */

/**
 * @typedef {object} Settings
 * @property {{name: string, source: string, target: string, files: Object<string, string>}[]} models
 *   Directions, each with the files of its model; without files in the page of a service.
 * @property {Object<string, string>} languages English names of languages by code.
 * @property {boolean} embedded True if the HTML holds all files.
 * @property {boolean} service True if a service translates.
 * @property {boolean} key True if the service wants an API key.
 * @property {boolean} inside True if the page can show what happens inside a model.
 */

/** @type {Settings} */
export const settings = JSON.parse(document.getElementById("settings").textContent);
