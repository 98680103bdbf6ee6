/** What a pass decided from, in the form of Cluster Autoscaler's `/snapshotz`, whose tools and habits are about. */
import type { Cluster } from '../../cluster/cluster.ts';
import { type PodFacts, podKey } from '../../cluster/facts.ts';
import type { Reason } from '../../explain/reasons.ts';
import type { DecisionRecord, PodsExplanation } from '../../explain/record.ts';
import type { GroupTemplate, NodeGroupView } from '../../node-groups/view.ts';
import { nodeObject, podObject } from './objects.ts';

const UPCOMING = { 'cluster-autoscaler.k8s.io/upcoming-node': 'true' };

const NEED_NO_NODE: ReadonlySet<string> = new Set(['FitsExistingNode', 'FitsUpcomingNode'] satisfies Reason['code'][]);

type Json = Readonly<Record<string, unknown>>;

interface NodeEntry {
  readonly Node: Json;
  readonly Pods: readonly Json[];
}

export interface SnapshotDocument {
  /** With a placeholder for each node that is on its way, in the place of those that have registered and not started. */
  readonly NodeList: readonly NodeEntry[];
  /** Pending pods for which no node is needed: they fit where there is room, or on nodes that are on their way. */
  readonly UnscheduledPodsCanBeScheduled: readonly Json[];
  /** Absent when nothing is wrong. */
  readonly Error?: string;
  readonly StartTimestamp: string;
  readonly EndTimestamp: string;
  /** What the next node of each group would be like, by the group's id. */
  readonly TemplateNodes: Readonly<Record<string, NodeEntry>>;
}

/** To be called between the decision and its first effect: the model is as the pass saw it. */
export function contentsOf(
  cluster: Cluster,
  record: DecisionRecord,
  views: readonly NodeGroupView[],
): Pick<SnapshotDocument, 'NodeList' | 'UnscheduledPodsCanBeScheduled' | 'TemplateNodes'> {
  const standIns = new Set(views.flatMap((view) => view.standIns));
  const registered = cluster.nodeSlots().filter((slot) => !cluster.isSimulated(slot) && !standIns.has(slot));
  return {
    NodeList: [
      ...registered.map((slot) => ({
        Node: nodeObject(cluster.node(slot)),
        Pods: [...cluster.podsOn(slot).values()].map(podObject),
      })),
      ...views.flatMap(upcomingOf),
    ],
    UnscheduledPodsCanBeScheduled: placedPods(cluster, record.pods).map(podObject),
    TemplateNodes: Object.fromEntries(
      views.flatMap(({ state, template }) => (template === undefined ? [] : [[state.id, entryOf(template)]])),
    ),
  };
}

function upcomingOf({ template, upcoming }: NodeGroupView): readonly NodeEntry[] {
  if (template === undefined) return [];
  return Array.from({ length: upcoming }, (_, index) => {
    const name = `${template.node.name}-upcoming-${index}`;
    const node = { ...template.node, name, uid: name, annotations: { ...template.node.annotations, ...UPCOMING } };
    const overhead = template.overhead.map((pod) => ({
      ...pod,
      name: `${pod.name}-upcoming-${index}`,
      nodeName: name,
    }));
    return entryOf({ ...template, node, overhead });
  });
}

function entryOf({ node, overhead }: GroupTemplate): NodeEntry {
  return { Node: nodeObject(node), Pods: overhead.map(podObject) };
}

/** Of each entry that says so, its example and as many like it as it speaks of. */
function placedPods(cluster: Cluster, entries: readonly PodsExplanation[]): readonly PodFacts[] {
  const fitting = entries.filter(({ outcome }) => outcome.kind === 'waits' && NEED_NO_NODE.has(outcome.reason.code));
  if (fitting.length === 0) return [];
  const examples = new Set(entries.map(({ example }) => example));
  const pending = [...cluster.pendingPods()];
  const byKey = new Map(pending.map((pod) => [podKey(pod), pod]));
  const free = new Set(pending.filter((pod) => !examples.has(podKey(pod))));
  return fitting.flatMap(({ example, count }) => {
    const first = byKey.get(example);
    if (first === undefined) return [];
    const alike = [...free].filter((pod) => isAlike(pod, first)).slice(0, count - 1);
    for (const pod of alike) free.delete(pod);
    return [first, ...alike];
  });
}

/** The decoders keep equal content as one object. */
function isAlike(a: PodFacts, b: PodFacts): boolean {
  return a.spec === b.spec && a.labels === b.labels && a.controller?.uid === b.controller?.uid;
}
