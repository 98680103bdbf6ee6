/**
 * What of a pod's spec has no meaning: an amount that is no amount, an operator that nobody knows. A server lets no such
 * pod in, so it comes from a file or a test; it becomes a fact all the same, and fits nowhere, with this as the reason.
 */
import type { LabelSelector } from '../cluster/facts.ts';
import { parseNano } from '../cluster/quantity.ts';
import type { PodSpecShape, QuantityTexts } from './pod-shape.ts';

const EFFECTS: ReadonlySet<string> = new Set(['', 'NoSchedule', 'PreferNoSchedule', 'NoExecute']);
const SET_OPERATORS: ReadonlySet<string> = new Set(['In', 'NotIn']);
const PRESENCE_OPERATORS: ReadonlySet<string> = new Set(['Exists', 'DoesNotExist']);

/** The first problem, with the field it is in; `undefined`: none. */
export function problemOf(spec: PodSpecShape): string | undefined {
  return amountProblem(spec) ?? tolerationProblem(spec) ?? selectorProblem(spec);
}

function amountProblem(spec: PodSpecShape): string | undefined {
  const lists: (readonly [string, QuantityTexts])[] = [
    ...[...spec.containers, ...spec.initContainers].map(
      ({ name, requests }) => [`container ${name}: resources.requests`, requests] as const,
    ),
    ['spec.resources.requests', spec.podRequests],
    ['spec.overhead', spec.overhead],
  ];
  for (const [field, texts] of lists) {
    for (const [resource, text] of Object.entries(texts)) {
      if (parseNano(text) === undefined) return `${field}.${resource}: "${text}" is no quantity`;
    }
  }
  return undefined;
}

function tolerationProblem({ tolerations }: PodSpecShape): string | undefined {
  const odd = tolerations.find(({ effect }) => !EFFECTS.has(effect));
  return odd === undefined ? undefined : `spec.tolerations: unknown effect "${odd.effect}"`;
}

/** Of node selectors nothing is said: a term with an unknown operator matches no node, the others count. */
function selectorProblem(spec: PodSpecShape): string | undefined {
  const terms = [...spec.requiredPodAffinity, ...spec.requiredPodAntiAffinity];
  return (
    firstProblem(
      spec.topologySpread
        .filter(({ whenUnsatisfiable }) => whenUnsatisfiable !== 'ScheduleAnyway')
        .map(({ labelSelector }) => labelSelector),
      'spec.topologySpreadConstraints',
    ) ??
    firstProblem(
      terms.flatMap(({ labelSelector, namespaceSelector }) => [labelSelector, namespaceSelector]),
      'spec.affinity',
    )
  );
}

function firstProblem(selectors: readonly (LabelSelector | undefined)[], field: string): string | undefined {
  for (const selector of selectors) {
    for (const { key, operator, values } of selector?.requirements ?? []) {
      if (SET_OPERATORS.has(operator) ? values.length > 0 : PRESENCE_OPERATORS.has(operator) && values.length === 0) {
        continue;
      }
      return `${field}: "${key} ${operator} [${values.join(', ')}]" is no selector`;
    }
  }
  return undefined;
}
