// Asks the relay, with the key where there is one, and asks again in intervals.

const STORED = 'relay-key';
const ANSWER_MILLIS = 10_000;

/** Where the relay is: the folder that this page is the index of. */
export const base = new URL('.', document.baseURI);

/** Tells 'denied' (with the problem's detail) and 'key' (there is another one). */
export const access = new EventTarget();

let key = stored();

export const hasKey = () => key !== '';

/** Takes a key for as long as this tab lives; an empty one forgets it. */
export function useKey(value) {
  key = value;
  try {
    sessionStorage.setItem(STORED, value);
  } catch {
    // A browser that stores nothing keeps the key until the page is left.
  }
  access.dispatchEvent(new Event('key'));
}

/** The relay said no, and why. */
export class Refused extends Error {
  constructor(status, detail) {
    super(detail);
    this.status = status;
  }

  get denied() {
    return this.status === 401 || this.status === 403;
  }
}

/** The relay's answer. Throws Refused, or TypeError or a DOMException if there was none. */
export async function ask(method, path, { query = {}, body, signal } = {}) {
  const url = new URL(path, base);
  url.search = new URLSearchParams(Object.entries(query).filter(([, value]) => value !== ''));
  const headers = {};
  if (key) {
    headers.Authorization = `Bearer ${key}`;
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
  if (refusal.denied) {
    access.dispatchEvent(new CustomEvent('denied', { detail: refusal.message }));
  }
  throw refusal;
}

/** The JSON of an answer. */
export const asJson = async answer => (await answer).json();

/** What an error means to who reads it. */
export function explain(error, path) {
  if (!(error instanceof Refused)) {
    return 'No answer from the relay.';
  }
  return error.status === 404 ? `This relay does not have ${path}.` : error.message;
}

/** What an error means in the place of what was to be shown there: the key's form says why there is none. */
export function excuse(error, path) {
  return error.denied ? 'Takes a key with the right admin.' : explain(error, path);
}

/** Whether an error is a fault, and not just how this relay is run. */
export const isFault = error => !(error instanceof Refused && (error.denied || error.status === 404));

/**
 * Looks every so often, while the page is in sight, until what is asked for is not there or not allowed; then again when
 * there is another key. Returns what looks at once instead, and lets go of an answer that is still on its way.
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
