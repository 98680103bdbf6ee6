/**
 * What a filter plugin is. One plugin of kube-scheduler is one file here, under the scheduler's own name; runner.ts
 * lists them in the scheduler's order. To add one: copy a file, answer the question, add it to the list.
 *
 * A plugin returns `undefined` when it has nothing against the pod, and never throws on what an object may say.
 */
import type { Cluster, Slot } from '../cluster/cluster.ts';
import type { NodeFacts, PodFacts, PodSpecFacts } from '../cluster/facts.ts';
import type { FitReason } from '../explain/reasons.ts';
import type { Rejection } from './verdict.ts';

/** Looks at nothing but the pod's spec and the node itself: its answer is remembered per pair of these objects. */
export interface StaticFilter {
  /** The plugin's name in kube-scheduler. */
  readonly name: string;
  filter(spec: PodSpecFacts, node: NodeFacts): Rejection | undefined;
}

/** Looks at what is placed: asked anew each time. */
export interface PlacementFilter {
  readonly name: string;
  /** Whether it can have anything against the pod, wherever that goes: nodes are asked only then. */
  concerns(pod: PodFacts, cluster: Cluster): boolean;
  filter(pod: PodFacts, slot: Slot, cluster: Cluster): Rejection | undefined;
}

/**
 * Looks at the pod as a whole before any node is looked at (the scheduler's PreFilter): what it says holds on every node.
 * A plugin with both steps exports two of these values.
 */
export interface PodFilter {
  readonly name: string;
  /** Whether it can have anything against a pod of the spec. */
  concerns(spec: PodSpecFacts): boolean;
  filter(pod: PodFacts, cluster: Cluster): Rejection | undefined;
}

/** A rejection that taking pods off the node could lift (the scheduler's Unschedulable). */
export function rejectedForNow(plugin: string, reasons: readonly FitReason[]): Rejection {
  return { fits: false, plugin, reasons, resolvable: true };
}

/** A rejection that no removal of pods lifts (the scheduler's UnschedulableAndUnresolvable). */
export function rejectedForGood(plugin: string, reasons: readonly FitReason[]): Rejection {
  return { fits: false, plugin, reasons, resolvable: false };
}
