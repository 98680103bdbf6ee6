/**
 * Tells the node groups what the process before this one has asked for, as it has kept it. Otherwise nothing could be asked
 * for after a change of leader until the cloud's listing must show it: pods would wait for half a minute, or nodes be
 * asked for twice.
 *
 * Of a request whose answer is not known, only what the cloud shows is known: until it does, the pool is left alone
 * (kept-belief.ts).
 */
import type { AskedSize, NodeGroup } from '../cloud/provider.ts';
import type { NodeGroupMemory } from '../node-groups/memory.ts';
import { type Kept, LONGEST_ABSENCE_MS } from './kept-belief.ts';

export function recallRequests({ memory, aliveAtMs }: Kept, groups: readonly NodeGroup[], now: number): void {
  if (now - aliveAtMs > LONGEST_ABSENCE_MS) return;
  for (const group of groups) {
    const asked = lastAsked(memory.nodeGroups, group);
    if (asked !== undefined) group.recall({ ...asked, atMs: Math.min(asked.atMs, now) });
  }
}

function lastAsked({ inFlight, scaleUpRequests }: NodeGroupMemory, group: NodeGroup): AskedSize | undefined {
  const sent = inFlight[group.id()];
  if (sent !== undefined && group.targetSize() >= sent.to) return { size: sent.to, atMs: sent.sinceMs };
  const accepted = scaleUpRequests[group.id()];
  return accepted?.to === undefined ? undefined : { size: accepted.to, atMs: accepted.sinceMs };
}
