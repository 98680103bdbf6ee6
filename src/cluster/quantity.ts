/**
 * Quantities: the texts in which Kubernetes writes amounts (`250m`, `1.5Gi`, `12e6`), read exactly.
 *
 * - Arithmetic is rational (BigInt), never floating point; only the result is a number.
 * - CPU becomes milli-CPU, everything else whole units; a fraction is rounded up, as the scheduler does.
 * - A text that is no quantity, or a negative one, gives `undefined`.
 * - An amount beyond 2^53 − 1 gives 2^53 − 1: it fits nowhere either way, and sums stay exact integers.
 */

/** The result for `1Ei` and more, too large for an exact number. */
const LARGEST_AMOUNT = Number.MAX_SAFE_INTEGER;

/** Longer texts are refused: nobody writes one, and the cost of a BigInt grows with its length. */
const LONGEST_TEXT = 64;

/** Exponents beyond these decide the result by themselves (too large, or rounded up to 1). */
const HIGHEST_EXPONENT = 40;
const LOWEST_EXPONENT = -120;

/** Texts remembered per unit; a cluster uses some dozens. Past this the memory starts anew. */
const REMEMBERED_TEXTS = 4096;

const PATTERN = /^([+-]?)(\d*)(?:\.(\d*))?(?:([eE][+-]?\d+)|([numkMGTPE]|[KMGTPE]i))?$/;

const DECIMAL_EXPONENT: Readonly<Record<string, number>> = {
  n: -9,
  u: -6,
  m: -3,
  k: 3,
  M: 6,
  G: 9,
  T: 12,
  P: 15,
  E: 18,
};
const BINARY_EXPONENT: Readonly<Record<string, number>> = { Ki: 10, Mi: 20, Gi: 30, Ti: 40, Pi: 50, Ei: 60 };

const milliByText = new Map<string, number | undefined>();
const wholeByText = new Map<string, number | undefined>();
const nanoByText = new Map<string, bigint | undefined>();

const NANO = 1_000_000_000n;

/** An amount of the named resource in the units of `ResourceList`: milli-CPU for `cpu`, whole units for the others. */
export function parseAmount(resource: string, text: string): number | undefined {
  return resource === 'cpu' ? parseMilli(text) : parseWhole(text);
}

/** Thousandths, rounded up: `0.1` is 100, `100u` is 1. */
export function parseMilli(text: string): number | undefined {
  return remembered(milliByText, text, 1000n);
}

/** Whole units, rounded up: `1.5Gi` is 1610612736, `500m` is 1. */
export function parseWhole(text: string): number | undefined {
  return remembered(wholeByText, text, 1n);
}

/** Billionths of a unit, exactly, finer ones rounded up: for sums that are rounded only at the end. */
export function parseNano(text: string): bigint | undefined {
  const known = nanoByText.get(text);
  if (known !== undefined || nanoByText.has(text)) return known;
  const amount = parseExact(text, NANO);
  if (nanoByText.size >= REMEMBERED_TEXTS) nanoByText.clear();
  nanoByText.set(text, amount);
  return amount;
}

/** The amount of the named resource, in the units of `ResourceList`, that so many billionths are. */
export function amountOfNano(resource: string, nano: bigint): number {
  return toAmount(divideUp(nano, resource === 'cpu' ? NANO / 1000n : NANO));
}

/** Adds two amounts without ever leaving the exact integers. */
export function addAmounts(a: number, b: number): number {
  return Math.min(a + b, LARGEST_AMOUNT);
}

function remembered(memory: Map<string, number | undefined>, text: string, scale: bigint): number | undefined {
  const known = memory.get(text);
  if (known !== undefined || memory.has(text)) return known;
  const amount = parseScaled(text, scale);
  if (memory.size >= REMEMBERED_TEXTS) memory.clear();
  memory.set(text, amount);
  return amount;
}

function parseScaled(text: string, scale: bigint): number | undefined {
  const exact = parseExact(text, scale);
  return exact === undefined ? undefined : toAmount(exact);
}

function parseExact(text: string, scale: bigint): bigint | undefined {
  if (text.length > LONGEST_TEXT) return undefined;
  const match = PATTERN.exec(text);
  if (match === null) return undefined;
  const [, sign = '', whole = '', fraction = '', exponentText = '', suffix = ''] = match;
  const digits = whole + fraction;
  if (digits === '') return undefined;
  const mantissa = BigInt(digits) * scale;
  if (mantissa === 0n) return 0n;
  if (sign === '-') return undefined;
  const binary = BINARY_EXPONENT[suffix] ?? 0;
  const written = exponentText === '' ? (DECIMAL_EXPONENT[suffix] ?? 0) : Number(exponentText.slice(1));
  const exponent = written - fraction.length;
  if (exponent > HIGHEST_EXPONENT) return BigInt(LARGEST_AMOUNT) * scale;
  if (exponent < LOWEST_EXPONENT) return 1n;
  const shifted = mantissa << BigInt(binary);
  return exponent >= 0 ? shifted * 10n ** BigInt(exponent) : divideUp(shifted, 10n ** BigInt(-exponent));
}

function divideUp(dividend: bigint, divisor: bigint): bigint {
  return (dividend + divisor - 1n) / divisor;
}

function toAmount(exact: bigint): number {
  return exact > BigInt(LARGEST_AMOUNT) ? LARGEST_AMOUNT : Number(exact);
}
