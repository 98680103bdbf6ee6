/** A node as the scheduler stand-in keeps it: what it offers, and what is left of it. */
import type { KubeObject } from '../kubernetes/object.ts';
import { amountOf } from './quantity.ts';
import { ANY_ADDRESS, type PodClass, type PortWish } from './scheduler-pod-class.ts';
import { matchesNodeAffinity, untoleratedTaint, isTolerated } from './selectors.ts';
import type { StringMap, Taint } from './shapes.ts';
import { nodeSpec, nodeStatus } from './shapes.ts';

const UNSCHEDULABLE_TAINT: Taint = { key: 'node.kubernetes.io/unschedulable', effect: 'NoSchedule' };
const FITS: readonly string[] = [];
const CORDONED = ['node(s) were unschedulable'];
const TAINTED = ['node(s) had untolerated taint(s)'];
const NOT_SELECTED = ["node(s) didn't match Pod's node affinity/selector"];
const PORT_TAKEN = ["node(s) didn't have free ports for the requested pod ports"];

export class SchedulerNode {
  readonly name: string;
  labels: StringMap = {};
  taints: readonly Taint[] = [];
  #cordoned = false;
  #allocatable = new Map<string, number>();
  readonly #requested = new Map<string, number>();
  #pods = 0;
  readonly #ports: PortWish[] = [];

  constructor(node: KubeObject) {
    this.name = node.metadata.name;
    this.update(node);
  }

  update(node: KubeObject): void {
    this.labels = node.metadata.labels ?? {};
    this.taints = nodeSpec(node).taints ?? [];
    this.#cordoned = nodeSpec(node).unschedulable === true;
    const offered = Object.entries(nodeStatus(node).allocatable ?? {});
    this.#allocatable = new Map(offered.map(([resource, text]) => [resource, amountOf(resource, text)]));
  }

  place(pod: PodClass): void {
    this.#pods++;
    for (const [resource, amount] of pod.requests) this.#requested.set(resource, this.#used(resource) + amount);
    this.#ports.push(...pod.ports);
    count(pod, this).pods++;
  }

  remove(pod: PodClass, terminating: boolean): void {
    this.#pods--;
    for (const [resource, amount] of pod.requests) this.#requested.set(resource, this.#used(resource) - amount);
    for (const port of pod.ports) {
      const index = this.#ports.indexOf(port);
      if (index >= 0) this.#ports.splice(index, 1);
    }
    const counted = count(pod, this);
    counted.pods--;
    if (terminating) counted.terminating--;
    if (counted.pods <= 0) pod.placed.delete(this);
  }

  /** One of the class's pods here began to terminate. */
  beginTermination(pod: PodClass): void {
    count(pod, this).terminating++;
  }

  /** Why the pod cannot go here, looking at this node alone, in the scheduler's words; empty: it can. */
  rejections(pod: PodClass): readonly string[] {
    if (this.#cordoned && !isTolerated(pod.spec.tolerations, UNSCHEDULABLE_TAINT)) return CORDONED;
    if (untoleratedTaint(pod.spec.tolerations, this.taints) !== undefined) return TAINTED;
    if (!matchesNodeAffinity(pod.spec, this)) return NOT_SELECTED;
    if (pod.ports.some((wish) => this.#ports.some((taken) => conflicts(wish, taken)))) return PORT_TAKEN;
    return this.#shortages(pod);
  }

  #shortages(pod: PodClass): readonly string[] {
    let short = FITS;
    if (this.#pods + 1 > (this.#allocatable.get('pods') ?? 0)) short = ['Too many pods'];
    for (const [resource, amount] of pod.requests) {
      if (amount > (this.#allocatable.get(resource) ?? 0) - this.#used(resource)) {
        short = [...short, `Insufficient ${resource}`];
      }
    }
    return short;
  }

  /** The share of CPU and memory that is free, from 0 to 2: more is better for a pod. */
  freeShare(): number {
    return this.#freeShareOf('cpu') + this.#freeShareOf('memory');
  }

  /** PreferNoSchedule taints that the pod does not tolerate: fewer is better. */
  dislikes(pod: PodClass): number {
    let disliked = 0;
    for (const taint of this.taints) {
      if (taint.effect === 'PreferNoSchedule' && !isTolerated(pod.spec.tolerations, taint)) disliked++;
    }
    return disliked;
  }

  #freeShareOf(resource: string): number {
    const offered = this.#allocatable.get(resource) ?? 0;
    return offered === 0 ? 0 : (offered - this.#used(resource)) / offered;
  }

  #used(resource: string): number {
    return this.#requested.get(resource) ?? 0;
  }
}

function count(pod: PodClass, node: SchedulerNode): { pods: number; terminating: number } {
  let counted = pod.placed.get(node);
  if (counted === undefined) {
    counted = { pods: 0, terminating: 0 };
    pod.placed.set(node, counted);
  }
  return counted;
}

function conflicts(wish: PortWish, taken: PortWish): boolean {
  const sameAddress = wish.ip === taken.ip || wish.ip === ANY_ADDRESS || taken.ip === ANY_ADDRESS;
  return sameAddress && wish.port === taken.port && wish.protocol === taken.protocol;
}
