/** What acting reported, worked into the memory for the next pass. Pure. */
import type { ActuationObservation } from '../actuation/observations.ts';
import { unreachable } from '../cluster/invariant.ts';
import type { NodeGroupState } from '../node-groups/node-group.ts';
import { resizeAccepted, resizeFailed, resizeSent, resizeUnsent } from '../node-groups/memory.ts';
import { removalFailed, removalStarted, scaleUpStarted } from '../scale-down/memory.ts';
import { launched } from '../scale-up/launches.ts';
import type { DecideOptions } from './decide.ts';
import type { Memory } from './memory.ts';

/**
 * What is known if the answers to all that is under way never come: what a restart has to go on with. So a kill at any
 * moment is one more lost reply, which the pools' next reading resolves (I4), and what may have been launched counts.
 */
export function unanswered(memory: Memory, options: DecideOptions): Memory {
  return Object.entries(memory.nodeGroups.inFlight).reduce((known, [groupId, { delta, sinceMs, outcomeUnknown }]) => {
    if (outcomeUnknown) return known;
    const error = { kind: 'unknown-outcome', message: 'the process ended before the answer came' } as const;
    return remember(known, { kind: 'resize-failed', groupId, delta, error, atMs: sinceMs }, options, []);
  }, memory);
}

export function remember(
  memory: Memory,
  seen: ActuationObservation,
  options: DecideOptions,
  groups: readonly NodeGroupState[],
): Memory {
  const { nodeGroups, scaleDown } = memory;
  const { atMs } = seen;
  switch (seen.kind) {
    case 'resize-sent':
      return { ...memory, nodeGroups: resizeSent(nodeGroups, seen, atMs) };
    case 'resize-unsent':
      return { ...memory, nodeGroups: resizeUnsent(nodeGroups, seen.groupId) };
    case 'resize-accepted': {
      const { groupId, delta } = seen;
      const group = groups.find(({ id }) => id === groupId);
      const provisionTimeMs = group?.options.maxNodeProvisionTimeMs ?? options.health.maxNodeProvisionTimeMs;
      return {
        ...memory,
        nodeGroups: resizeAccepted(nodeGroups, { groupId, delta, provisionTimeMs }, atMs),
        scaleDown: scaleUpStarted(scaleDown, atMs, groupId),
        launches: launched(memory.launches, delta, atMs),
      };
    }
    case 'resize-failed': {
      // A lost reply may have brought nodes: scale-down waits for them as for any others.
      const mayHaveGrown = seen.error.kind === 'unknown-outcome';
      return {
        ...memory,
        nodeGroups: resizeFailed(nodeGroups, seen, atMs, options.health),
        scaleDown: mayHaveGrown ? scaleUpStarted(scaleDown, atMs, seen.groupId) : scaleDown,
        launches: mayHaveGrown ? launched(memory.launches, seen.delta, atMs) : memory.launches,
      };
    }
    case 'removal-started':
      return { ...memory, scaleDown: removalStarted(scaleDown, atMs, seen.groupId) };
    case 'removal-failed': {
      const untilMs = atMs + options.scaleDown.unremovableNodeRecheckMs;
      const node = { name: seen.node, uid: seen.uid };
      return {
        ...memory,
        scaleDown: removalFailed(scaleDown, node, { now: atMs, untilMs, message: seen.message, groupId: seen.groupId }),
      };
    }
    case 'withdrawn':
    case 'withdrawal-failed':
    case 'instances-deleted':
    case 'instance-deletion-failed':
    case 'removal-done':
    case 'eviction-over':
      // The provider's next reading tells.
      return memory;
    default:
      return unreachable(seen);
  }
}
