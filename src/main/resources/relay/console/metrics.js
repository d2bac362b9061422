// Parses the answer of GET /metrics: Prometheus's text format, as far as this page needs it.

const SAMPLE = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})?\s+(\S+)/;
const LABEL = /(\w+)="((?:[^"\\]|\\.)*)"/g;

/** The samples by metric name: [{labels, value}]. */
export function parse(text) {
  const samples = new Map();
  for (const line of text.split('\n')) {
    const match = line.startsWith('#') ? null : SAMPLE.exec(line);
    if (match) {
      const [, name, labels = '', value] = match;
      const all = samples.get(name) ?? [];
      all.push({ labels: Object.fromEntries([...labels.matchAll(LABEL)].map(label => label.slice(1))), value: Number(value) });
      samples.set(name, all);
    }
  }
  return samples;
}

/** The sum of a metric's samples with these labels; NaN if there is none. */
export function total(samples, name, labels = {}) {
  const those = (samples.get(name) ?? []).filter(sample =>
    Object.entries(labels).every(([label, value]) => sample.labels[label] === value));
  return those.length ? those.reduce((sum, sample) => sum + sample.value, 0) : NaN;
}

const PLAIN = new Intl.NumberFormat('en', { maximumFractionDigits: 0 });
const FINE = new Intl.NumberFormat('en', { maximumFractionDigits: 1 });
const SHORT = new Intl.NumberFormat('en', { notation: 'compact', minimumFractionDigits: 1, maximumFractionDigits: 1 });
const STEPS = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];

/** A count, or a rate per second. */
export function count(value) {
  if (!Number.isFinite(value)) {
    return '–';
  }
  if (value >= 1_000_000) {
    return SHORT.format(value);
  }
  return (value < 10 ? FINE : PLAIN).format(value);
}

const LENGTHS = [['d', 86400], ['h', 3600], ['min', 60], ['s', 1]];

/** How long ago a time was, in the largest unit that fits. */
export const ago = time => lasts(Date.now() - Date.parse(time), length => `${length} ago`);

/** How long it is until a time. */
export const until = time => lasts(Date.parse(time) - Date.now(), length => `in ${length}`);

function lasts(millis, worded) {
  if (!Number.isFinite(millis)) {
    return '–';
  }
  const seconds = Math.max(0, millis / 1000);
  const [unit, size] = LENGTHS.find(([, length]) => seconds >= length) ?? LENGTHS.at(-1);
  return worded(`${Math.floor(seconds / size)} ${unit}`);
}

/** A number of bytes, and its unit. */
export function bytes(value) {
  if (!Number.isFinite(value)) {
    return ['–', ''];
  }
  const step = value < 1024 ? 0 : Math.min(STEPS.length - 1, Math.floor(Math.log2(value) / 10));
  const scaled = value / 1024 ** step;
  return [(step && scaled < 100 ? FINE : PLAIN).format(scaled), STEPS[step]];
}
