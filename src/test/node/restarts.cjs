#!/usr/bin/env node
/*
 * A relay with --data is killed again and again under 1,000 clients that only do what every WebSocket library does.
 *
 *   NODE_PATH=/usr/share/nodejs node restarts.cjs JAR [RESTARTS=50] [CLIENTS=1000] [SYNC=batch] [flags of the relay...]
 *
 * Registers clients with keep for one of 10 topics each; each has one socket of the library ws at its URL, and a new one a random
 * 50 to 250 ms after that has ended. Four publishers publish, most with an Idempotency-Key until they are answered. Every few seconds
 * the relay's process gets SIGKILL and is started again at once. Says what was answered and is missing, what came out of order, which
 * ids two messages have, how often messages came again, and how long it took from each kill until the last client was back and had
 * everything. Exit status 1 if anything was wrong. Needs about CLIENTS * 3 descriptors (ulimit -n).
 */
const { spawn } = require('child_process');
const fs = require('fs');
const http = require('http');
const os = require('os');
const path = require('path');
const WebSocket = require('ws');

const [jar, restarts = '50', count = '1000', sync = 'batch', ...flags] = process.argv.slice(2);
const TOPICS = Array.from({ length: 10 }, (_, i) => `topic.${i}`);
const port = 10000 + Math.floor(Math.random() * 20000);
const data = fs.mkdtempSync(path.join(os.tmpdir(), 'restarts-'));
const log = fs.openSync(path.join(data, '..', path.basename(data) + '.log'), 'a');
const agent = new http.Agent({ keepAlive: true, maxSockets: 16 });
const sleep = ms => new Promise(done => setTimeout(done, ms));
const between = (low, high) => low + Math.random() * (high - low);

let relay;
let expected = false;

function start() {
  relay = spawn('java', ['-jar', jar, `--port=${port}`, `--data=${data}/log`, `--data-sync=${sync}`, '--history-messages=100000', '--history-age=24h', ...flags],
    { stdio: ['ignore', log, log] });
  const own = relay;
  own.on('exit', (code, signal) => {
    if (own === relay && !expected) {
      console.error(`the relay ended by itself: ${code} ${signal}, see ${data}.log`);
      process.exit(2);
    }
  });
}

function request(method, target, body, headers = {}) {
  return new Promise((resolve, reject) => {
    const sent = http.request({ port, host: '127.0.0.1', method, path: target, agent, timeout: 20000,
      headers: { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(body), ...headers } }, response => {
      let text = '';
      response.on('data', piece => { text += piece; });
      response.on('end', () => resolve({ status: response.statusCode, text }));
      response.on('error', reject);
      response.on('aborted', () => reject(new Error('aborted')));
    });
    sent.on('error', reject);
    sent.on('timeout', () => sent.destroy(new Error('timeout')));
    sent.end(body);
  });
}

async function ready() {
  for (;;) {
    try {
      if ((await request('GET', '/ready', '')).status === 200) return;
    } catch (down) { /* not yet */ }
    await sleep(10);
  }
}

const sequence = id => Number(id.slice(id.lastIndexOf('-') + 1));
const epochs = new Set();
const textOf = new Map();          // sequence -> text, from answers and frames
const sent = new Map();            // text -> { topic, answered: sequence or 0 }
const faults = { missing: 0, reordered: 0, idsTwice: 0, twoIds: 0, gaps: 0, refused: 0, lostRegistrations: 0 };
let frames = 0;
let repeats = 0;

function learn(id, text) {
  epochs.add(id.slice(0, id.lastIndexOf('-')));
  const before = textOf.get(sequence(id));
  if (before === undefined) textOf.set(sequence(id), text);
  else if (before !== text) faults.idsTwice++;
}

class Client {
  constructor(topic) {
    this.topic = topic;
    this.seen = new Set();
    this.texts = new Set();
    this.last = 0;
    this.waiters = [];
    this.since = 0;
  }

  async register(user) {
    const answer = await request('POST', '/register', JSON.stringify({ user_id: user, keep: 3600, topics: [this.topic] }));
    if (answer.status !== 200) throw new Error(answer.text);
    this.url = JSON.parse(answer.text).url + '?format=json';
    this.since = sequence(JSON.parse(answer.text).after);
  }

  connect() {
    const socket = new WebSocket(this.url);
    socket.on('message', text => this.take(JSON.parse(text)));
    socket.on('unexpected-response', (_, response) => {
      if (response.statusCode === 404) faults.lostRegistrations++;
      response.destroy();
      socket.terminate();
    });
    socket.on('error', () => {});
    socket.on('close', () => { if (!this.over) setTimeout(() => this.connect(), between(50, 250)); });
    this.socket = socket;
  }

