/** Why a pass neither adds nor removes nodes, whatever the pods ask for. */
import { unreachable } from '../cluster/invariant.ts';
import type { ClusterHealth } from './health.ts';

export type PassGuard =
  /** So many nodes are broken that the picture is not to be trusted. */
  | { readonly kind: 'unhealthy'; readonly unready: number; readonly registered: number }
  /** `--scale-up-from-zero=false`: the cluster has no nodes, or none that is ready. */
  | { readonly kind: 'no-nodes' }
  | { readonly kind: 'no-ready-nodes' }
  /** A target was put right; as Cluster Autoscaler does it, the pass ends with that. */
  | { readonly kind: 'repairs-first' };

export function unhealthy({ healthy, unready, registered }: ClusterHealth): PassGuard | undefined {
  return healthy ? undefined : { kind: 'unhealthy', unready, registered };
}

export function wordGuard(guard: PassGuard): string {
  switch (guard.kind) {
    case 'unhealthy':
      return `the cluster is unhealthy: ${guard.unready} of ${guard.registered} nodes are not ready`;
    case 'no-nodes':
      return 'the cluster has no nodes, and --scale-up-from-zero is off';
    case 'no-ready-nodes':
      return 'the cluster has no ready nodes, and --scale-up-from-zero is off';
    case 'repairs-first':
      return 'the target of a node group had to be put right first';
    default:
      return unreachable(guard);
  }
}
