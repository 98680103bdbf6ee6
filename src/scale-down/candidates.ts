/** The order in which candidates are tried: what costs least to remove first, and the same nodes pass after pass. */
import type { Candidate } from './eligibility.ts';
import type { ScaleDownMemory } from './memory.ts';
import type { NodePods } from './node-pods.ts';
import type { ScaleDownOptions } from './options.ts';
import { pricesOf } from './worth.ts';

/** Nothing to move; nothing to move but something to wait for; pods to move, or a pod that blocks. */
type Rank = 0 | 1 | 2;

/**
 * Empty nodes, then nodes that were unneeded before (so that a limit does not make the choice jump about), then those of
 * which most money is spent on nothing (which is nothing to Cluster Autoscaler, where that is imitated), then by name.
 */
export function inOrderOfRemoval(
  candidates: readonly Candidate[],
  memory: ScaleDownMemory,
  { likeClusterAutoscaler }: Pick<ScaleDownOptions, 'likeClusterAutoscaler'>,
): readonly Candidate[] {
  const priceOf = likeClusterAutoscaler ? (): number => 0 : pricesOf(candidates);
  const keys = candidates.map((candidate) => ({
    candidate,
    rank: rankOf(candidate.pods),
    known: memory.unneeded.get(candidate.node.name)?.uid === candidate.node.uid ? 0 : 1,
    wasted: priceOf(candidate) * (1 - candidate.utilization),
  }));
  keys.sort(
    (a, b) =>
      a.rank - b.rank ||
      a.known - b.known ||
      b.wasted - a.wasted ||
      (a.candidate.node.name < b.candidate.node.name ? -1 : 1),
  );
  return keys.map(({ candidate }) => candidate);
}

function rankOf(pods: NodePods): Rank {
  if (pods.kind === 'blocked' || pods.evict.length > 0) return 2;
  return pods.onCompletion.length > 0 ? 1 : 0;
}
