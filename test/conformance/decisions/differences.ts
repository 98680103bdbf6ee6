/**
 * Where ours is meant to differ from Cluster Autoscaler. Each rule has the name under which docs/differences.md argues for
 * it, and excuses the nodes, or the fields of a pass, that it is about: nothing else. What is left after all rules had
 * their say is a disagreement.
 */
import { podKey } from '../../../src/cluster/facts.ts';
import type { NodeReason } from '../../../src/explain/reasons.ts';
import type { Decision, World } from '../../../src/loop/decide.ts';
import { compareOutcomes, type Compared, type FieldDifference } from './comparison.ts';
import { setOf, type PassOutcome } from './outcome.ts';
import type { RecordedDecisions, RecordedPass } from './recorded.ts';

export interface Question {
  readonly recorded: RecordedDecisions;
  readonly pass: RecordedPass;
  readonly decision: Decision;
  readonly world: World;
  readonly ours: PassOutcome;
  readonly theirs: PassOutcome;
}

interface Rule {
  readonly name: string;
  /** The nodes, or the sets of pods that are helped, about which the two may differ. */
  readonly excused: (question: Question) => readonly string[];
}

const RULES = [
  {
    // The annotation, or the local storage, says so; the pod's age is no reason to overrule it.
    name: 'annotation-protects-old-system-pods',
    excused: ({ decision, pass }) =>
      staying(decision, ({ node, reason }) => {
        if (reason.code !== 'BlockedByPod' || !pass.unneeded.includes(node)) return false;
        const protects = ['NotSafeToEvictAnnotation', 'LocalStorageRequested'].includes(reason.blocking);
        return protects && reason.pod.startsWith('kube-system/');
      }),
  },
  {
    // Cluster Autoscaler plans such a drain all the same; the API then refuses the eviction until it gives up.
    name: 'budget-protects-safe-to-evict-pods',
    excused: ({ decision, pass, world }) =>
      staying(decision, ({ node, reason }) => {
        if (reason.code !== 'BlockedByPod' || !pass.unneeded.includes(node)) return false;
        return reason.blocking === 'NotEnoughPdb' && isSafeToEvict(world, node, reason.pod);
      }),
  },
  {
    // A node that was just created is not "unneeded": it has not had its time to start.
    name: 'starting-nodes-are-no-candidates',
    excused: ({ decision }) => staying(decision, ({ reason }) => reason.code === 'NodeIsStarting'),
  },
  {
    // Cluster Autoscaler names all pods that the chosen nodes would have helped before limits cut their number.
    name: 'only-pods-that-get-a-place-are-helped',
    excused: ({ decision, ours, theirs }) => {
      const isSameGrowth = [...theirs.increases].every(([group, delta]) => ours.increases.get(group) === delta);
      if (!isSameGrowth || ours.increases.size !== theirs.increases.size) return [];
      const bounded = boundedSets(decision);
      return [...theirs.helped]
        .filter(([set, count]) => (ours.helped.get(set) ?? 0) < count && bounded.has(set))
        .map(([set]) => set);
    },
  },
  {
    // Cluster Autoscaler takes the same shortfall off a target twice, is refused, and gives the whole pass up for it.
    name: 'refused-repairs-end-no-pass',
    excused: ({ pass, ours }) => {
      if (pass.error === undefined || (pass.refusedTargetDecreases ?? []).length === 0) return [];
      const { increases, helped, decreases, instancesDeleted } = ours;
      return Object.entries({ increases, helped, decreases, instancesDeleted }).flatMap(([field, said]) =>
        [...said.keys()].map((key) => `${field} ${key}`),
      );
    },
  },
  {
    // A pool is never asked for fewer nodes than its minimum, not even to put right what it does not have.
    name: 'targets-keep-the-minimum',
    excused: ({ recorded, pass, theirs }) =>
      recorded.nodeGroups
        .filter(({ id, min }) => theirs.decreases.has(id) && (pass.targetsAfter[id] ?? min) < min)
        .map(({ id }) => `decreases ${id}`),
  },
  {
    // Pods find the places on their way again for which the nodes were asked. In another order than that of packing, as
    // Cluster Autoscaler tries them, some find none, and it asks for one more node.
    name: 'upcoming-nodes-are-filled-as-planned',
    excused: ({ decision, ours, theirs }) => {
      const placed = new Set(
        decision.record.pods
          .filter(({ outcome }) => outcome.kind === 'waits' && outcome.reason.code === 'FitsUpcomingNode')
          .map(({ owner, example }) => setOf(owner, example)),
      );
      if (ours.increases.size > 0 || ![...theirs.helped.keys()].every((set) => placed.has(set))) return [];
      return [...[...theirs.increases.keys()].map((group) => `increases ${group}`), ...theirs.helped.keys()];
    },
  },
] as const satisfies readonly Rule[];

export type DifferenceName = (typeof RULES)[number]['name'];

export interface Judgement {
  /** What no rule excuses. */
  readonly fields: readonly FieldDifference[];
  /** The rules without which there would be more. */
  readonly excusedBy: readonly DifferenceName[];
}

export function judge(question: Question, compared: Compared): Judgement {
  const { ours, theirs } = question;
  const excused = new Set<string>();
  const excusedBy: DifferenceName[] = [];
  let fields = compareOutcomes(ours, theirs, compared, excused);
  const rules: readonly (Rule & { readonly name: DifferenceName })[] = RULES;
  for (const { name, excused: excuses } of rules) {
    if (fields.length === 0) break;
    for (const key of excuses(question)) excused.add(key);
    const left = compareOutcomes(ours, theirs, compared, excused);
    if (words(left) !== words(fields)) excusedBy.push(name);
    fields = left;
  }
  return { fields, excusedBy };
}

function words(fields: readonly FieldDifference[]): string {
  return JSON.stringify(fields);
}

/** The nodes that stay for such a reason, or stayed for it a while ago and are not looked at again so soon. */
function staying(
  { record }: Decision,
  isSuch: (one: { readonly node: string; readonly reason: NodeReason }) => boolean,
): readonly string[] {
  return record.nodes
    .filter(({ node, outcome }) => {
      if (outcome.kind !== 'stays') return false;
      const { reason } = outcome;
      return isSuch({ node, reason: reason.code === 'RecentlyUnremovable' ? reason.because : reason });
    })
    .map(({ node }) => node);
}

function isSafeToEvict({ cluster }: World, node: string, key: string): boolean {
  const slot = cluster.slotOf(node);
  const pods = slot === undefined ? [] : [...cluster.podsOn(slot).values()];
  return pods.some(
    (pod) => podKey(pod) === key && pod.annotations['cluster-autoscaler.kubernetes.io/safe-to-evict'] === 'true',
  );
}

const BOUNDS: ReadonlySet<string> = new Set(['GroupAtMaxSize', 'ClusterLimit', 'NodesPerScaleUpLimit']);

/** The sets of pods of which some get no node since a bound on nodes was met. */
function boundedSets({ record }: Decision): ReadonlySet<string> {
  const bounded = record.pods.filter(
    ({ outcome, perGroup }) => outcome.kind !== 'helped' && perGroup.some(({ reason }) => BOUNDS.has(reason.code)),
  );
  return new Set(bounded.map(({ owner, example }) => setOf(owner, example)));
}
