// The panel that subscribes by one URL, as a WebSocket or an event stream, and reads the past of a topic.
//
// A token that is typed here is used by this page alone: it goes into a header or a subprotocol, never into a URL or a storage.

import { access, ask, asJson, base, currentKey, explain } from './api.js';
import { byId, say } from './dom.js';
import { bearer, copyable, quoted } from './lines.js';
import { arrived, read } from './received.js';

const FIRST_TOPIC_WITHOUT_NAME = 'Name a topic.';

/** Ends what is open; null: nothing is. */
let end = null;

export function showOneUrl() {
  const form = byId('open');
  form.addEventListener('submit', event => {
    event.preventDefault();
    end ? end() : open();
  });
  byId('open-past').addEventListener('click', readThePast);
  const openLine = copyable(byId('open-line'));
  const pastLine = copyable(byId('past-line'));
  const tell = () => {
    const header = bearer(token() ? 'TOKEN' : 'RELAY_KEY', Boolean(credential()));
    openLine.textContent = `${isStream() ? 'curl -N' : 'websocat'} ${quoted(address(isStream() ? 'sse' : 'ws').href)}${header}`;
    pastLine.textContent = `curl ${quoted(past().href)}${header}`;
  };
  form.addEventListener('input', tell);
  access.addEventListener('key', tell);
  tell();
}

const topics = () => byId('open-topics').value.split(',').map(topic => topic.trim()).filter(topic => topic);
const token = () => byId('open-token').value.trim();
const credential = () => token() || currentKey();
const isStream = () => byId('open-wire').value === 'sse';

/** The parameter that says from where to begin, as a pair; none: from now on. */
const start = () => [byId('open-from').value].filter(pair => pair).map(pair => pair.split('='));

function address(wire) {
  const one = new URL(wire, base);
  one.protocol = wire === 'ws' ? one.protocol.replace('http', 'ws') : one.protocol;
  one.search = new URLSearchParams([...topics().map(topic => ['topic', topic]), ...start()]);
  return one;
}

function past() {
  const one = new URL(`topics/${encodeURIComponent(topics()[0] ?? '')}/messages`, base);
  one.search = new URLSearchParams(start());
  return one;
}

function open() {
  const note = byId('open-note');
  if (topics().length === 0) {
    say(note, FIRST_TOPIC_WITHOUT_NAME, true);
    return;
  }
  const target = address(isStream() ? 'sse' : 'ws');
  target.searchParams.set('format', 'json');
  say(note, 'Connecting');
  byId('open-button').textContent = 'Disconnect';
  (isStream() ? openStream : openSocket)(target, note);
}

function ended(text, wrong) {
  end = null;
  byId('open-button').textContent = 'Subscribe';
  say(byId('open-note'), text, wrong);
}

function openSocket(target, note) {
  target.searchParams.set('refuse', 'close');
  let socket;
  try {
    socket = new WebSocket(target, credential() ? ['bearer', credential()] : []);
  } catch {
    ended('This key has characters that cannot be sent on a WebSocket: use an event stream.', true);
    return;
  }
  end = () => socket.close(1000);
  socket.addEventListener('open', () => say(note, 'Connected by WebSocket.'));
  socket.addEventListener('message', ({ data }) => arrived(read(data)));
  const closed = ({ code, reason }) => {
    if (end) {
      ended(code === 1000 ? 'Disconnected.' : why(code, reason), code !== 1000);
    }
  };
  socket.addEventListener('close', closed);
  // A socket that this page's policy forbids is never opened, so no close event follows.
  socket.addEventListener('error', () => socket.readyState === WebSocket.CLOSED && closed({ code: 1006 }));
}

const why = (code, reason) => `Ended with ${code}: ${reason || (code === 1006 ? 'the connection was lost, or could not be opened' : 'no reason was given')}.`;

/** By fetch and not by EventSource, which can send no header, and shows no reason. */
async function openStream(target, note) {
  const asked = new AbortController();
  end = () => asked.abort();
  let why = 'The relay ended the stream.';
  try {
    const answer = await ask('GET', target, { signal: asked.signal, credential: token(), accept: 'text/event-stream' });
    say(note, 'Connected by event stream.');
    await readEvents(answer.body.pipeThrough(new TextDecoderStream()).getReader(), event => {
      if (event.name === 'close') {
        const { code, reason } = JSON.parse(event.data);
        why = `Ended with ${code}: ${reason}.`;
      } else {
        arrived(read(event.data));
      }
    });
    ended(why, true);
  } catch (error) {
    ended(asked.signal.aborted ? 'Disconnected.' : explain(error, '/sse'), !asked.signal.aborted);
  }
}

/** Reads events to the end. In each, no other fields matter here than its name and its data. */
async function readEvents(reader, take) {
  let rest = '';
  let event = { name: '', data: [] };
  for (let { value, done } = await reader.read(); !done; { value, done } = await reader.read()) {
    const lines = (rest + value).split('\n');
    rest = lines.pop();
    for (const line of lines) {
      if (line.startsWith('data: ')) {
        event.data.push(line.slice(6));
      } else if (line.startsWith('event: ')) {
        event.name = line.slice(7);
      } else if (line === '') {
        take({ name: event.name, data: event.data.join('\n') });
        event = { name: '', data: [] };
      }
    }
  }
}

async function readThePast() {
  const note = byId('open-note');
  if (topics().length === 0) {
    say(note, FIRST_TOPIC_WITHOUT_NAME, true);
    return;
  }
  try {
    const { messages, gap } = await asJson(ask('GET', past(), { credential: token() }));
    if (gap) {
      arrived(read(JSON.stringify({ gap })));
    }
    messages.forEach(message => arrived(read(JSON.stringify(message))));
    say(note, `${messages.length === 1 ? '1 message' : `${messages.length} messages`} of the past of ${topics()[0]}.`);
  } catch (error) {
    say(note, explain(error, 'this path'), true);
  }
}
