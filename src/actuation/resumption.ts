/**
 * After a start, or when the lease comes back: a removal that an earlier process had begun goes on where it was, if it
 * would still be decided so. What it had got to stands on the node (node-marks.ts); the pods, the instance and the time
 * of the taint say the rest (I8).
 *
 * Asked anew: the node's group and its minimum, the limits, the annotation that keeps a node, the rules about its pods,
 * and a place for each pod that has to move, beside those of the removals that are taken up before it. Budgets are asked
 * by each eviction: those that this very drain has used up do not speak against it.
 */
import type { CloudProvider, NodeGroup } from '../cloud/provider.ts';
import type { Instance } from '../cloud/facts.ts';
import type { Cluster, Slot } from '../cluster/cluster.ts';
import type { NodeFacts, PodFacts } from '../cluster/facts.ts';
import { podKey } from '../cluster/facts.ts';
import { isReady } from '../node-groups/readiness.ts';
import { isToBeDeleted } from '../node-groups/taints.ts';
import type { Result } from '../runtime/result.ts';
import { failure, success } from '../runtime/result.ts';
import { DisruptionBudgets } from '../scale-down/disruption-budgets.ts';
import type { MovablePods } from '../scale-down/drainability.ts';
import { classifyPods } from '../scale-down/drainability.ts';
import type { ScaleDownOptions } from '../scale-down/options.ts';
import { placePod } from '../scheduling/place.ts';
import { fits } from '../scheduling/runner.ts';
import type { RemovalMark } from './node-marks.ts';
import type { Removal, RemovalState } from './removal-state.ts';
import { NOT_ASKED } from './removal-state.ts';

const SCALE_DOWN_DISABLED = 'cluster-autoscaler.kubernetes.io/scale-down-disabled';

export interface Resuming {
  readonly cluster: Cluster;
  readonly provider: CloudProvider;
  readonly options: ScaleDownOptions;
  /** By the wall clock, and monotonic. */
  readonly now: number;
  readonly monotonic: number;
}

/** A node with the marks of a removal, in the cloud's and the model's words. */
export interface MarkedNode {
  readonly slot: Slot;
  readonly node: NodeFacts;
  readonly mark: RemovalMark;
  readonly group: NodeGroup;
  readonly instance: Instance;
}

/** For each marked node, in their order, the removal to go on with, or why it is given up. */
export function resumptions(nodes: readonly MarkedNode[], resuming: Resuming): readonly Result<Removal, string>[] {
  const { cluster } = resuming;
  return cluster.trial(() => {
    const taken: Removal[] = [];
    return nodes.map((marked) => {
      const objection = isLeaving(marked) ? undefined : objectionTo(marked, taken, resuming);
      if (objection !== undefined) return failure(objection);
      const removal = removalOf(marked, resuming);
      taken.push(removal);
      return success(removal);
    });
  });
}

/** The cloud has been asked already, so there is nothing to decide any more. */
function isLeaving({ instance, mark }: MarkedNode): boolean {
  return instance.state === 'deleting' || mark.askedAtMs !== undefined;
}

function objectionTo(marked: MarkedNode, taken: readonly Removal[], resuming: Resuming): string | undefined {
  const { cluster, options } = resuming;
  const { slot, node, mark, group } = marked;
  if (!options.enabled) return 'nodes are not to be removed any more';
  if (mark.together) return 'it was to go together with others';
  if (node.annotations[SCALE_DOWN_DISABLED] === 'true') return `it is annotated ${SCALE_DOWN_DISABLED}`;
  if (taken.length >= options.maxParallelism) return 'fewer nodes are to be removed at once';
  const drains = taken.filter((removal) => removal.drains).length;
  if (mark.drains && drains >= options.maxDrainParallelism) return 'fewer nodes are to be drained at once';
  const leaving = taken.filter(({ groupId, state }) => groupId === group.id() && state.kind !== 'leaving').length;
  if (group.targetSize() - leaving <= group.minSize()) return `its group is at its minimum of ${group.minSize()}`;
  const pods = classifyPods(cluster, slot, {
    now: resuming.now,
    options: options.drainability,
    expendablePodsPriorityCutoff: options.expendablePodsPriorityCutoff,
    budgets: new DisruptionBudgets(cluster.podDisruptionBudgets()),
    controller: (uid) => cluster.controller(uid),
  });
  if (pods.kind === 'blocked') return `pod ${podKey(pods.pod)} keeps it: ${pods.detail}`;
  const homeless = withoutPlace(cluster, slot, pods);
  return homeless && `pod ${podKey(homeless)} would find no place`;
}

/** Within the trial: gives each pod that has to move a place on a node that stays; the first that finds none. */
function withoutPlace(cluster: Cluster, from: Slot, pods: MovablePods): PodFacts | undefined {
  const staying = cluster.nodeSlots().filter((slot) => {
    const node = cluster.node(slot);
    return slot !== from && !cluster.isSimulated(slot) && isReady(node) && !isToBeDeleted(node);
  });
  const mark = cluster.fork();
  const moving = pods.evict.filter(({ deletion }) => deletion === undefined);
  cluster.removeAll(moving, from);
  for (const pod of moving) {
    const place = staying.find((slot) => fits(cluster, pod, slot));
    if (place === undefined) {
      cluster.rollback(mark);
      return pod;
    }
    placePod(cluster, pod, place);
  }
  return undefined;
}

function removalOf(marked: MarkedNode, resuming: Resuming): Removal {
  const { node, mark, group } = marked;
  return {
    node: node.name,
    uid: node.uid,
    providerID: node.providerID,
    groupId: group.id(),
    groupName: group.name(),
    drains: mark.drains,
    because: mark.because,
    together: undefined,
    cordoned: mark.cordoned,
    state: stateOf(marked, resuming),
  };
}

function stateOf({ instance, mark }: MarkedNode, { options, now, monotonic }: Resuming): RemovalState {
  // A clock that was set back meanwhile says that it has just happened.
  const ago = (atMs: number): number => monotonic - Math.max(0, now - atMs);
  if (instance.state === 'deleting') {
    return { kind: 'leaving', askedAtMs: monotonic, certain: true, deletion: NOT_ASKED };
  }
  if (mark.askedAtMs !== undefined) {
    return { kind: 'leaving', askedAtMs: ago(mark.askedAtMs), certain: false, deletion: NOT_ASKED };
  }
  const taintedAtMs = ago(mark.taintedAtMs);
  const drainAtMs = taintedAtMs + options.drain.deleteDelayAfterTaintMs;
  if (drainAtMs > monotonic) return { kind: 'waiting', taintedAtMs, seen: true };
  return { kind: 'surging', sinceMs: drainAtMs, surges: new Map() };
}
