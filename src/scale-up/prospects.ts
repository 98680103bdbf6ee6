/** What a new node of each group would be to the pods: empty but for its own pods, and who fits it. */
import type { Cluster, Slot } from '../cluster/cluster.ts';
import type { PodSpecFacts } from '../cluster/facts.ts';
import type { Demand } from '../cluster/resources.ts';
import type { NodeGroupView } from '../node-groups/view.ts';
import { checkFit, isCoupled } from '../scheduling/runner.ts';
import type { Rejection, Verdict } from '../scheduling/verdict.ts';
import type { PodGroup } from './equivalence.ts';
import type { EmptyNode } from './packing.ts';
import type { Ties } from './ties.ts';
import { tiesOf, waitsForCompany } from './ties.ts';
import type { VolumeRoom } from './volume-room.ts';
import { volumeRoomOn } from './volume-room.ts';

export interface Prospect {
  readonly view: NodeGroupView;
  readonly template: NonNullable<NodeGroupView['template']>;
  readonly empty: EmptyNode;
  /** What one node can allocate, by column. */
  readonly allocatable: readonly number[];
  readonly verdicts: ReadonlyMap<PodGroup, Verdict>;
  /** Pods that may fit once others are there that they want near. */
  readonly waiting: ReadonlySet<PodGroup>;
  /** What other pods have to say, for all groups; empty when no group's pods are coupled to others. */
  readonly ties: ReadonlyMap<PodGroup, Ties>;
  /** What the pods of a group take of the volumes that a node may have; absent: nothing that is limited. */
  readonly volumes: VolumeRoom['demands'];
  readonly demandsOf: (spec: PodSpecFacts) => readonly Demand[];
}

/** Asks the filters about each pod group on a new node of the group. `undefined`: the group has no template. */
export function prospectOf(cluster: Cluster, view: NodeGroupView, groups: readonly PodGroup[]): Prospect | undefined {
  const { template } = view;
  if (template === undefined) return undefined;
  return cluster.trial(() => {
    const slot = cluster.addNode(template.node);
    for (const pod of template.overhead) cluster.place(pod, slot);
    const verdicts = new Map(groups.map((group) => [group, checkFit(cluster, group.example, slot)]));
    const isAnyCoupled = groups.some(({ example }) => isCoupled(cluster, example));
    // Whatever they request has its column now, and volumes take the columns after the last.
    for (const { example } of groups) cluster.resources.demands(example.spec);
    const room = volumeRoomOn(cluster, slot, groups, cluster.resources.size);
    const columns = Array.from({ length: cluster.resources.size }, (_, column) => column);
    return {
      view,
      template,
      empty: {
        free: [...columns.map((column) => cluster.free(slot, column)), ...room.free],
        ports: template.overhead.flatMap(({ spec }) => spec.hostPorts),
        attached: room.attached,
      },
      volumes: room.demands,
      allocatable: columns.map((column) => cluster.allocatable(slot, column)),
      verdicts,
      waiting: new Set(groups.filter((group) => isWaiting(cluster, group, slot, verdicts.get(group)))),
      ties: new Map(isAnyCoupled ? groups.map((group) => [group, tiesOf(cluster, group.example, slot)]) : []),
      demandsOf: (spec) => cluster.resources.demands(spec),
    };
  });
}

/** Whether such pods fit a new node, or may do so once others are there. */
export function mayFitProspect({ verdicts, waiting }: Prospect, group: PodGroup): boolean {
  return verdicts.get(group)?.fits === true || waiting.has(group);
}

function isWaiting(cluster: Cluster, { example }: PodGroup, slot: Slot, verdict: Verdict | undefined): boolean {
  if (verdict === undefined || verdict.fits) return false;
  const lacksCompany = verdict.reasons.every(({ code }) => code === 'PodAffinityUnmet');
  return lacksCompany && waitsForCompany(cluster, example, slot);
}

/** Why the pods do not fit a new node of the group; `undefined`: they do. */
export function rejectionBy(prospect: Prospect, group: PodGroup): Rejection | undefined {
  const verdict = prospect.verdicts.get(group);
  return verdict === undefined || verdict.fits ? undefined : verdict;
}
