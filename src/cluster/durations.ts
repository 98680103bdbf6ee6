/**
 * Durations as Go writes and reads them (`1h30m`, `1.5s`, `300ms`, `0`), to the nanosecond and with Go's limits, so
 * that a manifest written for Cluster Autoscaler means the same here.
 */

/** Go holds a duration in 64 bits of nanoseconds, signed: about 292 years. */
const LARGEST_NS = 2n ** 63n;

const NS_PER_MS = 1_000_000;

/** Nanoseconds by unit; µ may be the micro sign (U+00B5) or the Greek letter (U+03BC). */
const UNITS: ReadonlyMap<string, bigint> = new Map([
  ['ns', 1n],
  ['us', 1_000n],
  ['\u00b5s', 1_000n],
  ['\u03bcs', 1_000n],
  ['ms', 1_000_000n],
  ['s', 1_000_000_000n],
  ['m', 60_000_000_000n],
  ['h', 3_600_000_000_000n],
]);

const PART = /(\d*)(\.\d*)?([^\d.]*)/y;

/** Milliseconds, or `undefined` when Go would not read `text` as a duration either. */
export function parseDurationMs(text: string): number | undefined {
  const ns = parseDurationNs(text);
  return ns === undefined ? undefined : Number(ns) / NS_PER_MS;
}

/** Nanoseconds, or `undefined` when Go would not read `text` as a duration either. */
export function parseDurationNs(text: string): bigint | undefined {
  const negative = text.startsWith('-');
  const magnitude = negative || text.startsWith('+') ? text.slice(1) : text;
  if (magnitude === '0') return 0n;
  if (magnitude === '') return undefined;
  let total = 0n;
  PART.lastIndex = 0;
  while (PART.lastIndex < magnitude.length) {
    const [, whole = '', fraction = '', unit = ''] = PART.exec(magnitude) ?? [];
    const nsPerUnit = UNITS.get(unit);
    if (nsPerUnit === undefined || (whole === '' && fraction.length < 2)) return undefined;
    total += BigInt(whole === '' ? 0 : whole) * nsPerUnit + fractionNs(fraction.slice(1), nsPerUnit);
    if (total > LARGEST_NS) return undefined;
  }
  if (total === LARGEST_NS && !negative) return undefined;
  return negative ? -total : total;
}

/** As Go computes it, in floating point: digits beyond 63 bits are dropped, what is below a nanosecond is cut off. */
function fractionNs(digits: string, nsPerUnit: bigint): bigint {
  const most = (LARGEST_NS - 1n) / 10n;
  let value = 0n;
  let scale = 1;
  for (const digit of digits) {
    const next = value * 10n + BigInt(digit);
    if (value > most || next > LARGEST_NS) break;
    value = next;
    scale *= 10;
  }
  return BigInt(Math.floor(Number(value) * (Number(nsPerUnit) / scale)));
}

/** As Go prints it: `1h30m0s`, `1.5s`, `300ms`, `0s`. Reading it back gives `ns` again. */
export function formatDurationNs(ns: bigint): string {
  if (ns === 0n) return '0s';
  if (ns < 0n) return `-${formatDurationNs(-ns)}`;
  if (ns < 1_000n) return `${ns}ns`;
  if (ns < 1_000_000n) return `${decimal(ns, 3)}\u00b5s`;
  if (ns < 1_000_000_000n) return `${decimal(ns, 6)}ms`;
  const minutes = ns / 60_000_000_000n;
  const seconds = `${decimal(ns % 60_000_000_000n, 9)}s`;
  if (minutes === 0n) return seconds;
  return minutes < 60n ? `${minutes}m${seconds}` : `${minutes / 60n}h${minutes % 60n}m${seconds}`;
}

/** For people: as Go prints it, without parts that are zero (`10m`, `1h30m`). */
export function formatDurationMs(ms: number): string {
  const text = formatDurationNs(BigInt(Math.round(ms * NS_PER_MS)));
  return text.replace(/(?<=[hm])0s$/, '').replace(/(?<=h)0m$/, '');
}

/** `ns` with its last `places` digits behind the point, trailing zeros left out. */
function decimal(ns: bigint, places: number): string {
  const digits = ns.toString().padStart(places + 1, '0');
  const fraction = digits.slice(-places).replace(/0+$/, '');
  const whole = digits.slice(0, -places);
  return fraction === '' ? whole : `${whole}.${fraction}`;
}
