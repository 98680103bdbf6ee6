/**
 * What a pass came to, in one form for both sides, so that field can be compared with field. Sets of pods go by their
 * owner, as the recording names them; pods without one are counted together.
 */
import type { Cluster } from '../../../src/cluster/cluster.ts';
import { podKey } from '../../../src/cluster/facts.ts';
import type { NodeReason } from '../../../src/explain/reasons.ts';
import type { NodeExplanation } from '../../../src/explain/record.ts';
import type { Decision } from '../../../src/loop/decide.ts';
import type { RecordedPass, UnhelpedPods, UnremovableNode } from './recorded.ts';

export interface PassOutcome {
  /** Group → nodes more; what the provider then refuses is in here too. */
  readonly increases: ReadonlyMap<string, number>;
  /** Set of pods → how many of them the increases are for. */
  readonly helped: ReadonlyMap<string, number>;
  /** Set of pods → how many get no node, and are not merely left for the next pass. */
  readonly unhelped: ReadonlyMap<string, number>;
  readonly unneeded: ReadonlySet<string>;
  readonly deletedEmpty: ReadonlySet<string>;
  readonly drained: ReadonlySet<string>;
  /** Node → why it stays. */
  readonly unremovable: ReadonlyMap<string, string>;
  /** Instances that are deleted since no node came of them. */
  readonly instancesDeleted: ReadonlySet<string>;
  /** Group → by how much its target is lowered without a deletion. */
  readonly decreases: ReadonlyMap<string, number>;
}

const OWNERLESS = 'pods without an owner';

export function outcomeOfRecording(pass: RecordedPass, cluster: Cluster): PassOutcome {
  const nodeNames = new Set(cluster.nodeSlots().map((slot) => cluster.node(slot).name));
  return {
    increases: sumByGroup([...pass.scaleUps, ...(pass.failedScaleUps ?? [])]),
    helped: bySet(Object.entries(pass.podsTriggeredScaleUp), cluster),
    unhelped: bySet(
      pass.noScaleUp.filter((one) => !isRefused(one)).map(({ pods, count }) => [pods, count] as const),
      cluster,
    ),
    unneeded: new Set(pass.unneeded),
    deletedEmpty: new Set(pass.deletedEmpty),
    drained: new Set(pass.drained.map(({ node }) => node)),
    unremovable: new Map(pass.unremovable.map((one) => [one.node, reasonOfRecording(one)])),
    instancesDeleted: new Set(
      (pass.providerDeletes ?? []).flatMap(({ nodes }) => nodes.filter((name) => !nodeNames.has(name))),
    ),
    decreases: sumByGroup(pass.targetDecreases ?? []),
  };
}

export function outcomeOfDecision(decision: Decision, cluster: Cluster): PassOutcome {
  const { record } = decision;
  const helped: [string, number][] = [];
  const unhelped: [string, number][] = [];
  for (const { example, owner, count, outcome } of record.pods) {
    const set = setOf(owner, example);
    if (outcome.kind === 'cannot-be-helped') unhelped.push([set, count]);
    if (outcome.kind !== 'helped' && outcome.kind !== 'partly-helped') continue;
    helped.push([set, outcome.byGroup.reduce((sum, { pods }) => sum + pods, 0)]);
    if (outcome.kind === 'partly-helped') unhelped.push([set, outcome.waiting]);
  }
  const removed = (empty: boolean): Set<string> =>
    new Set(decision.removals.filter((removal) => removal.empty === empty).map(({ node }) => node));
  return {
    increases: sumByGroup(decision.resizes.map(({ groupId, delta }) => ({ group: groupId, delta }))),
    helped: bySet(helped, cluster),
    unhelped: bySet(unhelped, cluster),
    unneeded: new Set(
      record.nodes
        .filter(({ outcome }) => outcome.kind === 'unneeded' || outcome.kind === 'removed')
        .map(({ node }) => node),
    ),
    deletedEmpty: removed(true),
    drained: removed(false),
    unremovable: new Map(record.nodes.flatMap((one) => reasonOfDecision(one) ?? [])),
    instancesDeleted: new Set(decision.instancesToDelete.flatMap(({ instanceIds }) => instanceIds)),
    decreases: sumByGroup(decision.withdrawals.map(({ groupId, from, to }) => ({ group: groupId, delta: to - from }))),
  };
}

/** The provider refused the nodes that the pods were to get: a decision comes before its outcome. */
function isRefused({ rejected = {} }: UnhelpedPods): boolean {
  return Object.values(rejected).some((reasons) => reasons.includes('scale-up execution failed'));
}

/** As the recording names it: `namespace/owner`, or the pod that has none. */
export function setOf(owner: string, example: string): string {
  return owner === '' ? example : (owner.split(' ')[1] ?? owner);
}

/** The recording names a pod without an owner by itself: alike ones are one set with us. */
function bySet(counts: Iterable<readonly [string, number]>, cluster: Cluster): Map<string, number> {
  const ownerless = new Set<string>();
  for (const pod of cluster.pendingPods()) if (pod.controller === undefined) ownerless.add(podKey(pod));
  const sums = new Map<string, number>();
  for (const [name, count] of counts) {
    const set = ownerless.has(name) ? OWNERLESS : name;
    if (count > 0) sums.set(set, (sums.get(set) ?? 0) + count);
  }
  return sums;
}

export function sumByGroup(
  changes: readonly { readonly group: string; readonly delta: number }[],
): Map<string, number> {
  const sums = new Map<string, number>();
  for (const { group, delta } of changes) sums.set(group, (sums.get(group) ?? 0) + delta);
  return sums;
}

function reasonOfRecording({ reason, podReason }: UnremovableNode): string {
  return podReason === undefined ? reason : `${reason}/${podReason}`;
}

/** Our codes whose name differs from the recorded one, or that say more precisely what the recording says. */
const RECORDED_NAMES: Partial<Record<NodeReason['code'], string>> = {
  ClusterMinimumReached: 'MinimalResourceLimitExceeded',
  // Both are why there is no other place: for pods that were moved here in thought, and for a pod that waits.
  ReceivesMovedPods: 'NoPlaceToMovePods',
  NeededByPendingPod: 'NoPlaceToMovePods',
};

function reasonOfDecision({ node, outcome }: NodeExplanation): [[string, string]] | undefined {
  if (outcome.kind === 'being-removed') return [[node, 'CurrentlyBeingDeleted']];
  if (outcome.kind === 'removed') return undefined;
  const { reason } = outcome;
  const name = RECORDED_NAMES[reason.code] ?? reason.code;
  return [[node, reason.code === 'BlockedByPod' ? `${name}/${reason.blocking}` : name]];
}
