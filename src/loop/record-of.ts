/** The decision record of one pass, put together from what each room found. */
import type { Cluster } from '../cluster/cluster.ts';
import type { ActionRecord, ClusterSummary, DecisionRecord, GroupExplanation, NodeShape } from '../explain/record.ts';
import { RECORD_SCHEMA } from '../explain/record.ts';
import { gpuResourceOf } from '../node-groups/gpus.ts';
import type { ObservedNodeGroups } from '../node-groups/observe.ts';
import type { NodeGroupHealthOptions } from '../node-groups/options.ts';
import { isToBeDeleted, taintType } from '../node-groups/taints.ts';
import type { NodeGroupView } from '../node-groups/view.ts';
import type { ScaleDownPlan } from '../scale-down/scale-down.ts';
import type { ScaleUpPlan } from '../scale-up/scale-up.ts';
import type { Pass } from './decide.ts';

interface Circumstances {
  readonly cluster: Cluster;
  readonly health: NodeGroupHealthOptions;
  readonly pass: Pass;
}

const INSTANCE_TYPE = 'node.kubernetes.io/instance-type';

export function recordOf(
  { cluster, health, pass }: Circumstances,
  observed: ObservedNodeGroups,
  scaleUp: ScaleUpPlan,
  scaleDown: ScaleDownPlan,
): DecisionRecord {
  const failures = observed.failures.map(({ groupName, ...failed }) => ({ group: groupName, ...failed }));
  return {
    schema: RECORD_SCHEMA,
    id: pass.run === undefined ? String(pass.number) : `${pass.run}-${pass.number}`,
    pass: pass.number,
    atMs: pass.now,
    triggers: pass.triggers,
    pods: scaleUp.pods,
    nodes: scaleDown.nodes,
    groups: observed.views.map((view) => explainGroup(view, health)),
    // Removals first: a node's explanation names its action by index.
    actions: [...removals(scaleDown), ...resizes(scaleUp), ...repairs(observed)],
    cluster: summaryOf(cluster, observed, health),
    ...(scaleDown.consolidation === undefined ? {} : { consolidation: scaleDown.consolidation }),
    ...(failures.length === 0 ? {} : { failures }),
  };
}

function removals(scaleDown: ScaleDownPlan): readonly ActionRecord[] {
  return scaleDown.removals.map((removal) => ({
    kind: 'remove-node',
    node: removal.node,
    group: removal.groupName,
    moves: removal.moves,
    cause: removal.cause,
    because: removal.because,
    pricePerHour: removal.pricePerHour,
  }));
}

function resizes(scaleUp: ScaleUpPlan): readonly ActionRecord[] {
  return scaleUp.resizes.map((resize) => ({
    kind: 'resize',
    group: resize.groupName,
    from: resize.from,
    to: resize.from + resize.delta,
    pods: resize.pods,
    because: resize.because,
    pricePerHour: resize.pricePerHour,
  }));
}

function repairs({ instancesToDelete, withdrawals }: ObservedNodeGroups): readonly ActionRecord[] {
  return [
    ...instancesToDelete.map((deletion): ActionRecord => ({
      kind: 'delete-instances',
      group: deletion.groupName,
      instances: deletion.instanceIds,
      because: deletion.because,
    })),
    ...withdrawals.map((withdrawal): ActionRecord => ({
      kind: 'withdraw',
      group: withdrawal.groupName,
      from: withdrawal.from,
      to: withdrawal.to,
      because: withdrawal.because,
    })),
  ];
}

function explainGroup(view: NodeGroupView, health: NodeGroupHealthOptions): GroupExplanation {
  const { state } = view;
  return {
    id: state.id,
    name: state.name,
    minSize: state.minSize,
    maxSize: state.maxSize,
    targetSize: view.targetSize,
    registered: view.slots.length,
    ready: view.ready.length,
    upcoming: view.upcoming,
    nodes: view.nodes,
    shape: shapeOf(view, health),
    pricePerHour: state.pricePerHour,
    blocked: view.blocked,
  };
}

function shapeOf({ template }: NodeGroupView, { gpuLabel }: NodeGroupHealthOptions): NodeShape | undefined {
  if (template === undefined) return undefined;
  const { labels, capacity } = template.node;
  return {
    instanceType: labels[INSTANCE_TYPE] ?? '',
    milliCpu: capacity['cpu'] ?? 0,
    memoryBytes: capacity['memory'] ?? 0,
    gpuResource: gpuResourceOf(capacity) ?? '',
    gpuType: gpuLabel === '' ? '' : (labels[gpuLabel] ?? ''),
  };
}

function summaryOf(
  cluster: Cluster,
  { guard, health, nodes }: ObservedNodeGroups,
  { taints: options }: NodeGroupHealthOptions,
): ClusterSummary {
  let milliCpu = 0;
  let memoryBytes = 0;
  const taints: Record<string, number> = {};
  for (const slot of cluster.nodeSlots()) {
    if (cluster.isSimulated(slot)) continue;
    const node = cluster.node(slot);
    for (const taint of node.taints) {
      const type = taintType(taint, options);
      taints[type] = (taints[type] ?? 0) + 1;
    }
    if (node.deleting || isToBeDeleted(node)) continue;
    milliCpu += node.capacity['cpu'] ?? 0;
    memoryBytes += node.capacity['memory'] ?? 0;
  }
  const found = { healthy: health.healthy, nodes, milliCpu, memoryBytes, taints };
  return guard === undefined ? found : { ...found, guard: guard.kind };
}
