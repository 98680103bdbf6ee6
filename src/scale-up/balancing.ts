/**
 * Spreads new nodes over groups that are alike: each node goes to the smallest group that is not full, so that the
 * groups come to be of one size as far as they can. The order of equals is that of the groups.
 */

/** A group that may take some of the new nodes. */
export interface Vessel {
  readonly size: number;
  readonly maxSize: number;
}

/** How many of the nodes each group gets, in the order given. Together fewer where the groups have no room for all. */
export function balance(groups: readonly Vessel[], nodes: number): readonly number[] {
  const room = groups.map(({ size, maxSize }) => Math.max(0, maxSize - size));
  const sizes = groups.map(({ size }) => size);
  const order = groups.map((_, index) => index).toSorted((a, b) => (sizes[a] ?? 0) - (sizes[b] ?? 0));
  const spread = Math.min(
    nodes,
    room.reduce((sum, one) => sum + one, 0),
  );
  const level = levelFor(sizes, room, spread);
  const given = sizes.map((size, index) => Math.min(room[index] ?? 0, Math.max(0, level - size)));
  let left = spread - given.reduce((sum, one) => sum + one, 0);
  for (const index of order) {
    // What does not fill the next level goes to the first that stand at this one.
    if (left === 0) break;
    const isAtLevel = (sizes[index] ?? 0) <= level && (given[index] ?? 0) < (room[index] ?? 0);
    if (!isAtLevel) continue;
    given[index] = (given[index] ?? 0) + 1;
    left -= 1;
  }
  return given;
}

/** The greatest common size to which so many nodes suffice. */
function levelFor(sizes: readonly number[], room: readonly number[], nodes: number): number {
  const needed = (level: number): number =>
    sizes.reduce((sum, size, index) => sum + Math.min(room[index] ?? 0, Math.max(0, level - size)), 0);
  let low = Math.min(...sizes, Number.MAX_SAFE_INTEGER);
  let high = Math.max(0, ...sizes.map((size, index) => size + (room[index] ?? 0)));
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if (needed(middle) <= nodes) low = middle;
    else high = middle - 1;
  }
  return low;
}

/** Divides so many pods by weights, to whole numbers whose sum is that of the pods. */
export function apportion(pods: number, weights: readonly number[]): readonly number[] {
  const whole = weights.reduce((sum, weight) => sum + weight, 0);
  let weight = 0;
  let given = 0;
  return weights.map((own) => {
    weight += own;
    const share = whole === 0 ? 0 : Math.floor((pods * weight) / whole) - given;
    given += share;
    return share;
  });
}
