/**
 * Tries out one removal after the other on the model: every pod that would have to move is given a place elsewhere.
 *
 * 1. Cumulative: a removal that works stays in the trial, so that the next one finds the room that is left. Any part of
 *    the accepted removals works as well: pods that move on from a later candidate only free room.
 * 2. A removal that does not work leaves the model as it was, and names the pod that found no place and why.
 * 3. Pods of removals that are under way hold their places and budgets first.
 */
import type { Cluster, Slot } from '../cluster/cluster.ts';
import type { PodFacts } from '../cluster/facts.ts';
import { podKey } from '../cluster/facts.ts';
import type { NodeReason } from '../explain/reasons.ts';
import type { Destinations } from './destinations.ts';
import type { BlockingPod, DrainContext, MovablePods } from './drainability.ts';
import { byKey, classifyPods, refusedByBudget } from './drainability.ts';
import type { Candidate } from './eligibility.ts';

/** A removal that the simulation accepted. */
export interface Accepted {
  readonly candidate: Candidate;
  /** The node's own pods. */
  readonly pods: MovablePods;
  /** No pod has to move. */
  readonly empty: boolean;
  /** Its budgets do not allow all its pods to go at once, so its drain may take long. */
  readonly risky: boolean;
}

export type Simulated =
  | ({ readonly kind: 'accepted' } & Accepted)
  /** `lasting`: worth remembering for a while; otherwise the next pass may well find it different. */
  | { readonly kind: 'refused'; readonly reason: NodeReason; readonly lasting: boolean };

export class RemovalSimulation {
  readonly #cluster: Cluster;
  readonly #context: DrainContext;
  readonly #destinations: Destinations;
  /** Where each moved pod is now, and the node that it came from first. */
  readonly #moved = new Map<string, { readonly from: Slot; to: Slot }>();

  constructor(cluster: Cluster, context: DrainContext, destinations: Destinations) {
    this.#cluster = cluster;
    this.#context = context;
    this.#destinations = destinations;
  }

  /** Gives the pods of a node that is being emptied places and budgets, as far as there are any. */
  reserve(slot: Slot): void {
    const pods = classifyPods(this.#cluster, slot, this.#context);
    if (pods.kind === 'blocked') return;
    // A pod that is being deleted has been evicted: its budget is spent and its successor exists.
    const waiting = [...pods.evict, ...pods.expendable].filter((pod) => pod.deletion === undefined);
    this.#context.budgets.take(waiting);
    for (const pod of this.#largestFirst(pods.evict, slot)) {
      if (pod.deletion === undefined) this.#destinations.place(withoutPlace(pod), slot);
    }
    this.#destinations.keep();
  }

  /** Tries to remove one node; what works stays. */
  remove(candidate: Candidate): Simulated {
    const { slot } = candidate;
    const pods = classifyPods(this.#cluster, slot, this.#context);
    if (pods.kind === 'blocked') return refused(blockedBy(pods), true);
    // Pods that an earlier removal put here move on, but their budgets are paid.
    const own = { ...pods, evict: pods.evict.filter((pod) => !this.#moved.has(pod.uid)) };
    const blocked = refusedByBudget(own, this.#context.budgets);
    if (blocked !== undefined) return refused(blockedBy(blocked), true);
    const hopeless = pods.evict.find((pod) => this.#destinations.isExhausted(pod));
    if (hopeless !== undefined) return this.#noPlace(hopeless, slot, pods.evict);
    const mark = this.#cluster.fork();
    const homeless = this.#moveAll(pods.evict, slot);
    if (homeless !== undefined) {
      const refusal = this.#noPlace(homeless, slot, pods.evict);
      this.#cluster.rollback(mark);
      this.#destinations.takeBack();
      return refusal;
    }
    return this.#accept(candidate, own);
  }

  /** Where the simulation put each of these pods, by node name. */
  moves(pods: readonly PodFacts[]): { readonly pod: string; readonly to: string }[] {
    return pods.flatMap((pod) => {
      const move = this.#moved.get(pod.uid);
      return move === undefined ? [] : [{ pod: podKey(pod), to: this.#cluster.node(move.to).name }];
    });
  }

  #accept(candidate: Candidate, pods: MovablePods): Simulated {
    this.#destinations.keep();
    this.#destinations.close(candidate.slot);
    const evicted = [...pods.evict, ...pods.expendable];
    const risky = !this.#context.budgets.allowTogether(evicted);
    this.#context.budgets.take(evicted);
    return { kind: 'accepted', candidate, pods, empty: pods.evict.length === 0, risky };
  }

  /** The first pod that found no place; `undefined`: all did. */
  #moveAll(pods: readonly PodFacts[], slot: Slot): PodFacts | undefined {
    this.#cluster.removeAll(pods, slot);
    const placed: [PodFacts, Slot][] = [];
    for (const pod of this.#largestFirst(pods, slot)) {
      const to = this.#destinations.place(pod, slot);
      if (to === undefined) return pod;
      placed.push([pod, to]);
    }
    for (const [pod, to] of placed) {
      const known = this.#moved.get(pod.uid);
      if (known === undefined) this.#moved.set(pod.uid, { from: slot, to });
      else known.to = to;
    }
    return undefined;
  }

  #noPlace(pod: PodFacts, slot: Slot, pods: readonly PodFacts[]): Simulated {
    const name = podKey(pod);
    // What an earlier removal put here may have taken the last place there was.
    const from = pods.map(({ uid }) => this.#moved.get(uid)?.from).find((origin) => origin !== undefined);
    if (from !== undefined && pod.nodeName !== '') {
      return refused({ code: 'ReceivesMovedPods', from: this.#cluster.node(from).name }, false);
    }
    const rejections = this.#destinations.rejections(pod, slot);
    if (pod.nodeName === '') return refused({ code: 'NeededByPendingPod', pod: name, rejections }, false);
    return refused({ code: 'NoPlaceToMovePods', pod: name, rejections }, true);
  }

  /** The hardest to place first: by the largest share of the node that the pod takes; then by name. */
  #largestFirst(pods: readonly PodFacts[], slot: Slot): readonly PodFacts[] {
    if (pods.length < 2) return pods;
    const shares = new Map(pods.map((pod) => [pod, this.#share(pod, slot)]));
    return pods.toSorted((a, b) => (shares.get(b) ?? 0) - (shares.get(a) ?? 0) || byKey(a, b));
  }

  #share(pod: PodFacts, slot: Slot): number {
    let share = 0;
    for (const { column, amount } of this.#cluster.resources.demands(pod.spec)) {
      share = Math.max(share, amount / Math.max(1, this.#cluster.allocatable(slot, column)));
    }
    return share;
  }
}

/** A stand-in for the successor that the pod's controller will make: the pod itself still occupies its node. */
function withoutPlace(pod: PodFacts): PodFacts {
  return { ...pod, uid: `${pod.uid}/successor`, nodeName: '' };
}

function blockedBy({ pod, reason, detail }: BlockingPod): NodeReason {
  return { code: 'BlockedByPod', pod: podKey(pod), blocking: reason, detail };
}

function refused(reason: NodeReason, lasting: boolean): Simulated {
  return { kind: 'refused', reason, lasting };
}
