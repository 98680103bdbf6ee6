/** A pod that waits, made after one that is known. */
import type { PodFacts } from '../cluster/facts.ts';

/** Longer than any delay that is set for new pods: what is asked is what is decided once it is over. */
const WAITED_MS = 24 * 3_600_000;

export function waiting(pattern: PodFacts, { name, now }: { readonly name: string; readonly now: number }): PodFacts {
  const { heldBackBy: _heldBackBy, ...pod } = pattern;
  return {
    ...pod,
    name,
    uid: `what-if-${pattern.namespace}-${name}`,
    createdAtMs: now - WAITED_MS,
    deletion: undefined,
    nodeName: '',
    nominatedNodeName: '',
    phase: 'Pending',
    unschedulable: true,
    scheduledConditionAtMs: now - WAITED_MS,
    ready: false,
  };
}
