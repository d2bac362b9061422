// Makes and fills elements. Text is inserted as text: nothing on this page turns a string into markup.

const SVG = 'http://www.w3.org/2000/svg';

export const byId = id => document.getElementById(id);

/** An element with these attributes and children; strings become text. */
export function make(tag, attributes = {}, ...children) {
  return fill(document.createElement(tag), attributes, children);
}

export function makeSvg(tag, attributes = {}, ...children) {
  return fill(document.createElementNS(SVG, tag), attributes, children);
}

function fill(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    element.setAttribute(name, value);
  }
  element.append(...children);
  return element;
}

/** Shows a text in its place on the page; `wrong` marks it as an error. */
export function say(place, text, wrong = false) {
  if (place.textContent !== text) {
    place.textContent = text;
  }
  place.classList.toggle('wrong', wrong);
}
