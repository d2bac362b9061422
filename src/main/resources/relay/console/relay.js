// Relay's own client for browsers and Node 20 or newer. It is optional: any WebSocket client works without it. It adds
// what a program would otherwise write itself: it reconnects when the connection is lost, continues where it stopped,
// and delivers each message once.
//
//   import { subscribe, connect } from 'http://localhost:8000/relay.js';
//   subscribe('http://localhost:8000/', { topics: ['cats'], last: 10, onmessage: ({ message }) => console.log(message) });
//
//   const client = connect(url, { onmessage: ({ topic, message }) => console.log(topic, message) });
//   await client.subscribe(['cats', 'dogs'], { last: 10 });
//
// The URL of connect comes from POST /register; with "keep" it outlives a lost connection. Without "keep", pass `renew`.

const DEFAULTS = {
    topics: undefined, // to subscribe to at once; by default those of the registration
    after: undefined, // the `cursor` of an earlier client, to continue after it
    onmessage: () => {}, // ({ id, time, topic, user_id, from, message }), all strings; from: the user whose client published it; retained: true for a retained value, which is not in the order of ids
    ongap: () => {}, // ({ topic, after, reason }): messages of the topic, or pattern, after that id may be missing
    onended: () => {}, // ({ topics, detail }): a new token does not allow these, so the client is no longer subscribed to them
    onstate: () => {}, // ('connecting' | 'open' | 'waiting' | 'closed', { code, reason, wait })
    renew: undefined, // () => another URL, or a promise of one, when this one is no longer valid; nothing: stop
    renewAfter: 3, // refused handshakes in a row after which to renew: browsers do not report a 404
    tries: 50, // refused handshakes or failed renewals in a row after which to stop
    minWait: 500, // milliseconds: the longest first wait
    maxWait: 30_000, // the longest wait of all
    WebSocket: globalThis.WebSocket, // in Node 20: the one of the package ws
    fetch: (...request) => globalThis.fetch(...request),
    random: Math.random,
    setTimeout: (work, milliseconds) => setTimeout(work, milliseconds),
    clearTimeout: (timer) => clearTimeout(timer),
    now: () => performance.now(),
};

const EXPIRED = 4401;
const NOT_ALLOWED = 4403;
const BACK_OFF = new Set([1011, 1013, 4429]);
const BACK_OFF_EXPONENT = 4;
const FINAL = new Set([1000, 1002, 1003, 1007, 1008, 1009, 1010]); // asked for, or an error that would recur
const REFUSALS = new Set([EXPIRED, 1013]); // what a handshake with ?refuse=close is closed with, when there is a point in another
const RECONNECTS = new Set([4408, 4429]); // of 4400 to 4499; the others are final, those to come too
const ADDED = '\n'; // stands for all topics that the backend has added: they are not known here, and no topic has this name
const WILDCARDS = { '*': '[^.]+', '**': '[^.]+(\\.[^.]+)*' };
const isFinal = (code) => FINAL.has(code) || (code >= 4400 && code <= 4499 && !RECONNECTS.has(code));

/** Connects, and stays connected until close(), or until there is no point in reconnecting. */
export function connect(url, options = {}) {
    return new Client(url, options);
}

/**
 * Subscribes without a registration, at the relay's base URL: to `topics`, from now on, or starting with `last: 10`,
 * `since: '10m'` or `after: id`. `token` is a token or key, or a function that returns a fresh one, or a promise of one, for each
 * connection; `user_id` names the user where no token does. The other options are those of connect.
 */
export function subscribe(base, { last, since, token, user_id, ...options }) {
    if (!options.topics?.length) throw new TypeError('topics is missing: one or more');
    const tokenNow = typeof token === 'function' ? token : () => token;
    const renew = typeof token === 'function' ? () => true : undefined; // after 4401, the next token may be good
    const where = async (fetch, topics, after) => {
        const credential = await tokenNow();
        const start = after ? { after } : { last, since };
        // Without a start, the connection begins with retained values: what is missed meanwhile, the first command asks for.
        const isNew = !after && last === undefined && since === undefined;
        const cursor = isNew ? await newest(fetch, base, topics[0], credential) : after;
        const url = new URL('ws', base);
        url.protocol = url.protocol.replace('http', 'ws');
        topics.forEach((topic) => url.searchParams.append('topic', topic));
        Object.entries({ ...start, user_id, refuse: 'close' })
            .forEach(([name, value]) => value !== undefined && url.searchParams.set(name, value));
        return { url: url.href, protocols: credential ? ['bearer', credential] : [], cursor, unasked: isNew && cursor !== undefined };
    };
    return new Client(undefined, { ...options, renew }, where);
}

