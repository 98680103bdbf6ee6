/** The order in which candidates are tried: what costs least to remove first, and the same nodes pass after pass. */
import type { Cluster } from '../cluster/cluster.ts';
import type { DrainContext } from './drainability.ts';
import { classifyPods } from './drainability.ts';
import type { Candidate } from './eligibility.ts';
import type { ScaleDownMemory } from './memory.ts';

/** Nothing to move; nothing to move but something to wait for; pods to move, or a pod that blocks. */
type Rank = 0 | 1 | 2;

/**
 * Empty nodes, then nodes that were unneeded before (so that a limit does not make the choice jump about), then the less
 * used, then by name.
 */
export function inOrderOfRemoval(
  candidates: readonly Candidate[],
  cluster: Cluster,
  context: DrainContext,
  memory: ScaleDownMemory,
): readonly Candidate[] {
  const keys = candidates.map((candidate) => ({
    candidate,
    rank: rankOf(cluster, candidate, context),
    known: memory.unneeded.get(candidate.node.name)?.uid === candidate.node.uid ? 0 : 1,
  }));
  keys.sort(
    (a, b) =>
      a.rank - b.rank ||
      a.known - b.known ||
      a.candidate.utilization - b.candidate.utilization ||
      (a.candidate.node.name < b.candidate.node.name ? -1 : 1),
  );
  return keys.map(({ candidate }) => candidate);
}

function rankOf(cluster: Cluster, { slot }: Candidate, context: DrainContext): Rank {
  if (cluster.podsOn(slot).size === 0) return 0;
  const pods = classifyPods(cluster, slot, context);
  if (pods.kind === 'blocked' || pods.evict.length > 0) return 2;
  return pods.onCompletion.length > 0 ? 1 : 0;
}
