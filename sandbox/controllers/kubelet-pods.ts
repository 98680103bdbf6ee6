/**
 * The pod half of the kubelets: pods bound to a node whose kubelet is up start, run, finish and stop.
 *
 * 1. A pod runs until it is deleted or, when it is annotated with a duration and not restarted always, for that long; then
 *    it has Succeeded (or Failed, when annotated with an exit code other than 0).
 * 2. A pod that is being deleted goes after its stop time, or its grace period if that is shorter.
 * 3. Once the kubelet of a node is silent nothing happens to its pods any more: they go with the Node.
 */
import type { Clock, Timer } from '../../src/runtime/clock.ts';
import type { Random, RandomStream } from '../../src/runtime/random.ts';
import { formatTimestamp } from '../../src/runtime/timestamps.ts';
import type { KubeObject, StoreEvent } from '../kubernetes/object.ts';
import type { ObjectStore } from '../kubernetes/store.ts';
import { parseDuration } from './duration.ts';
import { type Condition, isTerminal, namespaceOf, podSpec, podStatus, withCondition } from './shapes.ts';
import { type ControllerTiming, drawMs } from './timing.ts';

/** How long the pod runs before it finishes: `90s`. */
export const DURATION_ANNOTATION = 'sandbox.vke-autoscaler.io/duration';
/** How long the pod takes to stop when asked: `10s`. */
export const STOP_TIME_ANNOTATION = 'sandbox.vke-autoscaler.io/stop-time';
/** The exit code with which the pod finishes; with any other than `0` it has Failed. */
export const EXIT_CODE_ANNOTATION = 'sandbox.vke-autoscaler.io/exit-code';

export interface KubeletPodsOptions {
  readonly store: ObjectStore;
  readonly clock: Clock;
  readonly random: Random;
  readonly timing: ControllerTiming;
}

/** A pod on its node, with the timer for what happens to it next. */
interface LocalPod {
  state: 'starting' | 'running' | 'stopping' | 'finished';
  timer: Timer | undefined;
}

const DEFAULT_GRACE_SECONDS = 30;

export class KubeletPods {
  readonly #options: KubeletPodsOptions;
  readonly #random: RandomStream;
  /** The nodes whose kubelet is up. */
  readonly #up = new Set<string>();
  /** By uid. */
  readonly #pods = new Map<string, LocalPod>();
  #addresses = 0;
  readonly #unwatch: () => void;

  constructor(options: KubeletPodsOptions) {
    this.#options = options;
    this.#random = options.random.stream('kubelet/pods');
    this.#unwatch = options.store.watch('pods', (event) => this.#onPod(event));
  }

  /** The kubelet of the node is up: it takes care of the pods bound to it. */
  nodeUp(nodeName: string): void {
    this.#up.add(nodeName);
    for (const pod of this.#options.store.podsOnNode(nodeName)) this.#advance(pod);
  }

  /** The kubelet of the node is no more. */
  nodeSilent(nodeName: string): void {
    this.#up.delete(nodeName);
    for (const pod of this.#options.store.podsOnNode(nodeName)) this.#forget(pod);
  }

  stop(): void {
    this.#unwatch();
    for (const { timer } of this.#pods.values()) timer?.cancel();
    this.#pods.clear();
  }

  #onPod(event: StoreEvent): void {
    if (event.type === 'DELETED') this.#forget(event.object);
    else if (this.#up.has(podSpec(event.object).nodeName ?? '')) this.#advance(event.object);
  }

  #forget(pod: KubeObject): void {
    this.#pods.get(pod.metadata.uid)?.timer?.cancel();
    this.#pods.delete(pod.metadata.uid);
  }

  /** Starts whatever the pod's state calls for and has not been started. */
  #advance(pod: KubeObject): void {
    let local = this.#pods.get(pod.metadata.uid);
    if (local === undefined) {
      local = { state: 'starting', timer: undefined };
      this.#pods.set(pod.metadata.uid, local);
      if (isTerminal(pod)) local.state = 'finished';
      else if (podStatus(pod).phase === 'Running') this.#run(pod, local);
      else this.#after(drawMs(this.#random, this.#options.timing.podStart), local, () => this.#start(pod));
    }
    if (pod.metadata.deletionTimestamp !== undefined && local.state !== 'stopping') this.#stopPod(pod, local);
  }

  #after(delayMs: number, local: LocalPod, step: () => void): void {
    local.timer?.cancel();
    local.timer = this.#options.clock.setTimer(delayMs, step);
  }

