/** One look at a node that is being removed: what the model and the cloud show of it at this moment. */
import type { CloudProvider } from '../cloud/provider.ts';
import type { Cluster } from '../cluster/cluster.ts';
import { DisruptionBudgets } from '../scale-down/disruption-budgets.ts';
import type { MovablePods } from '../scale-down/drainability.ts';
import { classifyPods, refusedByBudget } from '../scale-down/drainability.ts';
import type { ScaleDownOptions } from '../scale-down/options.ts';
import type { NodeSight, Removal } from './removal-state.ts';

export interface Surroundings {
  readonly cluster: Cluster;
  readonly provider: CloudProvider;
  readonly options: ScaleDownOptions;
  readonly now: number;
  /** When the cloud was last read. */
  readonly cloudSeenAtMs: number;
  readonly poolFree: boolean;
}

const NO_PODS: MovablePods = { kind: 'movable', evict: [], expendable: [], daemonSet: [], onCompletion: [] };

export function lookAt(removal: Removal, around: Surroundings): NodeSight {
  const { cluster, provider, options, now, cloudSeenAtMs, poolFree } = around;
  const instance = instanceState(provider, removal);
  const slot = cluster.slotOf(removal.node);
  const node = slot === undefined ? undefined : cluster.node(slot);
  if (slot === undefined || node?.uid !== removal.uid) {
    return {
      node: undefined,
      present: new Set(),
      pods: NO_PODS,
      refused: undefined,
      instance,
      cloudSeenAtMs,
      poolFree,
    };
  }
  const budgets = new DisruptionBudgets(cluster.podDisruptionBudgets());
  const pods = classifyPods(cluster, slot, {
    now,
    options: options.drainability,
    expendablePodsPriorityCutoff: options.expendablePodsPriorityCutoff,
    budgets,
    controller: (uid) => cluster.controller(uid),
  });
  const refused = pods.kind === 'movable' ? refusedByBudget(pods, budgets) : undefined;
  return { node, present: new Set(cluster.podsOn(slot).keys()), pods, refused, instance, cloudSeenAtMs, poolFree };
}

function instanceState(provider: CloudProvider, { providerID }: Removal): NodeSight['instance'] {
  const group = provider.nodeGroupForNode(providerID);
  const instance = group?.nodes().find(({ id }) => id === providerID);
  if (instance !== undefined) return instance.state === 'deleting' ? 'deleting' : 'running';
  switch (provider.hasInstance(providerID)) {
    case true:
      return 'running';
    case false:
      return 'gone';
    default:
      return 'unknown';
  }
}
