/**
 * A stand-in for kube-scheduler: it binds pending pods to nodes and marks as Unschedulable those that fit nowhere. Within
 * the sandbox it is the judge of "fits", so it shares no code with the product's own scheduling.
 *
 * 1. Pods are tried by priority, then in the order of their creation; each goes to the node with the largest free share
 *    of CPU and memory among those with the fewest PreferNoSchedule taints, then to the oldest node.
 * 2. Pods that are alike are one class. When one of them fits nowhere, the others are not tried until something changes
 *    that could help: a node that the class fits on by itself, or, for classes coupled by affinity or spread, any change.
 * 3. Not played: preemption, volumes, preferred affinities, dynamic resources.
 */
import type { Clock, Timer } from '../../src/runtime/clock.ts';
import { formatTimestamp } from '../../src/runtime/timestamps.ts';
import { ApiError, type KubeObject, type StoreEvent } from '../kubernetes/object.ts';
import type { ObjectStore } from '../kubernetes/store.ts';
import type { SchedulerNode } from './scheduler-node.ts';
import { Placements } from './scheduler-placements.ts';
import { type PodClass, classKeyOf, podClassOf } from './scheduler-pod-class.ts';
import { findNode } from './scheduler-search.ts';
import type { SchedulingWorld } from './scheduler-topology.ts';
import { changesClass, changesScheduling, unschedulableMessage } from './scheduler-verdicts.ts';
import { isTerminal, namespaceOf, podSpec, podStatus, withCondition } from './shapes.ts';

export interface SchedulerOptions {
  readonly store: ObjectStore;
  readonly clock: Clock;
  /** Only pods that name this scheduler are bound. Default: `default-scheduler`. */
  readonly schedulerName?: string;
  /** From a change to the next round of tries, milliseconds. Default: 10. */
  readonly roundDelayMs?: number;
}

/** Pods tried in one round, so that a burst of thousands leaves others their turn. */
const PODS_PER_ROUND = 500;
const DEFAULT_SCHEDULER = 'default-scheduler';
const DEFAULT_ROUND_DELAY_MS = 10;

/** Where a pod stands with the scheduler. */
type Standing =
  /** To be tried in the next round. */
  | 'queued'
  /** Its class fits nowhere. */
  | 'waiting'
  | 'placed'
  /** Held back by a scheduling gate, or another scheduler's. */
  | 'not-ours';

interface TrackedPod {
  readonly uid: string;
  readonly namespace: string;
  readonly name: string;
  readonly of: WaitingClass;
  readonly priority: number;
  readonly sequence: number;
  readonly nodeName: string;
  standing: Standing;
  marked: boolean;
  terminating: boolean;
}

/** A class with the pods of it that wait, and the try that failed: its message, and the set of nodes it was about. */
interface WaitingClass {
  readonly pods: PodClass;
  readonly waiting: Set<TrackedPod>;
  tracked: number;
  failure: { readonly message: string; readonly nodeSet: number } | undefined;
}

export function startScheduler(options: SchedulerOptions): { stop(): void } {
  const scheduler = new Scheduler(options);
  return { stop: () => scheduler.stop() };
}

class Scheduler {
  readonly #store: ObjectStore;
  readonly #clock: Clock;
  readonly #name: string;
  readonly #roundDelayMs: number;
  readonly #placements = new Placements();
  /** Counts how often a node came or went: a failure message is out of date after that. */
  #nodeSet = 0;
  readonly #classes = new Map<string, WaitingClass>();
  readonly #failed = new Set<WaitingClass>();
  readonly #world: SchedulingWorld;
  readonly #pods = new Map<string, TrackedPod>();
  readonly #queue = new Set<TrackedPod>();
  /** Nodes on which something became free since the last round. */
  readonly #freed = new Set<SchedulerNode>();
  /** Placements changed since the last round: coupled classes may be tried again. */
  #topologyChanged = false;
  /** A pod with anti-affinity left: it may have kept any class away from other nodes than its own. */
  #antiAffinityLeft = false;
  #sequence = 0;
  #timer: Timer | undefined;
  readonly #unwatch: readonly (() => void)[];

