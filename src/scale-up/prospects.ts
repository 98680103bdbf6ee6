/** What a new node of each group would be to the pods: empty but for its own pods, and who fits it. */
import type { Cluster, Slot } from '../cluster/cluster.ts';
import type { PodSpecFacts } from '../cluster/facts.ts';
import type { Demand } from '../cluster/resources.ts';
import type { NodeGroupView } from '../node-groups/view.ts';
import { nodeResourcesFit } from '../scheduling/node-resources-fit.ts';
import { interPodAffinity } from '../scheduling/inter-pod-affinity.ts';
import { asks } from '../scheduling/per-profile.ts';
import { podTopologySpread } from '../scheduling/pod-topology-spread.ts';
import { checkFit } from '../scheduling/runner.ts';
import { staticRejectionAt } from '../scheduling/static-verdicts.ts';
import type { Rejection } from '../scheduling/verdict.ts';
import type { PodGroup } from './equivalence.ts';
import type { Misgivings } from './misgivings.ts';
import { NO_MISGIVINGS } from './misgivings.ts';
import type { EmptyNode } from './packing.ts';
import type { Place } from './places.ts';
import { Places } from './places.ts';
import { PodClasses } from './pod-classes.ts';
import type { Ties } from './ties.ts';
import type { VolumeRoom } from './volume-room.ts';
import { volumeRoomOn } from './volume-room.ts';

export interface Prospect {
  readonly view: NodeGroupView;
  readonly template: NonNullable<NodeGroupView['template']>;
  readonly empty: EmptyNode;
  /** What one node can allocate, by column. */
  readonly allocatable: readonly number[];
  readonly place: Place;
  /** What the pods of a group take of the volumes that a node may have; absent: nothing that is limited. */
  readonly volumes: VolumeRoom['demands'];
  readonly demandsOf: (spec: PodSpecFacts) => readonly Demand[];
  readonly classes: PodClasses;
  /** Rejections by the node itself, by wishes and by shape; of pods that look at more, by group. */
  readonly rejections: {
    readonly byWishes: readonly (Rejection | undefined)[];
    readonly byShape: readonly (Rejection | undefined)[];
    readonly special: ReadonlyMap<PodGroup, Rejection | undefined>;
  };
}

const ASKED_OF_PLACES: ReadonlySet<string> = new Set([podTopologySpread.name, interPodAffinity.name]);
const resourcesAreAsked = asks('NodeResourcesFit');

/** Asks the filters about the pod groups on a new node of each of the views. Those without a template are left out. */
export function prospectsOf(
  cluster: Cluster,
  views: readonly NodeGroupView[],
  groups: readonly PodGroup[],
  misgivings: Misgivings = NO_MISGIVINGS,
): Prospect[] {
  if (groups.length === 0) return [];
  const classes = new PodClasses(cluster, groups, (group) => misgivings.concern(group.example));
  const places = new Places(cluster, groups);
  return views.flatMap((view) => {
    const { template } = view;
    if (template === undefined) return [];
    return [warned(prospectOf(cluster, { view, template }, classes, places), misgivings)];
  });
}

/** New nodes of the group that were to take such pods, and did not, speak against it. */
function warned(prospect: Prospect, misgivings: Misgivings): Prospect {
  const { classes, rejections, view } = prospect;
  const against = classes.special.flatMap((group) => {
    const rejection = misgivings.against(group.example, view.state.id);
    return rejection === undefined ? [] : [[group, rejection] as const];
  });
  if (against.length === 0) return prospect;
  return { ...prospect, rejections: { ...rejections, special: new Map([...rejections.special, ...against]) } };
}

function prospectOf(
  cluster: Cluster,
  { view, template }: Pick<Prospect, 'view' | 'template'>,
  classes: PodClasses,
  places: Places,
): Prospect {
  return cluster.trial(() => {
    const slot = cluster.addNode(template.node);
    for (const pod of template.overhead) cluster.place(pod, slot);
    // Whatever they request has its column already, and volumes take the columns after the last.
    const room = volumeRoomOn(cluster, slot, classes.special, cluster.resources.size);
    const columns = Array.from({ length: cluster.resources.size }, (_, column) => column);
    const prospect: Prospect = {
      view,
      template,
      empty: {
        free: [...columns.map((column) => cluster.free(slot, column)), ...room.free],
        ports: template.overhead.flatMap(({ spec }) => spec.hostPorts),
        attached: room.attached,
      },
      volumes: room.demands,
      allocatable: columns.map((column) => cluster.allocatable(slot, column)),
      place: places.of(template),
      demandsOf: (spec) => cluster.resources.demands(spec),
      classes,
      rejections: rejectionsAt(cluster, slot, classes),
    };
    if (classes.isAnyCoupled) askOthers(cluster, slot, prospect);
    return prospect;
  });
}

function rejectionsAt(cluster: Cluster, slot: Slot, classes: PodClasses): Prospect['rejections'] {
  const special = new Map<PodGroup, Rejection | undefined>();
  for (const group of classes.special) {
    const verdict = checkFit(cluster, group.example, slot);
    special.set(group, verdict.fits ? undefined : verdict);
  }
  return {
    byWishes: classes.withWishes.map(({ example }) => staticRejectionAt(cluster, example.spec, slot)),
    byShape: classes.withShape.map(({ example }) =>
      resourcesAreAsked(cluster) ? nodeResourcesFit.filter(example, slot, cluster) : undefined,
    ),
    special,
  };
}

/** Pods that the node itself suits hear what others say of its place, if nobody has asked that yet. */
function askOthers(cluster: Cluster, slot: Slot, { place, classes, rejections }: Prospect): void {
  for (const group of place.unasked) {
    const { wishes, shape, rejection } = classes.of(group);
    if (rejection !== undefined || rejections.byWishes[wishes] !== undefined) continue;
    if (rejections.byShape[shape] === undefined) place.ask(cluster, group, slot);
  }
}

/** Why the pods do not fit a new node of the group as things are; `undefined`: they do. */
export function rejectionBy(prospect: Prospect, group: PodGroup): Rejection | undefined {
  const { classes, rejections, place } = prospect;
  const { wishes, shape, rejection, special } = classes.of(group);
  if (special) return rejections.special.get(group);
  return rejection ?? rejections.byWishes[wishes] ?? rejections.byShape[shape] ?? place.says(group)?.rejection;
}

/** Whether such pods suit a new node, what other pods say aside. */
export function suitsItself({ classes, rejections }: Prospect, group: PodGroup): boolean {
  const { wishes, shape, rejection, special } = classes.of(group);
  if (special) {
    const plugin = rejections.special.get(group)?.plugin;
    return plugin === undefined || ASKED_OF_PLACES.has(plugin);
  }
  return (
    rejection === undefined && rejections.byWishes[wishes] === undefined && rejections.byShape[shape] === undefined
  );
}

/** What other pods have to say; `undefined` when they have no say about any of the pods. */
export function tiesAt({ place }: Prospect, group: PodGroup): Ties | undefined {
  return place.says(group)?.ties;
}
