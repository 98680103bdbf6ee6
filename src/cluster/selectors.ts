/** Label selectors as Kubernetes matches them (metav1.LabelSelector and the expressions of node selectors). */
import type { Labels, LabelSelector, SelectorRequirement } from './facts.ts';

/** Whether the labels satisfy every requirement. `undefined` matches nothing; no requirements match everything. */
export function selectorMatches(selector: LabelSelector | undefined, labels: Labels): boolean {
  return selector?.requirements.every((requirement) => requirementMatches(requirement, labels)) ?? false;
}

/**
 * Whether the labels satisfy one requirement. An unknown operator, and a Gt or Lt against something that is no whole
 * number, match nothing: the scheduler treats such a term as an error that matches no node.
 */
export function requirementMatches(requirement: SelectorRequirement, labels: Labels): boolean {
  const value = Object.hasOwn(labels, requirement.key) ? labels[requirement.key] : undefined;
  switch (requirement.operator) {
    case 'In':
      return value !== undefined && requirement.values.includes(value);
    case 'NotIn':
      return value === undefined || !requirement.values.includes(value);
    case 'Exists':
      return value !== undefined;
    case 'DoesNotExist':
      return value === undefined;
    case 'Gt':
      return compares((a, b) => a > b, value, requirement.values);
    case 'Lt':
      return compares((a, b) => a < b, value, requirement.values);
    default:
      return false;
  }
}

const WHOLE_NUMBER = /^[+-]?\d+$/;

function compares(
  holds: (value: bigint, bound: bigint) => boolean,
  value: string | undefined,
  bounds: readonly string[],
): boolean {
  const bound = bounds[0];
  if (value === undefined || bound === undefined || bounds.length !== 1) return false;
  return WHOLE_NUMBER.test(value) && WHOLE_NUMBER.test(bound) && holds(BigInt(value), BigInt(bound));
}
