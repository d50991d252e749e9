/** Words of the page in English and Spanish. */

/** What the second view shows if there is no text, by language. */
const EXAMPLE = { es: "Mi hermana vive cerca del mar.", en: "My sister lives near the sea." };

const ENGLISH = {
  example: EXAMPLE,
  title: "Translator", from: "From", to: "To", detect: "Detect language", swap: "Swap languages",
  detected: (name) => `${name} (auto)`,
  source: "Text", target: "Translation", placeholder: "Type, paste or drop a text", copy: "Copy",
  copied: "Copied", open: "Open a file", clear: "Clear", loading: "Loading", ready: "Ready",
  translating: "Translating", done: "Translated", tooLong: "This file is too long",
  notText: "This file is not a text", failed: "The translation failed", key: "API key",
  tabs: "Views", translate: "Translate", inside: "Look inside",
  interface: "Interface for programs",
  own: "Translation runs in this page. Your text never leaves this device.",
  looking: "Tracing the translation",
  isExample: "An example, since there is no text yet.",
  isFirst: "Only the first sentence of your text is shown.",
};

const SPANISH = {
  example: EXAMPLE,
  title: "Traductor", from: "De", to: "A", detect: "Detectar idioma", swap: "Intercambiar idiomas",
  detected: (name) => `${name} (auto)`,
  source: "Texto", target: "Traducción", placeholder: "Escriba, pegue o suelte un texto",
  copy: "Copiar", copied: "Copiado", open: "Abrir un archivo", clear: "Borrar",
  loading: "Cargando", ready: "Listo", translating: "Traduciendo", done: "Traducido",
  tooLong: "Este archivo es demasiado largo", notText: "Este archivo no es un texto",
  failed: "La traducción falló", key: "Clave de API", tabs: "Vistas", translate: "Traducir",
  inside: "Ver por dentro",
  interface: "Interfaz para programas",
  own: "La traducción se hace en esta página. El texto no sale de este dispositivo.",
  looking: "Trazando la traducción",
  isExample: "Un ejemplo, porque todavía no hay texto.",
  isFirst: "Solo se muestra la primera frase del texto.",
};

/** Language of the page: that of the browser, if it is one of the two. */
export const language = navigator.language.startsWith("es") ? "es" : "en";

export const words = language === "es" ? SPANISH : ENGLISH;

const names = new Intl.DisplayNames([language], { type: "language", fallback: "none" });

/** Return the name of a language, with a capital. */
export function languageName(code, english) {
  const name = /^[a-z]{2,3}$/.test(code) ? names.of(code) : undefined;
  const found = name ?? english ?? code;
  return found[0].toUpperCase() + found.slice(1);
}

/** Write the words of the page into the elements that want them. */
export function writeWords() {
  document.documentElement.lang = language;
  for (const element of document.querySelectorAll("[data-word]")) {
    element.textContent = words[element.dataset.word];
  }
  for (const element of document.querySelectorAll("[data-label]")) {
    element.setAttribute("aria-label", words[element.dataset.label]);
    if (element.matches("button")) element.title = words[element.dataset.label];
  }
  document.title = words.title;
}
