/**
 * Replays a trace: each pod is created at its time, runs for its own duration once it has a node, and is deleted when it
 * has finished. Only events cost anything: months with 8,000 pods pass in seconds of virtual time.
 *
 * 1. A pod waits for as long as it must; nobody gives up on it.
 * 2. By default nothing stands behind a pod, so a drain has to leave it alone. With `evictable`, a Job that this player
 *    manages owns all of them: a pod that is evicted, or lost with its node, is made anew (`name-r1`, `name-r2` …) and runs for
 *    what is left of its duration.
 * 3. Without `evictable`, a pod that is lost counts as lost.
 */
import type { Clock, Timer } from '../../src/runtime/clock.ts';
import { formatDuration } from '../controllers/duration.ts';
import { DURATION_ANNOTATION } from '../controllers/kubelet-pods.ts';
import { podStatus } from '../controllers/shapes.ts';
import type { KubeObject, NewObject, StoreEvent } from '../kubernetes/object.ts';
import { type ObjectStore, ownerReferenceTo } from '../kubernetes/store.ts';
import type { TracePod } from './trace.ts';

export interface TracePlayerOptions {
  /** In the order of their creation. */
  readonly pods: readonly TracePod[];
  readonly store: ObjectStore;
  readonly clock: Clock;
  /** Where the pods live. Default: `trace`. */
  readonly namespace?: string;
  /** Whether pods may be evicted and made anew. Default: no. */
  readonly evictable?: boolean;
}

export interface TraceProgress {
  readonly pods: number;
  /** Of those, how many have been created so far, … */
  readonly created: number;
  /** … run now, … */
  readonly running: number;
  /** … have run for their whole duration, … */
  readonly finished: number;
  /** … were deleted by somebody else before their end and not made anew. */
  readonly lost: number;
}

/** A pod of the trace that has been created and is not done. */
interface LivePod {
  readonly pod: TracePod;
  /** How often it has been made anew. */
  readonly remake: number;
  readonly leftMs: number | undefined;
  startedAtMs: number | undefined;
  finished: boolean;
}

const OWNER_JOB = 'trace';
const MANAGED_BY = 'sandbox.vke-autoscaler.io/trace-player';
/** Before a finished pod is deleted: its outcome is seen first by whoever watches. */
const FINISHED_POD_LINGER_MS = 1000;
const GPU_RESOURCE = 'nvidia.com/gpu';

export class TracePlayer {
  readonly #options: TracePlayerOptions;
  readonly #namespace: string;
  readonly #live = new Map<string, LivePod>();
  readonly #timers = new Set<Timer>();
  #unwatch: (() => void) | undefined;
  #owner: KubeObject | undefined;
  #startedAtMs = 0;
  #created = 0;
  #running = 0;
  #finished = 0;
  #lost = 0;

  constructor(options: TracePlayerOptions) {
    this.#options = options;
    this.#namespace = options.namespace ?? 'trace';
  }

  start(): void {
    const { store, clock, evictable = false } = this.#options;
    const name = this.#namespace;
    if (store.find('namespaces', '', name) === undefined) store.create('namespaces', { metadata: { name } });
    if (evictable) this.#owner = store.create('jobs', ownerJob(name, this.#options.pods.length));
    this.#startedAtMs = clock.monotonic();
    this.#unwatch = store.watch('pods', (event) => this.#onPod(event));
    this.#createDue();
  }

