/** Why other pods keep a pod off a node: affinity, anti-affinity and topology spread, with all their words. */
import { unreachable } from '../cluster/invariant.ts';

export type CouplingReason =
  /** None of the pods that it has to be near is in the node's domain, or the node has no such domain. */
  | { readonly code: 'PodAffinityUnmet'; readonly topologyKey: string }
  /** A pod that it may not be near is in the node's domain (the label's value, or words for the domain). */
  | { readonly code: 'PodAntiAffinityClash'; readonly topologyKey: string; readonly domain: string }
  /** A pod in the node's domain keeps it away. */
  | { readonly code: 'RepelledByPod'; readonly topologyKey: string; readonly domain: string }
  /** With it, the node's domain would have so many more pods than the domain with the fewest. */
  | {
      readonly code: 'TopologySkew';
      readonly topologyKey: string;
      readonly domain: string;
      readonly skew: number;
      readonly maxSkew: number;
    }
  | { readonly code: 'TopologyKeyMissing'; readonly topologyKey: string };

const CODES: ReadonlySet<string> = new Set<CouplingReason['code']>([
  'PodAffinityUnmet',
  'PodAntiAffinityClash',
  'RepelledByPod',
  'TopologySkew',
  'TopologyKeyMissing',
]);

export function isCouplingReason<T extends { readonly code: string }>(
  reason: T,
): reason is Extract<T, { readonly code: CouplingReason['code'] }> {
  return CODES.has(reason.code);
}

/** In kube-scheduler's own words. */
export function couplingMessage(reason: CouplingReason): string {
  switch (reason.code) {
    case 'PodAffinityUnmet':
      return "node(s) didn't match pod affinity rules";
    case 'PodAntiAffinityClash':
      return "node(s) didn't match pod anti-affinity rules";
    case 'RepelledByPod':
      return "node(s) didn't satisfy existing pods anti-affinity rules";
    case 'TopologySkew':
      return "node(s) didn't match pod topology spread constraints";
    case 'TopologyKeyMissing':
      return "node(s) didn't match pod topology spread constraints (missing required label)";
    default:
      return unreachable(reason);
  }
}

export function describeCoupling(reason: CouplingReason): string {
  switch (reason.code) {
    case 'PodAffinityUnmet':
      return `no pod that it wants near is in the same ${reason.topologyKey}`;
    case 'PodAntiAffinityClash':
      return `a pod that it keeps away from is in the ${reason.topologyKey} ${reason.domain}`;
    case 'RepelledByPod':
      return `the anti-affinity of a pod in the ${reason.topologyKey} ${reason.domain} keeps it away`;
    case 'TopologySkew':
      return `the ${reason.topologyKey} ${reason.domain} would be ${reason.skew} above the one with the fewest, at most ${reason.maxSkew} is allowed`;
    case 'TopologyKeyMissing':
      return `is spread over ${reason.topologyKey}, which the node does not have`;
    default:
      return unreachable(reason);
  }
}

export function couplingAdvice(reason: CouplingReason): string {
  switch (reason.code) {
    case 'PodAffinityUnmet':
      return 'Check that the pods which its affinity names exist, and that the nodes have the topology label.';
    case 'TopologyKeyMissing':
      return `Spread over a label that the nodes have; Vultr's nodes have no zone, only a hostname and a region.`;
    case 'TopologySkew':
      return 'Allow a larger maxSkew, or whenUnsatisfiable: ScheduleAnyway.';
    case 'PodAntiAffinityClash':
      return 'Each such pod needs a domain of its own: prefer the anti-affinity instead of requiring it.';
    case 'RepelledByPod':
      return 'Loosen the anti-affinity of the other pod, or the labels by which it is meant.';
    default:
      return unreachable(reason);
  }
}