/** The id of the newest message, after which "from now on" begins: what comes while a connection is made is not lost. */
async function newest(fetch, base, topic, credential) {
    try {
        const headers = credential ? { Authorization: `Bearer ${credential}` } : {};
        const answer = await fetch(new URL(`topics/${encodeURIComponent(topic)}/messages?last=0`, base), { headers });
        return answer.ok ? (await answer.json()).next : undefined; // a refusal is reported by the socket
    } catch {
        return undefined;
    }
}

class Client {
    #options;
    #where; // () => the URL and subprotocols of the next connection; undefined: always #url
    #url;
    #protocols = [];
    #socket;
    #timer;
    #state = 'connecting';
    #cursor; // the id of the last message, after which the stream continues
    #topics; // in force, as far as known here
    #had = new Map(); // the last id of each topic or pattern, to drop repeats after `last` or a resume
    #commands = []; // unanswered, in the order of their answers
    #unasked = true; // this URL's registration may have other topics than ours
    #refused = 0; // handshakes in a row
    #openedAt = 0;
    #losses = 0; // in a row, without a good connection in between
    #renews = false;

    constructor(url, options, where) {
        this.#options = { ...DEFAULTS, ...options };
        this.#where = where;
        this.#unasked = !where;
        this.#url = url;
        this.#cursor = this.#options.after;
        this.#topics = this.#options.topics && new Set(this.#options.topics);
        if (where) this.#comeBack();
        else this.#open();
    }

    /** The id of the last message, to be passed as `after` to a later client. */
    get cursor() {
        return this.#cursor;
    }

    /** Replaces the topics, from now on, or starting with `{ last: 10 }` or `{ after: id }`; returns a promise of the topics in force. */
    subscribe(topics, start = {}) {
        return this.#send({ topics, ...start }).then((ok) => ok.topics);
    }

    /** The same for more topics, beside those that it has, and for fewer: `remove` takes no start. */
    add = (topics, start = {}) => this.#send({ add: topics, ...start }).then((ok) => ok.topics);
    remove = (topics) => this.#send({ remove: topics }).then((ok) => ok.topics);

    /**
     * Sends another token in place of the one that the client came with, before that expires; returns a promise of `{ topics, expires }`:
     * the topics that it still has, and when the new one expires. A registration with "keep" keeps it. Topics that the token does not
     * allow end: see `onended`.
     */
    renew(token) {
        return this.#send({ token });
    }

    /**
     * Publishes a message, where the registration's "publish" allows it; returns a promise of `{ id }`. If the connection is lost before the
     * answer, it is sent again: the key keeps it one message, unless `renew` has given the URL of another registration. A text is sent
     * as it is, anything else as JSON.
     */
    publish(topic, message, { key = randomKey() } = {}) {
        return this.#send({ publish: { topic, message, key } });
    }

