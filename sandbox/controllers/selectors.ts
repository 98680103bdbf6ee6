/** Label selectors, node selectors and tolerations, as the scheduler and the controllers of the sandbox evaluate them. */
import type { LabelSelector, NodeSelectorTerm, PodSpec, Requirement, StringMap, Taint, Toleration } from './shapes.ts';

const NO_LABELS: StringMap = {};

/** Whether `labels` satisfy the selector. No selector matches nothing; an empty one matches all. */
export function matchesSelector(selector: LabelSelector | undefined, labels: StringMap | undefined): boolean {
  if (selector === undefined) return false;
  const have = labels ?? NO_LABELS;
  for (const key in selector.matchLabels) if (have[key] !== selector.matchLabels[key]) return false;
  return selector.matchExpressions?.every((requirement) => satisfies(requirement, have)) ?? true;
}

/** Whether the labels meet one requirement. An unknown operator is met by nothing. */
function satisfies(requirement: Requirement, labels: StringMap): boolean {
  const value = labels[requirement.key];
  const values = requirement.values ?? [];
  switch (requirement.operator) {
    case 'In':
      return value !== undefined && values.includes(value);
    case 'NotIn':
      return value === undefined || !values.includes(value);
    case 'Exists':
      return value !== undefined;
    case 'DoesNotExist':
      return value === undefined;
    case 'Gt':
      return integer(value) > integer(values[0]);
    case 'Lt':
      return integer(value) < integer(values[0]);
    default:
      return false;
  }
}

/** NaN, which compares false with everything, for what is no integer. */
function integer(text: string | undefined): number {
  return text !== undefined && /^-?\d+$/.test(text) ? Number(text) : Number.NaN;
}

export interface NodeIdentity {
  readonly name: string;
  readonly labels: StringMap;
}

/** The pod's nodeSelector and required node affinity. */
export function matchesNodeAffinity(spec: PodSpec, node: NodeIdentity): boolean {
  for (const key in spec.nodeSelector) if (node.labels[key] !== spec.nodeSelector[key]) return false;
  const required = spec.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution;
  if (required === undefined) return true;
  return required.nodeSelectorTerms?.some((term) => matchesTerm(term, node)) ?? false;
}

/** All requirements of the term; a term without any matches no node. */
function matchesTerm(term: NodeSelectorTerm, node: NodeIdentity): boolean {
  const expressions = term.matchExpressions ?? [];
  const fields = term.matchFields ?? [];
  if (expressions.length + fields.length === 0) return false;
  return (
    expressions.every((requirement) => satisfies(requirement, node.labels)) &&
    fields.every((field) => matchesName(field, node.name))
  );
}

/** The one field there is, `metadata.name`, takes In or NotIn with one value; any other use matches nothing. */
function matchesName(field: Requirement, name: string): boolean {
  if (field.key !== 'metadata.name' || field.values?.length !== 1) return false;
  if (field.operator === 'In') return field.values[0] === name;
  return field.operator === 'NotIn' && field.values[0] !== name;
}

/** The first NoSchedule or NoExecute taint that no toleration tolerates. */
export function untoleratedTaint(
  tolerations: readonly Toleration[] | undefined,
  taints: readonly Taint[] | undefined,
): Taint | undefined {
  return taints?.find((taint) => taint.effect !== 'PreferNoSchedule' && !isTolerated(tolerations, taint));
}

export function isTolerated(tolerations: readonly Toleration[] | undefined, taint: Taint): boolean {
  return (
    tolerations?.some(
      (toleration) =>
        ((toleration.effect ?? '') === '' || toleration.effect === taint.effect) &&
        ((toleration.key ?? '') === '' ? toleration.operator === 'Exists' : toleration.key === taint.key) &&
        (toleration.operator === 'Exists' || (toleration.value ?? '') === (taint.value ?? '')),
    ) ?? false
  );
}
