/**
 * Kubernetes quantities, exactly: `100m`, `1.5Gi`, `2e3`. The sandbox judges the product's arithmetic, so this is its own
 * reading of the rules: CPU in milli-units and everything else in whole units, each rounded up.
 */

const QUANTITY = /^([+-]?)(\d*)(?:\.(\d*))?(?:([eE][+-]?\d{1,2})|([numkMGTPE]|[KMGTPE]i))?$/;

/** Suffix to [numerator, denominator]. */
const SUFFIXES: Readonly<Record<string, readonly [bigint, bigint]>> = {
  n: [1n, 10n ** 9n],
  u: [1n, 10n ** 6n],
  m: [1n, 1000n],
  k: [1000n, 1n],
  M: [10n ** 6n, 1n],
  G: [10n ** 9n, 1n],
  T: [10n ** 12n, 1n],
  P: [10n ** 15n, 1n],
  E: [10n ** 18n, 1n],
  Ki: [1n << 10n, 1n],
  Mi: [1n << 20n, 1n],
  Gi: [1n << 30n, 1n],
  Ti: [1n << 40n, 1n],
  Pi: [1n << 50n, 1n],
  Ei: [1n << 60n, 1n],
};

/** A cluster uses few distinct amounts; past this many the memory is dropped and begun anew. */
const REMEMBERED_QUANTITIES = 10_000;
const remembered = new Map<string, number>();

/** The amount of `resource` in its unit (milli for `cpu`); a malformed or negative quantity counts as 0. */
export function amountOf(resource: string, quantity: string | number): number {
  const unit = resource === 'cpu' ? 1000 : 1;
  if (typeof quantity === 'number' && Number.isInteger(quantity)) return Math.max(0, quantity * unit);
  const key = `${unit}*${quantity}`;
  let amount = remembered.get(key);
  if (amount === undefined) {
    amount = parse(String(quantity), BigInt(unit));
    if (remembered.size >= REMEMBERED_QUANTITIES) remembered.clear();
    remembered.set(key, amount);
  }
  return amount;
}

function parse(text: string, unit: bigint): number {
  const [, sign, whole = '', fraction = '', exponent, suffix] = QUANTITY.exec(text) ?? [];
  if (sign === undefined || sign === '-' || whole + fraction === '') return 0;
  let [numerator, denominator] = SUFFIXES[suffix ?? ''] ?? [1n, 1n];
  numerator *= BigInt(whole + fraction) * unit;
  denominator *= 10n ** BigInt(fraction.length);
  const power = exponent === undefined ? 0 : Number(exponent.slice(1));
  if (power >= 0) numerator *= 10n ** BigInt(power);
  else denominator *= 10n ** BigInt(-power);
  return Number((numerator + denominator - 1n) / denominator);
}
