// The metrics, each with a chart of its last two minutes.

import { ask, excuse, isFault, Refused, watch } from './api.js';
import { byId, make, makeSvg, say } from './dom.js';
import { bytes, count, parse, total } from './metrics.js';

const EVERY_MILLIS = 2000;
const SHOWN_MILLIS = 120_000;
const BREAK_MILLIS = 3 * EVERY_MILLIS;
const WIDTH = 240;
const HEIGHT = 40;
const TOP = 10;

const plain = value => [count(value), ''];
const perSecond = value => [count(value), '/s'];

/** `of` reads the value from the samples. Drawn is the value, its `rate` per second, or what was `added` since the last scrape. */
const FIGURES = [
  { name: 'Clients', of: all => total(all, 'relay_registrations'), drawn: 'value', text: plain },
  { name: 'Connections', of: all => total(all, 'relay_connections'), drawn: 'value', text: plain },
  { name: 'Queued', of: all => total(all, 'relay_queue_bytes'), drawn: 'value', text: bytes },
  { name: 'Publishes', of: all => total(all, 'relay_publishes_total'), drawn: 'rate', text: perSecond },
  { name: 'Deliveries', of: all => total(all, 'relay_deliveries_total'), drawn: 'rate', text: perSecond },
  { name: 'Slow closes', of: all => total(all, 'relay_closes_total', { code: '4408' }), drawn: 'added', text: plain, alarms: true },
];

/** One metric: its place on the page, and its recent values. */
class Figure {
  #spec;
  #points = [];
  #last = { time: NaN, value: NaN };
  #number = make('span');
  #unit = make('span', { class: 'unit' });
  #most = make('span', { class: 'most' });
  #area = makeSvg('path', { class: 'area' });
  #pen = makeSvg('path');
  #tip = makeSvg('path', { class: 'tip' });

  constructor(spec) {
    this.#spec = spec;
    const base = makeSvg('path', { class: 'base', d: `M0 ${HEIGHT}H${WIDTH}` });
    const chart = makeSvg('svg', { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, preserveAspectRatio: 'none', 'aria-hidden': 'true' },
      base, this.#area, this.#pen, this.#tip);
    this.element = make('div', {},
      make('dt', {}, spec.name),
      make('dd', { class: 'value' }, this.#number, this.#unit),
      make('dd', { class: 'chart' }, chart, this.#most));
  }

  take(time, samples) {
    const value = this.#spec.of(samples);
    const drawn = this.#drawn(time, value);
    this.#last = { time, value };
    this.#points.push({ time, value: drawn });
    this.#points = this.#points.filter(point => point.time >= time - SHOWN_MILLIS - EVERY_MILLIS);
    const [number, unit] = this.#spec.text(this.#spec.drawn === 'rate' ? drawn : value);
    this.#number.textContent = number;
    this.#unit.textContent = unit;
    this.#draw(time);
  }

  /** A counter that has fallen was reset by a restart: there is no rate then. */
  #drawn(time, value) {
    const added = value - this.#last.value;
    switch (this.#spec.drawn) {
      case 'rate': return added >= 0 ? added * 1000 / (time - this.#last.time) : NaN;
      case 'added': return added >= 0 ? added : NaN;
      default: return value;
    }
  }

  #draw(now) {
    const values = this.#points.map(point => point.value).filter(Number.isFinite);
    const most = Math.max(0, ...values);
    const x = point => round(WIDTH - (now - point.time) * WIDTH / SHOWN_MILLIS);
    const y = point => round(HEIGHT - (most ? point.value / most : 0) * (HEIGHT - TOP));
    const lines = unbroken(this.#points).map(points => points.map(point => `${x(point)} ${y(point)}`));
    this.#pen.setAttribute('d', lines.map(line => `M${line.join('L')}`).join(''));
    this.#area.setAttribute('d', lines.map(line =>
      `M${line[0].split(' ')[0]} ${HEIGHT}L${line.join('L')}V${HEIGHT}Z`).join(''));
    const last = this.#points.at(-1);
    this.#tip.setAttribute('d', Number.isFinite(last.value) ? `M${x(last)} ${y(last)}h0` : '');
    this.#most.textContent = most ? `peak ${this.#spec.text(most).join(' ').replace(' /', '/').trim()}` : '';
    this.element.classList.toggle('alarm', Boolean(this.#spec.alarms && most));
  }
}

/** The runs of points without a missing one in between. */
function unbroken(points) {
  const runs = [];
  let before = -Infinity;
  for (const point of points.filter(each => Number.isFinite(each.value))) {
    if (point.time - before > BREAK_MILLIS) {
      runs.push([]);
    }
    runs.at(-1).push(point);
    before = point.time;
  }
  return runs;
}

const round = number => Math.round(number * 100) / 100;

/** Shows the metrics, and reports to `state` whether the relay answers. */
export function showFigures(state) {
  const figures = FIGURES.map(spec => new Figure(spec));
  const place = byId('figures');
  const note = byId('figures-note');
  place.append(...figures.map(figure => figure.element));

  async function look(signal) {
    const samples = parse(await (await ask('GET', 'metrics', { signal })).text());
    const time = performance.now();
    place.hidden = false;
    figures.forEach(figure => figure.take(time, samples));
    say(note, '');
    state('live');
  }

  watch(EVERY_MILLIS, look, error => {
    place.hidden = !isFault(error);
    say(note, excuse(error, '/metrics'), isFault(error));
    state(error instanceof Refused ? 'there' : 'gone');
  });
}
