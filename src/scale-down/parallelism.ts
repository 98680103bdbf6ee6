/**
 * How many removals may be under way at once, and which of those that could go are among them.
 *
 * 1. Groups that go as a whole come first; one of them may exceed what is left, since otherwise a group that is larger than
 *    the limit could never go. None does when nothing at all is left.
 * 2. Then empty nodes, then drains, as many as are allowed.
 * 3. A group that goes as a whole goes with all its nodes or not at all.
 */

/** A node that could go now. */
export interface Ripe {
  readonly groupId: string;
  /** Its group goes as a whole. */
  readonly wholeGroup: boolean;
  readonly empty: boolean;
}

/** What may still be started. */
export interface Allowance {
  removals: number;
  /** Of these, so many with pods to move. */
  drains: number;
}

/** How many nodes make a group whole: its target, or as many as are registered. */
export type WholeSizes = (groupId: string) => readonly number[];

/** Those that go, in the order given, whole groups first; the rest waits. */
export function withinParallelism<T extends Ripe>(
  ripe: readonly T[],
  allowed: Readonly<Allowance>,
  wholeSizes: WholeSizes,
): readonly T[] {
  const left: Allowance = { removals: allowed.removals, drains: allowed.drains };
  const wholes = new Map<string, T[]>();
  for (const one of ripe) {
    if (!one.wholeGroup) continue;
    const known = wholes.get(one.groupId);
    if (known === undefined) wholes.set(one.groupId, [one]);
    else known.push(one);
  }
  const chosen = chooseWholes(wholes, left, wholeSizes);
  const rest = ripe.filter(({ wholeGroup }) => !wholeGroup);
  const empties = rest.filter(({ empty }) => empty).slice(0, Math.max(0, left.removals));
  left.removals -= empties.length;
  const drains = rest.filter(({ empty }) => !empty).slice(0, Math.max(0, Math.min(left.removals, left.drains)));
  return [...chosen, ...empties, ...drains];
}

function chooseWholes<T extends Ripe>(
  groups: ReadonlyMap<string, readonly T[]>,
  left: Allowance,
  wholeSizes: WholeSizes,
): T[] {
  const chosen: T[] = [];
  let mayExceed = true;
  const withEmpties = [...groups].filter(([, nodes]) => nodes.some(({ empty }) => empty));
  const drainsOnly = [...groups].filter(([, nodes]) => !nodes.some(({ empty }) => empty));
  for (const [index, list] of [withEmpties, drainsOnly].entries()) {
    if (index === 1) left.drains = Math.min(left.drains, left.removals);
    for (const [groupId, nodes] of list) {
      const drains = nodes.filter(({ empty }) => !empty).length;
      const fits = left.removals >= nodes.length && left.drains >= drains;
      const isNothingLeft = left.removals <= 0 || (drains > 0 && left.drains <= 0);
      // Smaller groups do not overtake it: it would wait for ever.
      if (!fits && (isNothingLeft || !mayExceed)) break;
      if (!wholeSizes(groupId).includes(nodes.length)) continue;
      chosen.push(...nodes);
      left.removals -= nodes.length;
      left.drains -= drains;
      mayExceed = false;
    }
  }
  return chosen;
}
