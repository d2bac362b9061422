// Lines for a shell that do what the page does, to be copied.

import { hasKey } from './api.js';
import { make } from './dom.js';

/** The header with the credential in a variable, which is never written out; nothing if there is no key. */
export const bearer = (variable, needed = hasKey()) => needed ? ` \\\n  -H "Authorization: Bearer $${variable}"` : '';

/** A shell word. */
export const quoted = text => /^[\w:/.%-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;

/** Adds a place for lines, with a button that copies them; returns the element for the lines. */
export function copyable(place) {
  const lines = make('code');
  const button = make('button', { type: 'button', class: 'quiet' }, 'Copy');
  button.addEventListener('click', async () => {
    try {
      await navigator.clipboard.writeText(lines.textContent);
      button.textContent = 'Copied';
      setTimeout(() => { button.textContent = 'Copy'; }, 1500);
    } catch {
      // Over plain HTTP there is no clipboard API: select the lines, to be copied by hand.
      getSelection().selectAllChildren(lines);
    }
  });
  place.append(make('pre', { tabindex: 0 }, lines), button);
  return lines;
}
