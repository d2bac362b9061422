// Whether the backend takes its events; hidden on a relay that sends none.

import { ask, asJson, explain, isFault, watch } from './api.js';
import { byId, make, say } from './dom.js';
import { ago, count, until } from './metrics.js';

const EVERY_MILLIS = 5000;

export function showHook() {
  const place = byId('hook');
  const note = byId('hook-note');

  async function look(signal) {
    const hook = await asJson(ask('GET', 'hook', { signal }));
    say(byId('hook-url'), hook.url);
    byId('hook-facts').replaceChildren(
      fact('Waiting', count(hook.waiting)),
      fact('Dropped', count(hook.dropped), hook.dropped > 0),
      fact('Last answer', ...answer(hook.last)),
      fact('Next attempt', next(hook)));
    say(note, '');
    place.hidden = false;
  }

  watch(EVERY_MILLIS, look, error => {
    if (isFault(error)) {
      say(note, explain(error, '/hook'), true);
    } else {
      place.hidden = true;
    }
  });
}

/** What became of the last attempt, and whether that was a failure. */
function answer(last) {
  if (!last) {
    return ['none of this relay yet', false];
  }
  const wrong = !(last.status >= 200 && last.status < 300);
  return [`${last.status ?? last.error}, ${ago(last.at)}`, wrong];
}

function next({ waiting, next_attempt: time }) {
  if (time) {
    return until(time);
  }
  return waiting > 0 ? 'under way' : 'when something happens';
}

const fact = (name, text, wrong = false) => make('div', wrong ? { class: 'wrong' } : {}, make('dt', {}, name), make('dd', {}, text));
