/**
 * Where ours is meant to differ from Cluster Autoscaler. Each rule has the name under which docs/differences.md argues for
 * it, says what has to be the case and which fields it excuses; a pass is excused only when one rule excuses every field
 * that differs.
 */
import { podKey } from '../../../src/cluster/facts.ts';
import type { Decision, World } from '../../../src/loop/decide.ts';
import type { Field, FieldDifference } from './comparison.ts';
import type { RecordedDecisions, RecordedPass } from './recorded.ts';

export interface Question {
  readonly recorded: RecordedDecisions;
  readonly pass: RecordedPass;
  readonly decision: Decision;
  readonly world: World;
  readonly fields: readonly FieldDifference[];
}

interface Rule {
  readonly name: string;
  readonly excuses: ReadonlySet<Field>;
  readonly applies: (question: Question) => boolean;
}

const RULES = [
  {
    name: 'annotation-protects-old-system-pods',
    excuses: new Set<Field>(['unneeded', 'deletedEmpty', 'drained', 'unremovable']),
    applies: ({ decision, pass }) =>
      decision.record.nodes.some(
        ({ node, outcome }) =>
          outcome.kind === 'stays' &&
          outcome.reason.code === 'BlockedByPod' &&
          outcome.reason.pod.startsWith('kube-system/') &&
          ['NotSafeToEvictAnnotation', 'LocalStorageRequested'].includes(outcome.reason.blocking) &&
          pass.unneeded.includes(node),
      ),
  },
  {
    // Cluster Autoscaler plans such a drain all the same; the API then refuses the eviction until it gives up.
    name: 'budget-protects-safe-to-evict-pods',
    excuses: new Set<Field>(['unneeded', 'deletedEmpty', 'drained', 'unremovable']),
    applies: ({ decision, pass, world }) =>
      decision.record.nodes.some(
        ({ node, outcome }) =>
          outcome.kind === 'stays' &&
          outcome.reason.code === 'BlockedByPod' &&
          outcome.reason.blocking === 'NotEnoughPdb' &&
          isSafeToEvict(world, node, outcome.reason.pod) &&
          pass.unneeded.includes(node),
      ),
  },
] as const satisfies readonly Rule[];

export type DifferenceName = (typeof RULES)[number]['name'];

/** The rule that excuses all of it; `undefined`: none does. */
export function excuseFor(question: Question): DifferenceName | undefined {
  const rules: readonly (Rule & { readonly name: DifferenceName })[] = RULES;
  return rules.find(
    ({ excuses, applies }) => question.fields.every(({ field }) => excuses.has(field)) && applies(question),
  )?.name;
}

function isSafeToEvict({ cluster }: World, node: string, key: string): boolean {
  const slot = cluster.slotOf(node);
  const pods = slot === undefined ? [] : [...cluster.podsOn(slot).values()];
  return pods.some(
    (pod) => podKey(pod) === key && pod.annotations['cluster-autoscaler.kubernetes.io/safe-to-evict'] === 'true',
  );
}
