/**
 * After a start: nodes that carry the marks of a removal that nobody is at. A removal of ours is taken up again where
 * that is still right (resumption.ts); all other marks are taken off, and the node goes through the whole decision again.
 * So no restart loses a node or leaves one tainted (I8).
 *
 * Nodes of other owners keep their marks: whoever set them may be at work. So do nodes of groups on dry run.
 */
import type { Cluster, Slot } from '../cluster/cluster.ts';
import type { NodeFacts } from '../cluster/facts.ts';
import { DELETION_CANDIDATE_TAINT, isToBeDeleted } from '../node-groups/taints.ts';
import type { ScaleDownOptions, SoftTaintOptions } from '../scale-down/options.ts';
import type { Acting } from './acting.ts';
import { nodeCleanedUp, nodeCleanupFailed, nodeTakenUp } from './events.ts';
import { cordonIsOurs, isAnnotated, readMarks, withoutMarks } from './node-marks.ts';
import type { NodeChange } from './ports.ts';
import type { Removals } from './removals.ts';
import type { MarkedNode } from './resumption.ts';
import { resumptions } from './resumption.ts';

const MS_PER_SECOND = 1000;

export interface LeftoversOptions {
  readonly acting: Acting;
  readonly cluster: Cluster;
  readonly options: ScaleDownOptions;
  readonly removals: Removals;
}

export function adoptLeftovers(around: LeftoversOptions): void {
  const { acting, cluster, options, removals } = around;
  const nodes = cluster
    .nodeSlots()
    .filter((slot) => !cluster.isSimulated(slot) && !removals.has(cluster.node(slot).name))
    .filter((slot) => acting.provider.nodeGroupForNode(cluster.node(slot).providerID)?.getOptions().dryRun !== true);
  const marked = nodes.flatMap((slot) => markedNode(around, slot) ?? []);
  const resumed = resumptions(marked, {
    cluster,
    provider: acting.provider,
    options,
    now: acting.now(),
    monotonic: acting.monotonic(),
  });
  marked.forEach(({ node }, index) => {
    const resumption = resumed[index];
    if (resumption?.ok === true) {
      acting.logger.info('going on with a removal', { node: node.name });
      acting.record(nodeTakenUp(node));
      removals.takeUp(resumption.value);
    } else takeOff(around, node, resumption?.error ?? 'nothing is known of its removal');
  });
  const known = new Set(marked.map(({ slot }) => slot));
  for (const slot of nodes) if (!known.has(slot)) takeOffStray(around, cluster.node(slot));
  takeOffCandidates(around, nodes);
}

/** A node of ours with all the marks of a removal of ours. */
function markedNode({ acting, cluster }: LeftoversOptions, slot: Slot): MarkedNode | undefined {
  const node = cluster.node(slot);
  const mark = readMarks(node);
  const group = acting.provider.nodeGroupForNode(node.providerID);
  const instance = group?.nodes().find(({ id }) => id === node.providerID);
  if (mark === undefined || group === undefined || instance === undefined) return undefined;
  return { slot, node, mark, group, instance };
}

/** Marks of Cluster Autoscaler, and what somebody has left of ours. An instance that is being deleted is left to go. */
function takeOffStray(around: LeftoversOptions, node: NodeFacts): void {
  if (!isToBeDeleted(node) && !isAnnotated(node)) return;
  const instance = around.acting.provider
    .nodeGroupForNode(node.providerID)
    ?.nodes()
    .find(({ id }) => id === node.providerID);
  if (instance === undefined || instance.state === 'deleting') return;
  takeOff(around, node, 'nothing is known of its removal');
}

function takeOff({ acting, options }: LeftoversOptions, node: NodeFacts, why: string): void {
  const { cordonNode } = options.drain;
  const change = withoutMarks(node.unschedulable && cordonIsOurs(node, cordonNode));
  acting.spawn(() => cleanUp(acting, node, change, why));
}

/** Without soft taints, those of an earlier run go, on every node; young ones stay where timers are restored from them. */
function takeOffCandidates({ acting, cluster, options }: LeftoversOptions, slots: readonly Slot[]): void {
  const { softTaints } = options.drain;
  if (softTaints.maxPerPass > 0) return;
  for (const slot of slots) {
    const node = cluster.node(slot);
    const taint = node.taints.find(({ key }) => key === DELETION_CANDIDATE_TAINT);
    if (taint === undefined || isBelieved(taint.value, softTaints, acting.now())) continue;
    acting.spawn(() => cleanUp(acting, node, { removeTaintKeys: [DELETION_CANDIDATE_TAINT] }, 'soft taints are off'));
  }
}

function isBelieved(value: string, { ttlMs }: SoftTaintOptions, now: number): boolean {
  return ttlMs > 0 && /^\d+$/.test(value) && now - Number(value) * MS_PER_SECOND < ttlMs;
}

async function cleanUp(acting: Acting, node: NodeFacts, change: NodeChange, why: string): Promise<void> {
  const result = await acting.write((kubernetes) => kubernetes.changeNode(node, change));
  const fields = { node: node.name, why };
  if (!result.ok) {
    acting.logger.warn('marks could not be taken off', { ...fields, error: result.error.message });
    acting.record(nodeCleanupFailed(node, result.error.message));
  } else if (result.value.kind === 'changed') {
    acting.logger.info('marks taken off', fields);
    acting.record(nodeCleanedUp(node));
  }
}
