/**
 * Which pods are on which node. A pod may be bound to a node that is not known (yet, or any more): it is kept, and counts
 * as soon as the node is there.
 */
import type { KubeObject } from '../kubernetes/object.ts';
import { SchedulerNode } from './scheduler-node.ts';
import type { PodClass } from './scheduler-pod-class.ts';

export interface PlacedPod {
  readonly nodeName: string;
  readonly of: { readonly pods: PodClass };
  readonly terminating: boolean;
}

export class Placements {
  readonly #nodes = new Map<string, SchedulerNode>();
  readonly #pods = new Map<string, Set<PlacedPod>>();

  /** By name, the oldest first. */
  get nodes(): ReadonlyMap<string, SchedulerNode> {
    return this.#nodes;
  }

  /** Takes in a node or its new state. */
  putNode(object: KubeObject): SchedulerNode {
    const { name } = object.metadata;
    const known = this.#nodes.get(name);
    if (known !== undefined) {
      known.update(object);
      return known;
    }
    const node = new SchedulerNode(object);
    this.#nodes.set(name, node);
    for (const pod of this.#pods.get(name) ?? []) occupy(node, pod);
    return node;
  }

  removeNode(name: string): SchedulerNode | undefined {
    const node = this.#nodes.get(name);
    if (node === undefined) return undefined;
    for (const pod of this.#pods.get(name) ?? []) node.remove(pod.of.pods, pod.terminating);
    this.#nodes.delete(name);
    return node;
  }

  place(pod: PlacedPod): void {
    const pods = this.#pods.get(pod.nodeName) ?? new Set();
    this.#pods.set(pod.nodeName, pods.add(pod));
    const node = this.#nodes.get(pod.nodeName);
    if (node !== undefined) occupy(node, pod);
  }

  /** Takes the pod off its node, which is returned if it is known. */
  vacate(pod: PlacedPod): SchedulerNode | undefined {
    const pods = this.#pods.get(pod.nodeName);
    pods?.delete(pod);
    if (pods?.size === 0) this.#pods.delete(pod.nodeName);
    const node = this.#nodes.get(pod.nodeName);
    node?.remove(pod.of.pods, pod.terminating);
    return node;
  }

  beginTermination(pod: PlacedPod): void {
    this.#nodes.get(pod.nodeName)?.beginTermination(pod.of.pods);
  }
}

function occupy(node: SchedulerNode, pod: PlacedPod): void {
  node.place(pod.of.pods);
  if (pod.terminating) node.beginTermination(pod.of.pods);
}
