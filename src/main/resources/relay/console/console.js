// Puts the page together.

import { access, base, hasKey, useKey } from './api.js';
import { byId, say } from './dom.js';
import { showFigures } from './figures.js';
import { showHook } from './hook.js';
import { showClients, showTopics } from './tables.js';
import { showTryIt } from './try.js';

const STATES = {
  live: `Live from ${base.host}`,
  there: `At ${base.host}`,
  gone: `No answer from ${base.host}, trying again`,
};

function state(now) {
  const place = byId('state');
  say(place, STATES[now], now === 'gone');
  place.classList.toggle('live', now === 'live');
}

function showKeyForm(open, why = '') {
  byId('key-form').hidden = !open;
  byId('key-toggle').setAttribute('aria-expanded', String(open));
  byId('key-forget').hidden = !hasKey();
  say(byId('key-why'), why);
}

byId('key-toggle').addEventListener('click', () => {
  showKeyForm(byId('key-form').hidden);
  byId('key').focus();
});
byId('key-form').addEventListener('submit', event => {
  event.preventDefault();
  const { value } = byId('key');
  byId('key').value = '';
  showKeyForm(false);
  useKey(value);
});
byId('key-forget').addEventListener('click', () => {
  showKeyForm(false);
  useKey('');
});
access.addEventListener('denied', ({ detail }) => showKeyForm(true, detail));

showTryIt();
showFigures(state);
showHook();
showTopics();
showClients();
