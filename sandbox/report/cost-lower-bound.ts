/**
 * The least that a workload can cost: at each moment the price of the cheapest *fractional* capacity that covers the
 * demand in every resource at once, as if nodes could be bought in slivers and pods be cut in pieces.
 *
 * At one moment this is a linear programme: minimise Σ price(p)·x(p) over x ≥ 0 with Σ capacity(p, r)·x(p) ≥ demand(r).
 * Its dual is to maximise Σ demand(r)·y(r) over y ≥ 0 with Σ capacity(p, r)·y(r) ≤ price(p): y(r) is a price per unit
 * of resource r at which no plan would be a bargain. The dual's polytope does not depend on the demand. So its corners
 * are worked out once, and the bound at any moment is the largest value that a corner gives. By weak duality every
 * corner alone gives a true lower bound; rounding can only leave a corner out, which makes the bound lower, never wrong.
 */

export interface PricedCapacity {
  readonly pricePerHour: number;
  /** One amount per resource, in the order that the demand uses. */
  readonly capacity: readonly number[];
}

export interface CostLowerBound {
  /** Dollars an hour for a demand given in the order of the capacities. */
  atDemand(demand: readonly number[]): number;
}

/** Two constraints closer to parallel than this give no usable corner. */
const SINGULAR = 1e-12;
/** A corner may break a constraint by so much of its price, which is rounding; it is then scaled back to keep it. */
const ROUNDING = 1e-9;

/**
 * Prepares the bound for a set of plans. A resource that no plan offers cannot be covered by anything: leave demand
 * that needs it out before asking.
 */
export function costLowerBound(plans: readonly PricedCapacity[]): CostLowerBound {
  const resources = plans[0]?.capacity.length ?? 0;
  // Resources come in units of very different sizes (milli-CPU, bytes): scaled, the numbers are of one order.
  const scale = Array.from({ length: resources }, (_, r) => Math.max(...plans.map((plan) => plan.capacity[r] ?? 0)));
  const scaled = plans.map((plan) => ({
    price: plan.pricePerHour,
    capacity: plan.capacity.map((amount, r) => (scale[r] === 0 ? 0 : amount / (scale[r] ?? 1))),
  }));
  const corners = dualCorners(scaled, resources);
  return {
    atDemand(demand) {
      let bound = 0;
      for (const corner of corners) {
        let value = 0;
        for (let r = 0; r < resources; r++) {
          if (scale[r] !== 0) value += (corner[r] ?? 0) * ((demand[r] ?? 0) / (scale[r] ?? 1));
        }
        bound = Math.max(bound, value);
      }
      return bound;
    },
  };
}

interface ScaledPlan {
  readonly price: number;
  readonly capacity: readonly number[];
}

/** The corners of { y ≥ 0, capacity·y ≤ price }: where as many constraints as there are resources hold with equality. */
function dualCorners(plans: readonly ScaledPlan[], resources: number): readonly (readonly number[])[] {
  const constraints = [
    ...plans.map((plan) => ({ row: plan.capacity, limit: plan.price })),
    ...Array.from({ length: resources }, (_, r) => ({
      row: Array.from({ length: resources }, (_unused, column) => (column === r ? 1 : 0)),
      limit: 0,
    })),
  ];
  const corners: (readonly number[])[] = [];
  for (const chosen of choices(constraints.length, resources)) {
    const rows = chosen.flatMap((index) => constraints[index] ?? []);
    const corner = solve(rows.map(({ row, limit }) => [...row, limit]));
    const kept = corner === undefined ? undefined : keepWithin(corner, plans);
    if (kept !== undefined) corners.push(kept);
  }
  return corners;
}

/** The corner, scaled back where rounding broke a constraint; `undefined` when it truly lies outside. */
function keepWithin(corner: readonly number[], plans: readonly ScaledPlan[]): readonly number[] | undefined {
  if (corner.some((price) => price < -ROUNDING)) return undefined;
  const prices = corner.map((price) => Math.max(0, price));
  let excess = 1;
  for (const plan of plans) {
    const cost = plan.capacity.reduce((sum, amount, r) => sum + amount * (prices[r] ?? 0), 0);
    if (cost > plan.price * (1 + ROUNDING)) return undefined;
    if (plan.price > 0) excess = Math.max(excess, cost / plan.price);
  }
  return prices.map((price) => price / excess);
}

/** All ways to choose `count` of the numbers below `from`. */
function* choices(from: number, count: number, first = 0): Generator<readonly number[]> {
  if (count === 0) {
    yield [];
    return;
  }
  for (let index = first; index <= from - count; index++) {
    for (const rest of choices(from, count - 1, index + 1)) yield [index, ...rest];
  }
}

/** Gauss-Jordan elimination with pivoting on an augmented square matrix; `undefined` when it is singular. */
function solve(matrix: number[][]): readonly number[] | undefined {
  const size = matrix.length;
  for (let column = 0; column < size; column++) {
    const pivot = matrix
      .slice(column)
      .reduce((best, row) => (Math.abs(row[column] ?? 0) > Math.abs(best[column] ?? 0) ? row : best));
    const divisor = pivot[column] ?? 0;
    if (Math.abs(divisor) < SINGULAR) return undefined;
    matrix.splice(matrix.indexOf(pivot), 1);
    matrix.splice(
      column,
      0,
      pivot.map((value) => value / divisor),
    );
    eliminate(matrix, column);
  }
  return matrix.map((row) => row[size] ?? 0);
}

function eliminate(matrix: number[][], column: number): void {
  const pivot = matrix[column] ?? [];
  for (const [index, row] of matrix.entries()) {
    const factor = row[column] ?? 0;
    if (index !== column && factor !== 0) matrix[index] = row.map((value, at) => value - factor * (pivot[at] ?? 0));
  }
}
