/**
 * Which node groups are alike, so that it does not matter to pods which of them grows: the same labels but for those of
 * the place, and the same amounts within the tolerances. The rules are Cluster Autoscaler's; the tolerances and labels
 * that it heeds on some clouds only are heeded here.
 */
import type { Labels, ResourceList } from '../cluster/facts.ts';
import type { GroupTemplate } from '../node-groups/view.ts';
import type { BalancingOptions } from './options.ts';

/** Labels that tell one node, one zone or one pool from another. */
const IGNORED_LABELS: ReadonlySet<string> = new Set([
  'kubernetes.io/hostname',
  'failure-domain.beta.kubernetes.io/zone',
  'failure-domain.beta.kubernetes.io/region',
  'topology.kubernetes.io/zone',
  'topology.kubernetes.io/region',
  'beta.kubernetes.io/fluentd-ds-ready',
  'kops.k8s.io/instancegroup',
  'vke.vultr.com/node-pool',
  'vke.vultr.com/node-id',
]);
/** Labels on pools that set options of this program: how nodes are scaled is nothing to pods. */
const OPTION_LABELS = 'vke-autoscaler-';
/** Says what its newer name says. Providers' templates have it, living nodes may not: to Cluster Autoscaler they differ. */
const OLD_INSTANCE_TYPE_LABEL = 'beta.kubernetes.io/instance-type';
/** Amounts that pods may take whether or not any of the node's own pods do. */
const ALWAYS_REQUESTED = ['cpu', 'memory', 'ephemeral-storage'] as const;

type Template = Pick<GroupTemplate, 'node' | 'overhead'>;

/** Symmetric. Not transitive: of three groups each may be within the tolerances of the next. */
export function areSimilar(one: Template, other: Template, options: BalancingOptions): boolean {
  if (options.labels.length > 0) return haveSame(options.labels, one.node.labels, other.node.labels);
  const capacityTolerance = (name: string): number => (name === 'memory' ? options.memoryRatio : 0);
  return (
    areClose(one.node.capacity, other.node.capacity, capacityTolerance) &&
    areClose(one.node.allocatable, other.node.allocatable, () => options.allocatableRatio) &&
    areClose(freeOn(one), freeOn(other), () => options.freeRatio) &&
    comparedLabels(one.node.labels, options) === comparedLabels(other.node.labels, options)
  );
}

function haveSame(keys: readonly string[], one: Labels, other: Labels): boolean {
  return keys.every((key) => one[key] !== undefined && one[key] === other[key]);
}

/** The same resources, and of each no more difference than the share of the larger amount. */
function areClose(one: ResourceList, other: ResourceList, tolerance: (name: string) => number): boolean {
  const names = Object.keys(one);
  if (names.length !== Object.keys(other).length) return false;
  return names.every((name) => {
    const amount = one[name] ?? 0;
    const against = other[name];
    if (against === undefined) return false;
    return Math.abs(amount - against) <= Math.max(amount, against) * tolerance(name);
  });
}

/** What the node's own pods leave, of the amounts that pods ask for. */
function freeOn({ node, overhead }: Template): ResourceList {
  const taken = new Map<string, number>(ALWAYS_REQUESTED.map((name) => [name, 0]));
  for (const { spec } of overhead) {
    for (const [name, amount] of Object.entries(spec.requests)) taken.set(name, (taken.get(name) ?? 0) + amount);
  }
  return Object.fromEntries([...taken].map(([name, amount]) => [name, (node.allocatable[name] ?? 0) - amount]));
}

function comparedLabels(labels: Labels, { ignoredLabels, heedsOldNames }: BalancingOptions): string {
  const compared = Object.entries(labels).filter(
    ([key]) =>
      !IGNORED_LABELS.has(key) &&
      !key.startsWith(OPTION_LABELS) &&
      !ignoredLabels.includes(key) &&
      (heedsOldNames || key !== OLD_INSTANCE_TYPE_LABEL),
  );
  return JSON.stringify(compared.toSorted(([a], [b]) => (a < b ? -1 : 1)));
}
