/** One look at a node that is being removed: what the model and the cloud show of it at this moment. */
import type { CloudProvider } from '../cloud/provider.ts';
import type { Cluster, Slot } from '../cluster/cluster.ts';
import { DisruptionBudgets } from '../scale-down/disruption-budgets.ts';
import type { MovablePods } from '../scale-down/drainability.ts';
import { classifyPods, refusedByBudget } from '../scale-down/drainability.ts';
import type { ScaleDownOptions } from '../scale-down/options.ts';
import { existingClaims } from '../scheduling/pod-claims.ts';
import type { NodeSight, Removal } from './removal-state.ts';

export interface Surroundings {
  readonly cluster: Cluster;
  readonly provider: CloudProvider;
  readonly options: ScaleDownOptions;
  readonly now: number;
  /** When the cloud was last read. */
  readonly cloudSeenAtMs: number;
}

const NO_PODS: MovablePods = { kind: 'movable', evict: [], expendable: [], daemonSet: [], onCompletion: [] };

export function lookAt(removal: Removal, around: Surroundings): NodeSight {
  const { cluster, provider, options, now, cloudSeenAtMs } = around;
  const instance = instanceState(provider, removal);
  const slot = cluster.slotOf(removal.node);
  const node = slot === undefined ? undefined : cluster.node(slot);
  if (slot === undefined || node?.uid !== removal.uid) {
    return {
      node: undefined,
      present: new Set(),
      pods: NO_PODS,
      refused: undefined,
      strayVolumes: [],
      instance,
      cloudSeenAtMs,
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
  const present = new Set(cluster.podsOn(slot).keys());
  return { node, present, pods, refused, strayVolumes: strayVolumes(cluster, slot), instance, cloudSeenAtMs };
}

/** Volumes that are attached to the node and used by no pod on it: their pods have left, and they are on their way out. */
function strayVolumes(cluster: Cluster, slot: Slot): readonly string[] {
  const attached = cluster.storage.attachmentsTo(cluster.node(slot).name);
  if (attached.length === 0) return [];
  const pods = [...cluster.podsOn(slot).values()];
  const used = new Set(pods.flatMap((pod) => existingClaims(pod, cluster.storage).map(({ volumeName }) => volumeName)));
  return attached.map(({ volumeName }) => volumeName).filter((name) => name !== '' && !used.has(name));
}

export function instanceState(
  provider: CloudProvider,
  { providerID }: { readonly providerID: string },
): NodeSight['instance'] {
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
