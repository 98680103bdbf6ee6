/**
 * Judges whether removals come to an end (I8): a node that carries the mark of one is deleted, or free again, within a time
 * that all its steps together may take, restarts and faults included.
 */
import { nodeSpec } from '../../sandbox/controllers/shapes.ts';
import type { World } from './world.ts';
import { MINUTE_MS } from './world.ts';

const TO_BE_DELETED = 'ToBeDeletedByClusterAutoscaler';
const LOOK_MS = 5 * MINUTE_MS;
/** Replacing 10 min, evicting and ending 13 min, settling 4 min, three deletions of 10 min each, and outages of all kinds. */
const LONGEST_REMOVAL_MS = 90 * MINUTE_MS;

/** Looks every few minutes for as long as the world goes on. */
export function judgeMarks(world: World, until: () => boolean): void {
  const sinceMs = new Map<string, number>();
  const look = (): void => {
    if (until()) return;
    const nowMs = world.clock.monotonic();
    const marked = world.nodes().filter((node) => nodeSpec(node).taints?.some(({ key }) => key === TO_BE_DELETED));
    const uids = new Set(marked.map(({ metadata }) => metadata.uid));
    for (const uid of sinceMs.keys()) if (!uids.has(uid)) sinceMs.delete(uid);
    for (const { metadata } of marked) {
      const since = sinceMs.get(metadata.uid) ?? nowMs;
      sinceMs.set(metadata.uid, since);
      if (nowMs - since < LONGEST_REMOVAL_MS) continue;
      world.invariants.broken(
        'I8',
        `node ${metadata.name} has carried the mark of a removal for ${LONGEST_REMOVAL_MS / MINUTE_MS} min`,
      );
      sinceMs.set(metadata.uid, Infinity);
    }
    world.clock.setTimer(LOOK_MS, look);
  };
  look();
}