  take(frame) {
    if (frame.gap) {
      if (faults.gaps++ === 0) console.error('gap:', JSON.stringify(frame));
      return;
    }
    frames++;
    learn(frame.id, frame.message);
    const own = sequence(frame.id);
    if (this.seen.has(own)) { repeats++; return; }
    if (own < this.last) faults.reordered++;
    if (this.texts.has(frame.message)) faults.twoIds++;
    this.seen.add(own);
    this.texts.add(frame.message);
    this.last = Math.max(this.last, own);
    this.waiters = this.waiters.filter(waiter => waiter.for > this.last || void waiter.done());
  }

  reached(target) {
    return this.last >= target ? Promise.resolve() : new Promise(done => this.waiters.push({ for: target, done }));
  }
}

async function publish(text, topic, sure) {
  const one = { topic, answered: 0 };
  sent.set(text, one);
  do {
    try {
      const answer = await request('POST', '/publish', JSON.stringify({ topic, message: text }),
        sure ? { 'Idempotency-Key': text.replace(/\W/g, '-') } : {});
      if (answer.status === 200) {
        const { id } = JSON.parse(answer.text);
        learn(id, text);
        one.answered = sequence(id);
      } else if (answer.status !== 503) {
        faults.refused++;
        console.error(answer.status, answer.text);
      }
    } catch (noAnswer) { /* unknown */ }
    if (sure && !one.answered) await sleep(between(5, 25));
  } while (sure && !one.answered);
  return one.answered;
}

const quantile = (values, q) => [...values].sort((a, b) => a - b)[Math.min(values.length - 1, Math.floor(values.length * q))];

async function main() {
  const begun = Date.now();
  start();
  await ready();
  const clients = Array.from({ length: Number(count) }, (_, i) => new Client(TOPICS[i % TOPICS.length]));
  for (let i = 0; i < clients.length; i += 50) {
    await Promise.all(clients.slice(i, i + 50).map((client, j) => client.register(i + j)));
  }
  clients.forEach(client => client.connect());
  let stop = false;
  const publishers = [0, 1, 2, 3].map(async number => {
    for (let i = 0; !stop; i++) {
      await publish(`publisher ${number} message ${i}`, TOPICS[Math.floor(Math.random() * TOPICS.length)], Math.random() < 0.8);
      await sleep(between(0, 80));
    }
  });
  const markers = async name => {
    const answered = await Promise.all(TOPICS.map(topic => publish(`${name} of ${topic}`, topic, true)));
    return new Map(TOPICS.map((topic, i) => [topic, answered[i]]));
  };
  const allReached = marks => Promise.all(clients.map(client => client.reached(marks.get(client.topic))));
  await allReached(await markers('start'));
  const untilReady = [];
  const untilAll = [];
  for (let i = 1; i <= Number(restarts); i++) {
    await sleep(between(500, 3000));
    const killedAt = Date.now();
    expected = true;
    const gone = new Promise(done => relay.once('exit', done));
    relay.kill('SIGKILL');
    await gone;
    start();
    expected = false;
    await ready();
    untilReady.push(Date.now() - killedAt);
    await allReached(await markers(`marker ${i}`));
    untilAll.push(Date.now() - killedAt);
    if (i % 10 === 0) console.log(`${i} restarts, ${frames} frames`, JSON.stringify(faults));
  }
  stop = true;
  await Promise.all(publishers);
  await allReached(await markers('end'));
  let owed = 0;
  let unanswered = 0;
  const received = new Set(textOf.values());
  for (const [text, one] of sent) {
    if (!one.answered) unanswered++;
    if (!one.answered && !received.has(text)) continue;
    for (const client of clients) {
      if (client.topic === one.topic) {
        owed++;
        if (!client.texts.has(text)) {
          if (faults.missing++ < 5) console.error('missing', text, one, 'of a client since', client.since);
        }
      }
    }
  }
  if (epochs.size !== 1) console.error('epochs:', [...epochs]);
  console.log(`--data-sync=${sync} ${flags.join(' ')}: ${restarts} kills, ${count} clients, ${sent.size} messages, ${unanswered} of them unanswered, ${owed} deliveries owed, ${frames} frames, ${repeats} repeats, in ${Math.round((Date.now() - begun) / 1000)} s`);
  console.log(`faults: ${JSON.stringify(faults)}, ${epochs.size} epoch`);
  console.log(`ms from kill to ready: p50 ${quantile(untilReady, 0.5)}, p99 ${quantile(untilReady, 0.99)}; until the last client was back and had everything: p50 ${quantile(untilAll, 0.5)}, p99 ${quantile(untilAll, 0.99)}`);
  clients.forEach(client => { client.over = true; client.socket.terminate(); });
  expected = true;
  relay.kill('SIGTERM');
  await new Promise(done => relay.once('exit', done));
  const wrong = Object.values(faults).some(n => n > 0) || epochs.size !== 1;
  if (!wrong) fs.rmSync(data, { recursive: true });
  process.exit(wrong ? 1 : 0);
}

main().catch(error => { console.error(error); process.exit(2); });