  stop(): void {
    this.#unwatch?.();
    for (const timer of this.#timers) timer.cancel();
    this.#timers.clear();
  }

  get progress(): TraceProgress {
    const pods = this.#options.pods.length;
    const [created, running, finished, lost] = [this.#created, this.#running, this.#finished, this.#lost];
    return { pods, created, running, finished, lost };
  }

  /** Whether every pod has been created and has come to its end. */
  get isOver(): boolean {
    return this.#finished + this.#lost === this.#options.pods.length;
  }

  #after(delayMs: number, step: () => void): void {
    const timer = this.#options.clock.setTimer(delayMs, () => {
      this.#timers.delete(timer);
      step();
    });
    this.#timers.add(timer);
  }

  /** Creates the pods whose time has come, and waits for the next. */
  #createDue(): void {
    const elapsedMs = this.#options.clock.monotonic() - this.#startedAtMs;
    for (;;) {
      const pod = this.#options.pods[this.#created];
      if (pod === undefined) return;
      if (pod.createdAtMs > elapsedMs) {
        this.#after(pod.createdAtMs - elapsedMs, () => this.#createDue());
        return;
      }
      this.#created++;
      this.#create({ pod, remake: 0, leftMs: pod.durationMs, startedAtMs: undefined, finished: false });
    }
  }

  #create(live: LivePod): void {
    const name = live.remake === 0 ? live.pod.name : `${live.pod.name}-r${live.remake}`;
    const pod = newPod(live, { name, namespace: this.#namespace, owner: this.#owner });
    this.#live.set(this.#options.store.create('pods', pod).metadata.uid, live);
  }

  #onPod({ type, object }: StoreEvent): void {
    const { uid } = object.metadata;
    const live = this.#live.get(uid);
    if (live === undefined) return;
    if (type === 'DELETED') {
      this.#live.delete(uid);
      this.#onGone(live);
      return;
    }
    const { phase } = podStatus(object);
    if (phase === 'Running' && live.startedAtMs === undefined) {
      live.startedAtMs = this.#options.clock.monotonic();
      this.#running++;
    } else if (phase === 'Succeeded' && !live.finished) {
      live.finished = true;
      this.#running--;
      this.#finished++;
      this.#after(FINISHED_POD_LINGER_MS, () => this.#delete(object));
    }
  }

  #delete({ metadata: { name, uid } }: KubeObject): void {
    const { store } = this.#options;
    if (store.find('pods', this.#namespace, name)?.metadata.uid !== uid) return;
    store.delete('pods', this.#namespace, name, { graceSeconds: 0 });
  }

  #onGone(live: LivePod): void {
    if (live.finished) return;
    if (live.startedAtMs !== undefined) this.#running--;
    if (this.#owner === undefined) {
      this.#lost++;
      return;
    }
    const ranMs = live.startedAtMs === undefined ? 0 : this.#options.clock.monotonic() - live.startedAtMs;
    const leftMs = live.leftMs === undefined ? undefined : Math.max(1, live.leftMs - ranMs);
    this.#after(0, () =>
      this.#create({ pod: live.pod, remake: live.remake + 1, leftMs, startedAtMs: undefined, finished: false }),
    );
  }
}

/** Owns the pods; the Job controller leaves it alone, because another manages it. */
function ownerJob(namespace: string, pods: number): NewObject {
  return {
    metadata: { name: OWNER_JOB, namespace },
    spec: {
      managedBy: MANAGED_BY,
      parallelism: pods,
      completions: pods,
      template: { spec: { restartPolicy: 'Never', containers: [{ name: 'main', image: 'example/trace' }] } },
    },
  };
}

function newPod(
  { pod, leftMs }: LivePod,
  { name, namespace, owner }: { name: string; namespace: string; owner: KubeObject | undefined },
): NewObject {
  const gpu = pod.gpus === 0 ? {} : { [GPU_RESOURCE]: String(pod.gpus) };
  const requests = { cpu: `${pod.milliCpu}m`, memory: `${pod.memoryMib}Mi`, ...gpu };
  return {
    metadata: {
      name,
      namespace,
      ...(leftMs !== undefined && { annotations: { [DURATION_ANNOTATION]: formatDuration(leftMs) } }),
      ...(owner !== undefined && { ownerReferences: [ownerReferenceTo(owner)] }),
    },
    spec: {
      restartPolicy: 'Never',
      containers: [{ name: 'main', image: 'example/trace', resources: { requests, limits: gpu } }],
      ...(pod.gpus > 0 && { tolerations: [{ key: GPU_RESOURCE, operator: 'Exists' }] }),
    },
  };
}
