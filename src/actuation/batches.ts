/**
 * Whose turn it is to be deleted: one batch of a pool at a time (I4).
 *
 * 1. By itself a node goes alone, so that its last look is as late as can be; with `--node-deletion-batcher-interval`
 *    those that are ready so long after the first of them go in one request.
 * 2. Nodes that go together or not at all go when the last of them is ready.
 */
import type { DrainOptions } from '../scale-down/options.ts';
import type { Removal, StateOf } from './removal-state.ts';

type Ready = Removal & { readonly state: StateOf<'ready'> };

/** The batches whose turn it is, at most one of each pool; each in the order in which its nodes became ready. */
export function batchesDue(
  removals: ReadonlyMap<string, Removal>,
  isFree: (groupId: string) => boolean,
  options: DrainOptions,
  now: number,
): readonly (readonly Removal[])[] {
  const ready = [...removals.values()].filter(isReady).filter(({ state }) => state.deletion.notBeforeMs <= now);
  const byGroup = Map.groupBy(ready.toSorted(byReadiness), ({ groupId }) => groupId);
  return [...byGroup].flatMap(([groupId, members]) => {
    const batch = isFree(groupId) ? batchOf(members, removals, options, now) : [];
    return batch.length === 0 ? [] : [batch];
  });
}

function batchOf(
  ready: readonly Ready[],
  removals: ReadonlyMap<string, Removal>,
  options: DrainOptions,
  now: number,
): readonly Removal[] {
  const alone = ready.filter(({ together }) => together === undefined);
  const [first] = alone;
  if (first !== undefined) {
    if (options.deletionBatchIntervalMs === 0) return [first];
    if (first.state.sinceMs + options.deletionBatchIntervalMs <= now) return alone;
  }
  const names = new Set(ready.map(({ node }) => node));
  // Whoever is not being removed any more is gone: had it stayed, the others would have been told.
  const complete = ready.find(({ together }) => together?.every((node) => names.has(node) || !removals.has(node)));
  return complete === undefined ? [] : ready.filter(({ node }) => complete.together?.includes(node));
}

function isReady(removal: Removal): removal is Ready {
  return removal.state.kind === 'ready';
}

function byReadiness(a: Ready, b: Ready): number {
  return a.state.sinceMs - b.state.sinceMs || (a.node < b.node ? -1 : 1);
}
