// The list of what was received, newest first.

import { byId, make } from './dom.js';

const ROWS = 200;
const CHARACTERS = 4000;

/** The content of a frame with format=json. */
export function read(data) {
  const frame = JSON.parse(data);
  if ('message' in frame) {
    return {
      topic: frame.topic, text: frame.message, from: frame.from, kind: frame.retained ? 'retained' : '', accepted: frame.time,
    };
  }
  if ('error' in frame) {
    return { text: frame.error.detail, kind: 'wrong' };
  }
  if ('gap' in frame) {
    return { topic: frame.gap.topic, text: `messages are missing here (${frame.gap.reason})`, kind: 'wrong' };
  }
  return { text: agreed(frame.ok) ?? data, kind: 'said' };
}

function agreed(ok) {
  if (ok?.id) {
    return `published as ${ok.id}`;
  }
  return ok?.topics && `topics are now: ${ok.topics.join(', ') || 'none'}`;
}

/** What has arrived since the page was last drawn, newest last, no more than is shown. */
const waiting = [];

export function arrived(one) {
  if (waiting.length === 0) {
    requestAnimationFrame(drawArrivals);
  }
  waiting.push({ time: new Date(), ...one });
  if (waiting.length > ROWS) {
    waiting.shift();
  }
}

function drawArrivals() {
  const rows = byId('arrivals');
  byId('arrivals-empty').hidden = true;
  rows.prepend(...waiting.splice(0).reverse().map(arrival));
  while (rows.childElementCount > ROWS) {
    rows.lastElementChild.remove();
  }
}

function arrival({ time, topic, text, from, kind = '', accepted }) {
  const more = text.length - CHARACTERS;
  const shown = more > 0 ? `${text.slice(0, CHARACTERS)}… and ${more} more characters` : text;
  const clock = time.toTimeString().slice(0, 8) + '.' + String(time.getMilliseconds()).padStart(3, '0');
  return make('li', {},
    make('time', { datetime: time.toISOString(), ...(accepted ? { title: `accepted ${accepted}` } : {}) }, clock),
    make('div', {},
      ...(topic === undefined ? [] : [make('span', { class: 'topic' }, topic)]),
      ...(from === undefined ? [] : [' ', make('span', { class: 'mark' }, `from ${from}`)]),
      ...(kind === 'retained' ? [' ', make('span', { class: 'mark' }, 'retained')] : []),
      make('span', { class: `text ${kind}` }, shown)));
}
