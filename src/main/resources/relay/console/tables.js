// The tables of topics and clients: one page of each at a time, refreshed every few seconds.

import { ask, asJson, excuse, isFault, watch } from './api.js';
import { byId, make, say } from './dom.js';
import { ago, bytes, count } from './metrics.js';

const EVERY_MILLIS = 5000;
const TYPING_MILLIS = 250;
const ROWS = 20;
const TOPICS_NAMED = 5;

/** Sorts after the characters that topics usually have. */
const BEHIND = '\uffdc';

export function showTopics() {
  const prefix = byId('topics-filter');
  pages('topics', prefix, {
    query: after => ({ after: after || justBefore(prefix.value) }),
    rows: answer => answer.topics.filter(one => one.topic.startsWith(prefix.value)),
    more: answer => answer.topics.at(-1)?.topic.startsWith(prefix.value),
    row: one => [cell('topic', one.topic), cell('number', count(one.subscribers)), cell('number', count(one.connected))],
    none: () => prefix.value ? `Nobody subscribes to a topic that begins with ${prefix.value}` : 'Nobody subscribes to anything.',
  });
}

export function showClients() {
  const user = byId('clients-filter');
  pages('clients', user, {
    query: after => ({ user_id: user.value, after }),
    rows: answer => answer.clients,
    more: () => true,
    row: clientCells,
    none: () => user.value ? `User ${user.value} has no clients.` : 'There are no clients.',
  });
}

function clientCells(client) {
  const id = cell(client.connected ? 'id connected' : 'id', client.id);
  id.title = client.connected ? 'connected' : 'not connected';
  const since = cell('number stacks-since', ago(client.since));
  since.title = client.since;
  return [id, cell('user', String(client.user_id)), cell('stacks-topics', list(client.topics)),
    cell('number stacks-queue', bytes(client.queue_bytes).join(' ')), since];
}

function cell(kind, text) {
  return make('td', { class: kind, title: text }, text);
}

/** A table filled by `GET /name`, with a filter, and buttons for the previous and the next page. */
function pages(name, filter, { query, rows, more, row, none }) {
  const body = byId(name).tBodies[0];
  const note = byId(`${name}-note`);
  const back = make('button', { type: 'button', class: 'quiet' }, 'Back');
  const next = make('button', { type: 'button', class: 'quiet' }, 'Next');
  const pager = byId(`${name}-pager`);
  pager.append(back, next);
  /** The cursors at which this page and those before it begin; the first page has none. */
  const starts = [''];
  let following = '';
  let shown = '';

  async function look(signal) {
    const answer = await asJson(ask('GET', name, { query: { limit: ROWS, ...query(starts.at(-1)) }, signal }));
    const found = rows(answer);
    following = more(answer) && answer.next || '';
    back.disabled = starts.length === 1;
    next.disabled = !following;
    pager.hidden = back.disabled && next.disabled;
    byId(name).hidden = found.length === 0;
    say(note, found.length ? '' : none());
    const cells = JSON.stringify(found);
    if (cells !== shown || found.some(one => one.since)) {
      shown = cells;
      body.replaceChildren(...found.map(one => make('tr', {}, ...row(one))));
    }
  }

  const now = watch(EVERY_MILLIS, look, error => {
    byId(name).hidden = pager.hidden = true;
    say(note, excuse(error, `/${name}`), isFault(error));
  });

  function goTo(change) {
    change();
    now();
  }
  back.addEventListener('click', () => goTo(() => starts.pop()));
  next.addEventListener('click', () => goTo(() => starts.push(following)));
  let typing;
  filter.addEventListener('input', () => {
    clearTimeout(typing);
    typing = setTimeout(() => goTo(() => starts.splice(1)), TYPING_MILLIS);
  });
}

/** A text that sorts just before everything with this prefix, to be sent as `after`. */
function justBefore(prefix) {
  const letters = [...prefix];
  const last = letters.pop();
  if (!last) {
    return '';
  }
  const code = last.codePointAt(0) - 1;
  const printable = code >= 0x20 && (code < 0x7f || code > 0x9f) && (code < 0xd800 || code > 0xdfff);
  const lower = printable ? String.fromCodePoint(code) : '';
  return letters.join('') + lower + (lower && letters.length < 255 ? BEHIND : '');
}

function list(topics) {
  const rest = topics.length - TOPICS_NAMED;
  return topics.slice(0, TOPICS_NAMED).join(', ') + (rest > 0 ? ` and ${rest} more` : '');
}
