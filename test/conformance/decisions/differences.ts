/**
 * Where ours is meant to differ from Cluster Autoscaler. Each rule has the name under which docs/differences.md argues for
 * it, and excuses the nodes, or the fields of a pass, that it is about: nothing else. What is left after all rules had
 * their say is a disagreement.
 */
import { isExpendable } from '../../../src/cluster/expendable.ts';
import { podKey, type PodFacts } from '../../../src/cluster/facts.ts';
import type { NodeReason } from '../../../src/explain/reasons.ts';
import type { Decision, World } from '../../../src/loop/decide.ts';
import { compareOutcomes, type Compared, type FieldDifference } from './comparison.ts';
import { setOf, type PassOutcome } from './outcome.ts';
import { decideOptions } from './played-options.ts';
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
        const pod = reason.blocking === 'NotEnoughPdb' ? podOn(world, node, reason.pod) : undefined;
        return pod?.annotations['cluster-autoscaler.kubernetes.io/safe-to-evict'] === 'true';
      }),
  },
  {
    // A pod below the priority cutoff goes without a place, but not where its annotation or a budget forbids it to go.
    name: 'expendable-pods-are-protected-too',
    excused: ({ recorded, decision, pass, world }) =>
      staying(decision, ({ node, reason }) => {
        if (reason.code !== 'BlockedByPod' || !pass.unneeded.includes(node)) return false;
        const protects = ['NotSafeToEvictAnnotation', 'NotEnoughPdb'].includes(reason.blocking);
        const pod = protects ? podOn(world, node, reason.pod) : undefined;
        return pod !== undefined && isExpendable(pod, decideOptions(recorded).scaleDown.expendablePodsPriorityCutoff);
      }),
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
    excused: ({ pass, ours, theirs }) => {
      const refused = (pass.refusedTargetDecreases ?? []).map(({ group }) => group);
      if (pass.error === undefined || refused.length === 0 || pass.scaleUpResult !== 'ScaleUpNotTried') return [];
      const { increases, helped, decreases } = ours;
      // Of targets, those that it did not come to.
      const untried = [...decreases.keys()].filter((id) => !theirs.decreases.has(id) && !refused.includes(id));
      return [
        ...[...increases.keys()].map((id) => `increases ${id}`),
        ...[...helped.keys()].map((set) => `helped ${set}`),
        ...untried.map((id) => `decreases ${id}`),
      ];
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

function podOn({ cluster }: World, node: string, key: string): PodFacts | undefined {
  const slot = cluster.slotOf(node);
  return slot === undefined ? undefined : [...cluster.podsOn(slot).values()].find((pod) => podKey(pod) === key);
}

const BOUNDS: ReadonlySet<string> = new Set(['GroupAtMaxSize', 'ClusterLimit', 'NodesPerScaleUpLimit']);

/** The sets of pods of which some get no node since a bound on nodes was met. */
function boundedSets({ record }: Decision): ReadonlySet<string> {
  const bounded = record.pods.filter(
    ({ outcome, perGroup }) => outcome.kind !== 'helped' && perGroup.some(({ reason }) => BOUNDS.has(reason.code)),
  );
  return new Set(bounded.map(({ owner, example }) => setOf(owner, example)));
}
