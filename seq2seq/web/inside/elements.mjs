/** Elements of a page, made in one expression. */

const SVG = "http://www.w3.org/2000/svg";

/**
 * Make an element of HTML.
 *
 * @param {string} name Its tag.
 * @param {Object} attributes Attributes by name; `onclick` and the like are listeners, and an
 *   attribute that is false or null is left out.
 * @param {...(Node|string)} children What it contains; a string is text, never markup.
 */
export function html(name, attributes = {}, ...children) {
  return filled(document.createElement(name), attributes, children);
}

/** Make an element of SVG; see `html`. */
export function svg(name, attributes = {}, ...children) {
  return filled(document.createElementNS(SVG, name), attributes, children);
}

function filled(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === "function") element.addEventListener(name.slice(2), value);
    else if (value !== false && value !== null && value !== undefined) {
      element.setAttribute(name, value === true ? "" : value);
    }
  }
  element.append(...children.filter((child) => child !== null));
  return element;
}

/** Replace what an element contains; the element that has the focus keeps it by its place. */
export function refill(element, ...children) {
  const focusable = "button, select, [tabindex]";
  const place = [...element.querySelectorAll(focusable)].indexOf(document.activeElement);
  element.replaceChildren(...children.filter((child) => child !== null));
  if (place >= 0) {
    const now = element.querySelectorAll(focusable);
    now[Math.min(place, now.length - 1)]?.focus();
  }
}