  #start(pod: KubeObject): void {
    const now = this.#now();
    const local = this.#pods.get(pod.metadata.uid);
    if (local === undefined) return;
    this.#updateStatus(pod, (current) => ({
      ...runningStatus(current, now),
      podIP: this.#nextAddress(),
      startTime: now,
      conditions: withConditions(podStatus(current).conditions, now, 'True'),
    }));
    this.#run(pod, local);
  }

  #run(pod: KubeObject, local: LocalPod): void {
    local.state = 'running';
    const durationMs = annotatedMs(pod, DURATION_ANNOTATION);
    if (durationMs === undefined || (podSpec(pod).restartPolicy ?? 'Always') === 'Always') return;
    this.#after(durationMs, local, () => this.#finish(pod, local));
  }

  #finish(pod: KubeObject, local: LocalPod): void {
    local.state = 'finished';
    const exitCode = Number(pod.metadata.annotations?.[EXIT_CODE_ANNOTATION] ?? '0');
    const now = this.#now();
    this.#updateStatus(pod, (current) => ({
      phase: exitCode === 0 ? 'Succeeded' : 'Failed',
      conditions: withConditions(podStatus(current).conditions, now, 'False'),
      containerStatuses: containerStatuses(current, false, {
        terminated: { exitCode, reason: exitCode === 0 ? 'Completed' : 'Error', finishedAt: now },
      }),
    }));
  }

  #stopPod(pod: KubeObject, local: LocalPod): void {
    local.state = 'stopping';
    const graceMs = (pod.metadata.deletionGracePeriodSeconds ?? DEFAULT_GRACE_SECONDS) * 1000;
    const stopMs = annotatedMs(pod, STOP_TIME_ANNOTATION) ?? this.#options.timing.podStopMs;
    this.#after(Math.min(graceMs, stopMs), local, () => {
      const { store } = this.#options;
      const { uid, name } = pod.metadata;
      if (store.find('pods', namespaceOf(pod), name)?.metadata.uid !== uid) return;
      store.delete('pods', namespaceOf(pod), name, { graceSeconds: 0, uid });
    });
  }

  #updateStatus(pod: KubeObject, change: (current: KubeObject) => object): void {
    const { store } = this.#options;
    const { name, uid } = pod.metadata;
    if (store.find('pods', namespaceOf(pod), name)?.metadata.uid !== uid) return;
    store.update('pods', namespaceOf(pod), name, (current) => ({
      ...current,
      status: { ...current.status, ...change(current) },
    }));
  }

  /** Addresses of VKE's pod network, 10.244.0.0/16, handed out in turn. */
  #nextAddress(): string {
    this.#addresses = (this.#addresses + 1) % (256 * 254);
    return `10.244.${Math.floor(this.#addresses / 254)}.${(this.#addresses % 254) + 1}`;
  }

  #now(): string {
    return formatTimestamp(this.#options.clock.now());
  }
}

function runningStatus(pod: KubeObject, now: string): object {
  return { phase: 'Running', containerStatuses: containerStatuses(pod, true, { running: { startedAt: now } }) };
}

function containerStatuses(pod: KubeObject, ready: boolean, state: object): readonly object[] {
  const containers = podSpec(pod).containers ?? [];
  return containers.map(({ name }) => ({ name, ready, restartCount: 0, started: ready, state }));
}

function withConditions(
  conditions: readonly Condition[] | undefined,
  lastTransitionTime: string,
  ready: 'True' | 'False',
): readonly Condition[] {
  const initialized = withCondition(conditions, { type: 'Initialized', status: 'True', lastTransitionTime });
  const containersReady = withCondition(initialized, { type: 'ContainersReady', status: ready, lastTransitionTime });
  return withCondition(containersReady, { type: 'Ready', status: ready, lastTransitionTime });
}

function annotatedMs(pod: KubeObject, annotation: string): number | undefined {
  const text = pod.metadata.annotations?.[annotation];
  return text === undefined ? undefined : parseDuration(text);
}