    #send(words) {
        return new Promise((resolve, reject) => {
            if (this.#state === 'closed') throw new Error('this client is closed');
            const command = { text: JSON.stringify(words), asks: words.topics ?? words.add ?? [], resolve, reject };
            this.#commands.push(command);
            if (this.#state === 'open') this.#socket.send(command.text);
        });
    }

    close() {
        this.#end(1000, 'asked for');
    }

    #open() {
        const url = new URL(this.#url);
        url.searchParams.set('format', 'json');
        const asks = this.#unasked && this.#topics;
        if (this.#cursor && !asks) url.searchParams.set('after', this.#cursor);
        const socket = new this.#options.WebSocket(url.href, this.#protocols);
        socket.onopen = () => this.#opened();
        socket.onmessage = (event) => this.#received(JSON.parse(event.data));
        socket.onclose = (event) => this.#lost(event.code, event.reason);
        socket.onerror = () => {}; // a close follows
        this.#socket = socket;
        this.#enter('connecting');
    }

    #opened() {
        this.#openedAt = this.#options.now();
        if (this.#unasked && this.#topics) this.#commands.unshift(this.#ownTopics());
        else this.#unasked = false;
        this.#commands.forEach((command) => this.#socket.send(command.text));
        this.#enter('open');
    }

    /** For a registration that may have other topics than ours. Messages before the answer come again after it. */
    #ownTopics() {
        return {
            text: JSON.stringify({ topics: [...this.#topics], after: this.#cursor }),
            own: true,
            asks: [],
            repeats: this.#cursor !== undefined,
            resolve: () => (this.#unasked = false),
            reject: (error) => this.#end(NOT_ALLOWED, error.message),
        };
    }

    #received(frame) {
        if (frame.error?.topics) this.#tell('onended', frame.error);
        else if (frame.ok || frame.error) this.#answered(frame);
        else if (frame.retained) this.#deliver(frame);
        else if (this.#commands[0]?.repeats) return;
        else if (frame.gap) this.#tell('ongap', frame.gap);
        else if (frame.id) this.#message(frame);
    }

    #answered({ ok, error }) {
        const command = this.#commands.shift();
        if (error) return command?.reject(Object.assign(new Error(error.detail), { code: error.code }));
        if (ok.topics) {
            this.#topics = new Set(ok.topics);
            this.#had = new Map([...this.#had].filter(([topic]) => this.#topics.has(topic)));
        }
        return command?.resolve(ok);
    }

    #message(message) {
        this.#cursor = message.id;
        const { topic } = message;
        const covers = (one) => matches(one, topic);
        const known = !this.#topics || this.#topics.has(topic) ? topic : [...this.#topics].find(covers);
        // Whoever has no registration gets no topics from a backend, and what an unanswered command asks for comes after its answer.
        const isLeft = this.#where || this.#commands.some(({ own, asks }) => own || asks.some(covers));
        const asked = known ?? ADDED;
        if ((known === undefined && isLeft) || isRepeat(message.id, this.#had.get(asked))) return;
        this.#had.set(asked, message.id);
        this.#deliver(message);
    }

    #deliver(message) {
        for (const name of ['user_id', 'from']) if (name in message) message[name] = String(message[name]);
        this.#tell('onmessage', message);
    }

    #lost(code, reason) {
        this.#renews ||= code === EXPIRED && Boolean(this.#options.renew);
        if (isFinal(code) && !this.#renews) this.#end(code, reason);
        else this.#retry(code, reason);
    }

    #retry(code, reason) {
        const { minWait, maxWait, random, renew, renewAfter, tries } = this.#options;
        const wasOpen = this.#state === 'open' && !this.#wasRefused(code);
        const wasGood = wasOpen && !BACK_OFF.has(code);
        this.#commands = this.#commands.filter((command) => !command.own);
        this.#losses = wasGood ? 0 : this.#losses + 1;
        this.#refused = wasOpen ? 0 : this.#refused + 1;
        if (this.#refused >= tries) return this.#end(code, reason || `refused ${tries} times`);
        this.#renews ||= Boolean(renew) && this.#refused > 0 && this.#refused % renewAfter === 0;
        const exponent = BACK_OFF.has(code) ? Math.max(this.#losses, BACK_OFF_EXPONENT) : this.#losses;
        const wait = random() * Math.min(maxWait, minWait * 2 ** exponent); // full jitter: clients reconnect at different times
        this.#timer = this.#options.setTimeout(() => this.#comeBack(), wait);
        return this.#enter('waiting', { code, reason, wait });
    }

    /** Whether a socket that opened was in truth refused, and closed at once to say why. */
    #wasRefused(code) {
        const { now, maxWait } = this.#options;
        return Boolean(this.#where) && REFUSALS.has(code) && now() - this.#openedAt < maxWait;
    }

    async #comeBack() {
        this.#enter('connecting');
        try {
            if (this.#where) await this.#find();
            else await this.#renew();
            if (this.#state === 'closed') return;
            this.#renews = false;
            this.#open();
        } catch (failure) {
            if (this.#state !== 'closed') this.#retry(EXPIRED, `not renewed: ${failure}`);
        }
    }

    async #renew() {
        const url = this.#renews ? await this.#options.renew() : this.#url;
        if (!url) return this.#end(EXPIRED, 'not renewed');
        this.#unasked ||= url !== this.#url;
        return (this.#url = url);
    }

    async #find() {
        const { url, protocols, cursor, unasked } = await this.#where(this.#options.fetch, [...this.#topics], this.#cursor);
        this.#url = url;
        this.#protocols = protocols;
        this.#cursor ??= cursor;
        this.#unasked = unasked;
    }

    #end(code, reason) {
        if (this.#state === 'closed') return;
        this.#options.clearTimeout(this.#timer);
        if (this.#socket) Object.assign(this.#socket, { onopen: null, onmessage: null, onclose: null }).close(1000);
        this.#enter('closed', { code, reason });
        this.#commands.splice(0).forEach((command) => command.reject(new Error(`closed: ${code} ${reason}`)));
    }

    #enter(state, detail = {}) {
        if (this.#state !== state) this.#tell('onstate', state, detail);
        this.#state = state;
    }

    /** In a separate microtask: an error in the callback is the page's, and reported as such. */
    #tell(callback, ...values) {
        queueMicrotask(() => this.#options[callback](...values));
    }
}

/** Not by randomUUID: pages that did not come by HTTPS have none. */
function randomKey() {
    return [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}

/** In a pattern, * as a segment between dots stands for exactly one segment, a final ** for one or more. */
function matches(pattern, topic) {
    const segments = pattern.split('.').map((segment) => WILDCARDS[segment] ?? segment.replace(/[^\w]/g, '\\$&'));
    return new RegExp(`^${segments.join('\\.')}$`).test(topic);
}

/** Ids are <epoch>-<sequence>. The sequence grows within an epoch, and can exceed what a number holds exactly. */
function isRepeat(id, had = '-') {
    const [epoch, sequence] = id.split('-');
    const [hadEpoch, hadSequence] = had.split('-');
    return epoch === hadEpoch && BigInt(sequence) <= BigInt(hadSequence);
}