  constructor(options: SchedulerOptions) {
    this.#store = options.store;
    this.#clock = options.clock;
    this.#name = options.schedulerName ?? DEFAULT_SCHEDULER;
    this.#roundDelayMs = options.roundDelayMs ?? DEFAULT_ROUND_DELAY_MS;
    this.#world = {
      nodes: this.#placements.nodes,
      classes: new Set(),
      repelling: new Set(),
      namespaceLabels: (namespace) => this.#store.find('namespaces', '', namespace)?.metadata.labels ?? {},
    };
    this.#unwatch = [
      this.#store.watch('nodes', (event) => this.#onNode(event)),
      this.#store.watch('pods', (event) => this.#onPod(event)),
    ];
  }

  stop(): void {
    for (const end of this.#unwatch) end();
    this.#timer?.cancel();
  }

  #onNode(event: StoreEvent): void {
    const { object } = event;
    if (event.type === 'MODIFIED' && !changesScheduling(object, event.previous)) return;
    if (event.type === 'DELETED') {
      const gone = this.#placements.removeNode(object.metadata.name);
      if (gone !== undefined) this.#freed.delete(gone);
    } else {
      this.#freed.add(this.#placements.putNode(object));
    }
    if (event.type !== 'MODIFIED') this.#nodeSet++;
    this.#placementsChanged();
  }

  #onPod(event: StoreEvent): void {
    const { object } = event;
    const tracked = this.#pods.get(object.metadata.uid);
    if (event.type === 'DELETED' || isTerminal(object)) {
      if (tracked !== undefined) this.#untrack(tracked);
      return;
    }
    const nodeName = podSpec(object).nodeName ?? '';
    const alike = tracked !== undefined && !(event.type === 'MODIFIED' && changesClass(object, event.previous));
    if (alike && tracked.nodeName === nodeName && tracked.standing !== 'not-ours') {
      if (object.metadata.deletionTimestamp !== undefined) this.#onTermination(tracked);
      return;
    }
    const of = alike ? tracked.of : this.#classOf(object);
    of.tracked++;
    if (tracked !== undefined) this.#untrack(tracked);
    this.#track(object, nodeName, { of, sequence: tracked?.sequence ?? this.#sequence++ });
  }

  #track(object: KubeObject, nodeName: string, place: { of: WaitingClass; sequence: number }): void {
    const spec = podSpec(object);
    const ours = (spec.schedulerName ?? DEFAULT_SCHEDULER) === this.#name && (spec.schedulingGates ?? []).length === 0;
    const terminating = object.metadata.deletionTimestamp !== undefined;
    const pod: TrackedPod = {
      uid: object.metadata.uid,
      namespace: namespaceOf(object),
      name: object.metadata.name,
      ...place,
      priority: spec.priority ?? 0,
      nodeName,
      standing: nodeName !== '' ? 'placed' : ours && !terminating ? 'queued' : 'not-ours',
      marked: unschedulableMessage(object) !== undefined,
      terminating,
    };
    this.#pods.set(pod.uid, pod);
    if (pod.standing === 'placed') {
      this.#placements.place(pod);
      this.#placementsChanged();
    } else if (pod.standing === 'queued') this.#enqueue(pod);
  }

  #untrack(pod: TrackedPod): void {
    this.#pods.delete(pod.uid);
    this.#queue.delete(pod);
    pod.of.waiting.delete(pod);
    if (pod.standing === 'placed') this.#vacate(pod);
    // A class without pods is forgotten: a long trace has more kinds of pods than are alive at any time.
    pod.of.tracked--;
    if (pod.of.tracked > 0) return;
    this.#classes.delete(pod.of.pods.key);
    this.#world.classes.delete(pod.of.pods);
    this.#world.repelling.delete(pod.of.pods);
    this.#failed.delete(pod.of);
  }

  #vacate(pod: TrackedPod): void {
    const node = this.#placements.vacate(pod);
    if (node === undefined) return;
    this.#freed.add(node);
    if (pod.of.pods.antiAffinity.length > 0) this.#antiAffinityLeft = true;
    this.#placementsChanged();
  }

  #onTermination(pod: TrackedPod): void {
    if (pod.terminating) return;
    pod.terminating = true;
    this.#queue.delete(pod);
    pod.of.waiting.delete(pod);
    if (pod.standing !== 'placed') return;
    this.#placements.beginTermination(pod);
    this.#placementsChanged();
  }

  #placementsChanged(): void {
    this.#topologyChanged = true;
    this.#arm();
  }

  #enqueue(pod: TrackedPod): void {
    pod.standing = 'queued';
    this.#queue.add(pod);
    this.#arm();
  }

  #classOf(object: KubeObject): WaitingClass {
    const key = classKeyOf(object);
    let found = this.#classes.get(key);
    if (found === undefined) {
      found = { pods: podClassOf(key, object), waiting: new Set(), tracked: 0, failure: undefined };
      this.#classes.set(key, found);
      this.#world.classes.add(found.pods);
      if (found.pods.antiAffinity.length > 0) this.#world.repelling.add(found.pods);
    }
    return found;
  }

  #arm(): void {
    this.#timer ??= this.#clock.setTimer(this.#roundDelayMs, () => this.#round());
  }

  #round(): void {
    this.#timer = undefined;
    this.#reconsider();
    const queue = [...this.#queue].toSorted((a, b) => b.priority - a.priority || a.sequence - b.sequence);
    for (const pod of queue.slice(0, PODS_PER_ROUND)) {
      this.#queue.delete(pod);
      this.#try(pod);
    }
    if (this.#queue.size > 0) this.#arm();
  }

  /** Queues the pods of the classes that what has changed since the last round may help. */
  #reconsider(): void {
    for (const failed of this.#failed) {
      const { pods } = failed;
      const helped =
        this.#antiAffinityLeft ||
        (pods.coupled
          ? this.#topologyChanged
          : this.#freed.values().some((node) => node.rejections(pods).length === 0));
      if (!helped) continue;
      failed.failure = undefined;
      this.#failed.delete(failed);
      for (const pod of failed.waiting) this.#enqueue(pod);
      failed.waiting.clear();
    }
    this.#freed.clear();
    this.#topologyChanged = false;
    this.#antiAffinityLeft = false;
  }

  #try(pod: TrackedPod): void {
    const { of } = pod;
    const known = of.failure?.nodeSet === this.#nodeSet ? of.failure.message : undefined;
    const found = known ?? findNode(of.pods, this.#world);
    if (typeof found !== 'string') {
      this.#bind(pod, found);
      return;
    }
    of.failure = { message: found, nodeSet: this.#nodeSet };
    this.#failed.add(of);
    of.waiting.add(pod);
    pod.standing = 'waiting';
    if (known === undefined || !pod.marked) this.#mark(pod, found);
  }

  /** Binds; the watch event that follows moves the pod to its node. A pod that is gone meanwhile is left alone. */
  #bind(pod: TrackedPod, node: SchedulerNode): void {
    try {
      this.#store.bind(pod.namespace, pod.name, node.name);
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
    }
  }

  #mark(pod: TrackedPod, message: string): void {
    if (this.#store.find('pods', pod.namespace, pod.name)?.metadata.uid !== pod.uid) return;
    pod.marked = true;
    const lastTransitionTime = formatTimestamp(this.#clock.now());
    this.#store.update('pods', pod.namespace, pod.name, (current) => {
      if (unschedulableMessage(current) === message) return current;
      const condition = { type: 'PodScheduled', status: 'False', reason: 'Unschedulable', message, lastTransitionTime };
      const { phase = 'Pending', conditions } = podStatus(current);
      return { ...current, status: { ...current.status, phase, conditions: withCondition(conditions, condition) } };
    });
  }
}
