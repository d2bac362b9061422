// Sends requests to the relay, with the API key if there is one, and polls it.

const STORED = 'relay-key';
const ANSWER_MILLIS = 10_000;

/** The base URL of the relay: the folder of this page. */
export const base = new URL('.', document.baseURI);

/** Fires 'denied' (with the problem's detail) and 'key' (the key has changed). */
export const access = new EventTarget();

let key = stored();

export const hasKey = () => key !== '';

export const currentKey = () => key;

/** Uses a key for as long as this tab is open; an empty one forgets it. */
export function useKey(value) {
  key = value;
  try {
    sessionStorage.setItem(STORED, value);
  } catch {
    // Without storage, the key lasts until the page is left.
  }
  access.dispatchEvent(new Event('key'));
}

/** The relay refused a request; the message is its detail. */
export class Refused extends Error {
  constructor(status, detail) {
    super(detail);
    this.status = status;
  }

  get denied() {
    return this.status === 401 || this.status === 403;
  }
}

/**
 * The relay's answer. A credential takes the place of the key. Throws Refused, or TypeError or a DOMException if there was
 * no answer.
 */
export async function ask(method, path, { query = {}, body, signal, credential, accept } = {}) {
  const url = new URL(path, base);
  Object.entries(query).filter(([, value]) => value !== '').forEach(([name, value]) => url.searchParams.set(name, value));
  const headers = {};
  if (credential || key) {
    headers.Authorization = `Bearer ${credential || key}`;
  }
  if (accept) {
    headers.Accept = accept;
  }
  if (body !== undefined) {
    headers['Content-Type'] = 'application/json';
  }
  const response = await fetch(url, {
    method,
    headers,
    body: body === undefined ? undefined : JSON.stringify(body),
    cache: 'no-store',
    credentials: 'omit',
    signal: signal ?? AbortSignal.timeout(ANSWER_MILLIS),
  });
  if (response.ok) {
    return response;
  }
  const refusal = new Refused(response.status, await detail(response));
  signal?.throwIfAborted();
  if (refusal.denied && !credential) {
    access.dispatchEvent(new CustomEvent('denied', { detail: refusal.message }));
  }
  throw refusal;
}

/** The JSON of an answer. */
export const asJson = async answer => (await answer).json();

/** An error, explained to the user. */
export function explain(error, path) {
  if (!(error instanceof Refused)) {
    return 'No answer from the relay.';
  }
  return error.status === 404 ? `This relay does not have ${path}.` : error.message;
}

/** An error, in place of the content that it prevented: the key form gives the reason for a denial. */
export function excuse(error, path) {
  return error.denied ? 'Needs a key with the right admin.' : explain(error, path);
}

/** Whether an error is a fault, and not due to how this relay is configured. */
export const isFault = error => !(error instanceof Refused && (error.denied || error.status === 404));

/**
 * Calls `look` at intervals while the page is visible. Stops when the answer is 401, 403 or 404, and starts again when the key
 * changes. Returns a function that looks at once, and abandons a request in flight.
 */
export function watch(millis, look, failed) {
  let turn = new AbortController();
  let timer;

  async function now() {
    clearTimeout(timer);
    turn.abort();
    const mine = new AbortController();
    turn = mine;
    const late = setTimeout(() => mine.abort(), ANSWER_MILLIS);
    let ended = false;
    try {
      await look(mine.signal);
    } catch (error) {
      if (turn === mine) {
        failed(error);
        ended = !isFault(error);
      }
    }
    clearTimeout(late);
    if (turn === mine && !ended && !document.hidden) {
      timer = setTimeout(now, millis);
    }
  }

  document.addEventListener('visibilitychange', () => document.hidden || now());
  access.addEventListener('key', now);
  now();
  return now;
}

async function detail(response) {
  try {
    return (await response.json()).detail ?? response.statusText;
  } catch {
    return `The answer was ${response.status} ${response.statusText}`;
  }
}

function stored() {
  try {
    return sessionStorage.getItem(STORED) ?? '';
  } catch {
    return '';
  }
}
