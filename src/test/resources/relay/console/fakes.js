// What a test gives relay.js in the place of the browser's sockets and time, and what it was told.
globalThis.fakes = (options = {}) => {
    const sockets = [];
    const timers = [];
    const fetched = [];
    const time = { now: 0 };
    const told = { messages: [], gaps: [], states: [] };
    class FakeSocket {
        constructor(url, protocols) {
            this.url = url;
            this.protocols = protocols;
            this.sent = [];
            sockets.push(this);
        }

        send(text) {
            this.sent.push(JSON.parse(text));
        }

        close(code) {
            this.closedWith = code;
        }
    }
    return {
        sockets,
        timers,
        told,
        fetched,
        time,
        options: {
            WebSocket: FakeSocket,
            fetch: async (url, { headers }) => {
                fetched.push({ path: url.pathname + url.search, ...headers });
                return { ok: true, json: async () => ({ messages: [], next: 'e-7' }) };
            },
            now: () => time.now,
            random: () => 1,
            setTimeout: (work, wait) => {
                timers.push({ work, wait });
                return timers.length;
            },
            clearTimeout: (timer) => timers[timer - 1] && (timers[timer - 1].cleared = true),
            onmessage: ({ message }) => told.messages.push(message),
            ongap: (gap) => told.gaps.push(gap),
            onstate: (state, detail) => told.states.push({ state, ...detail }),
            ...options,
        },
        socket: () => sockets.at(-1),
        query: () => Object.fromEntries(new URL(sockets.at(-1).url).searchParams),
        asked: () => [...new URL(sockets.at(-1).url).searchParams].map((pair) => pair.join('=')),
        open: () => sockets.at(-1).onopen({}),
        receive: (frame) => sockets.at(-1).onmessage({ data: JSON.stringify(frame) }),
        message: (id, topic = 'cats', message = id) =>
            sockets.at(-1).onmessage({ data: JSON.stringify({ id, topic, message }) }),
        lose: (code, reason = '') => sockets.at(-1).onclose?.({ code, reason }),
        waited: () => timers.at(-1).work(),
        settled: () => new Promise((done) => setTimeout(done)),
    };
};
