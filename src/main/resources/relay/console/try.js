// The panel that publishes, registers a client, connects, subscribes and publishes as that client, and shows how to do the same in a shell.

import { access, ask, asJson, base, explain } from './api.js';
import { byId, say } from './dom.js';
import { bearer, copyable, quoted } from './lines.js';
import { showOneUrl } from './oneurl.js';
import { arrived, read } from './received.js';

let socket = null;

export function showTryIt() {
  showOneUrl();
  byId('connect').addEventListener('submit', event => {
    event.preventDefault();
    socket ? socket.close(1000) : attempt(byId('connect-note'), '/register', connect);
  });
  byId('try-subscribe').addEventListener('click', () => socket?.send(JSON.stringify({ topics: topics() })));
  byId('speak').addEventListener('submit', event => {
    event.preventDefault();
    socket?.send(frame());
  });
  byId('publish').addEventListener('submit', event => {
    event.preventDefault();
    attempt(byId('publish-note'), '/publish', publish);
  });
  const connectLine = copyable(byId('connect-line'));
  const publishLine = copyable(byId('publish-line'));
  const speakLine = copyable(byId('speak-line'));
  const tell = () => {
    connectLine.textContent = `URL=$(curl -s ${post('register', registration())} | cut -d'"' -f4)\n`
      + `websocat "$URL${byId('try-json').checked ? '?format=json' : ''}"`;
    publishLine.textContent = `curl ${post('publish', message())}`;
    speakLine.textContent = frame();
  };
  byId('connect').addEventListener('input', tell);
  byId('publish').addEventListener('input', tell);
  byId('speak').addEventListener('input', tell);
  access.addEventListener('key', tell);
  tell();
}

function registration() {
  const publish = listed('try-publish');
  return { user_id: user(byId('try-user').value), topics: topics(), ...(publish.length ? { publish } : {}) };
}

const topics = () => listed('try-topics');

const listed = id => byId(id).value.split(',').map(topic => topic.trim()).filter(topic => topic);

/** What a client sends to publish. */
const frame = () => JSON.stringify({ publish: { topic: byId('speak-topic').value, message: byId('speak-message').value } });

/** A number and its digits name the same user; numbers that JavaScript would round stay text. */
const user = text => /^(0|[1-9]\d{0,14})$/.test(text) ? Number(text) : text;

function message() {
  const to = byId('pub-user').value;
  return {
    ...(to === '' ? {} : { user_id: user(to) }),
    topic: byId('pub-topic').value,
    message: byId('pub-message').value,
  };
}

/** Does something, and shows what went wrong. */
async function attempt(note, path, deed) {
  try {
    await deed(note);
  } catch (error) {
    say(note, explain(error, path), true);
  }
}

async function publish(note) {
  const { queued } = await asJson(ask('POST', 'publish', { body: message() }));
  say(note, queued === 1 ? 'Handed to 1 connection.' : `Handed to ${queued} connections.`);
}

async function connect(note) {
  const button = byId('try-connect');
  button.disabled = true;
  try {
    say(note, 'Registering');
    const { url, id } = await asJson(ask('POST', 'register', { body: registration() }));
    open(url, id.slice(0, 8), note);
  } finally {
    button.disabled = false;
  }
}

function open(url, id, note) {
  const envelopes = byId('try-json').checked;
  const { host } = new URL(url);
  const mine = new WebSocket(envelopes ? `${url}?format=json` : url);
  let opened = false;
  socket = mine;
  byId('try-json').disabled = true;
  byId('try-connect').textContent = 'Disconnect';
  say(note, `Connecting to ${host}`);
  mine.addEventListener('open', () => {
    opened = true;
    openForCommands(true);
    say(note, `Connected as ${id}.`);
  });
  mine.addEventListener('message', ({ data }) => arrived(envelopes ? read(data) : { text: data }));
  const ended = ({ code, reason }) => {
    if (socket !== mine) {
      return;
    }
    socket = null;
    openForCommands(false);
    byId('try-json').disabled = false;
    byId('try-connect').textContent = 'Connect';
    if (opened) {
      say(note, code === 1000 ? 'Disconnected.' : `Ended with ${code}: ${reason || (code === 1006 ? 'the connection was lost' : 'no reason was given')}.`, code !== 1000);
    } else {
      say(note, `The connection to ${host} could not be opened${elsewhere(host)}.`, true);
    }
  };
  mine.addEventListener('close', ended);
  // A socket that this page's policy forbids is never opened, so no close event follows.
  mine.addEventListener('error', event => opened || ended(event));
}

function openForCommands(open) {
  byId('try-subscribe').disabled = byId('speak-button').disabled = !open;
  byId('speak-note').hidden = open;
}

const elsewhere = host => host === base.host ? ''
  : `, which is not the host of this page (${base.host}): --public-url and --trusted-proxies decide the URL that /register returns`;

/** The arguments of a curl that posts this. */
function post(path, body) {
  return `-X POST ${quoted(new URL(path, base).href)} \\\n  -H 'Content-Type: application/json'${bearer('RELAY_KEY')} \\\n  -d ${quoted(JSON.stringify(body))}`;
}
