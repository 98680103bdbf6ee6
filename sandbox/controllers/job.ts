/**
 * The Job controller: runs pods, at most `parallelism` at a time, until `completions` of them have succeeded, or more than
 * `backoffLimit` have failed.
 *
 * 1. A pod that succeeded or failed counts once, and still counts after the pod is gone.
 * 2. A pod that is evicted or lost with its node is replaced at once and counts as neither.
 * 3. A Job with a `managedBy` of somebody else, or that is suspended, gets no pods from here.
 */
import { formatTimestamp, parseTimestamp } from '../../src/runtime/timestamps.ts';
import type { KubeObject } from '../kubernetes/object.ts';
import { podFromTemplate } from './pod-template.ts';
import { type PodTemplate, isActive, isReady, isTerminal, namespaceOf, podStatus, withCondition } from './shapes.ts';
import { type ControllerContext, startWorkloadController, updateStatus } from './workload-controller.ts';

interface JobSpec {
  readonly parallelism?: number;
  readonly completions?: number;
  readonly backoffLimit?: number;
  readonly suspend?: boolean;
  readonly managedBy?: string;
  readonly completionMode?: string;
  readonly ttlSecondsAfterFinished?: number;
  readonly template?: PodTemplate;
}

interface JobStatus {
  readonly startTime?: string;
  readonly completionTime?: string;
  readonly conditions?: Parameters<typeof withCondition>[0];
}

/** What has become of a Job's pods, kept beyond their lives. */
interface Tally {
  readonly succeeded: Set<string>;
  readonly failed: Set<string>;
  /** Completion indexes that are done, for completionMode Indexed. */
  readonly doneIndexes: Set<number>;
  /** When the last failure was seen. */
  failedAtMs: number;
}

const OURS = 'kubernetes.io/job-controller';
const INDEX_ANNOTATION = 'batch.kubernetes.io/job-completion-index';
const DEFAULT_BACKOFF_LIMIT = 6;
/** After a failure the next pod waits 10 s, then 20 s, 40 s … up to 6 minutes. */
const FIRST_BACKOFF_MS = 10_000;
const LONGEST_BACKOFF_MS = 360_000;

export function startJobController(context: ControllerContext): { stop(): void } {
  const tallies = new Map<string, Tally>();
  const workload = startWorkloadController(context, {
    resource: 'jobs',
    kind: 'Job',
    owned: context.ownedPods,
    reconcile: (job, again) => reconcile(context, { job, tally: tallyOf(tallies, job), again }),
  });
  // A pod may be removed in the very turn in which it finished: its outcome is taken down as it happens.
  context.ownedPods.onChange((owner, { object }) => {
    if (owner.kind === 'Job' && isTerminal(object)) record(tallyFor(tallies, owner.uid), object, context.clock.now());
  });
  const unwatch = context.store.watch('jobs', ({ type, object }) => {
    if (type === 'DELETED') tallies.delete(object.metadata.uid);
  });
  return {
    stop() {
      workload.stop();
      unwatch();
    },
  };
}

interface Reconciliation {
  readonly job: KubeObject;
  readonly tally: Tally;
  readonly again: (delayMs: number) => void;
}

function reconcile(context: ControllerContext, { job, tally, again }: Reconciliation): void {
  const { store, clock, ownedPods } = context;
  const spec: JobSpec = job.spec ?? {};
  const status: JobStatus = job.status ?? {};
  if ((spec.managedBy ?? OURS) !== OURS) return;
  const active = ownedPods.of(job.metadata.uid).filter(isActive);
  const outcome = outcomeOf(spec, tally, active.length);
  const now = formatTimestamp(clock.now());
  const stopped = outcome !== undefined || spec.suspend === true;
  const wanted = stopped ? 0 : wantedPods(spec, tally, active.length);
  for (const pod of active.slice(wanted)) remove(context, pod);
  const missing = wanted - active.length;
  const waitMs = missing > 0 ? backoffLeftMs(tally, clock.now()) : 0;
  if (waitMs > 0) again(waitMs);
  else if (missing > 0) createPods(context, { job, spec, count: missing, taken: takenIndexes(tally, active) });
  const finish = outcome === undefined ? {} : finishedStatus(status, outcome, now);
  updateStatus(store, 'jobs', job, {
    startTime: status.startTime ?? now,
    active: Math.min(active.length, wanted),
    ready: active.slice(0, wanted).filter(isReady).length,
    succeeded: tally.succeeded.size,
    failed: tally.failed.size,
    ...finish,
  });
  if (outcome !== undefined) expire(context, job, again);
}

type Outcome = 'Complete' | 'Failed';

function outcomeOf(spec: JobSpec, tally: Tally, active: number): Outcome | undefined {
  if (tally.failed.size > (spec.backoffLimit ?? DEFAULT_BACKOFF_LIMIT)) return 'Failed';
  // Without a number of completions the first success ends the Job once no pod is left.
  if (spec.completions === undefined) return tally.succeeded.size > 0 && active === 0 ? 'Complete' : undefined;
  return tally.succeeded.size >= spec.completions ? 'Complete' : undefined;
}

function wantedPods({ parallelism = 1, completions }: JobSpec, tally: Tally, active: number): number {
  if (completions === undefined) return tally.succeeded.size > 0 ? active : parallelism;
  return Math.min(parallelism, completions - tally.succeeded.size);
}

function backoffLeftMs(tally: Tally, nowMs: number): number {
  if (tally.failed.size === 0) return 0;
  const backoffMs = Math.min(LONGEST_BACKOFF_MS, FIRST_BACKOFF_MS * 2 ** (tally.failed.size - 1));
  return Math.max(0, tally.failedAtMs + backoffMs - nowMs);
}

function createPods(
  { store }: ControllerContext,
  { job, spec, count, taken }: { job: KubeObject; spec: JobSpec; count: number; taken: ReadonlySet<number> },
): void {
  let index = 0;
  for (let created = 0; created < count; created++) {
    if (spec.completionMode !== 'Indexed') {
      store.create('pods', podFromTemplate(job, spec.template));
      continue;
    }
    while (taken.has(index)) index++;
    const text = String(index++);
    const identity = { annotations: { [INDEX_ANNOTATION]: text }, labels: { [INDEX_ANNOTATION]: text } };
    store.create('pods', podFromTemplate(job, spec.template, identity));
  }
}

function takenIndexes(tally: Tally, active: readonly KubeObject[]): ReadonlySet<number> {
  return new Set([...tally.doneIndexes, ...active.map(indexOf)]);
}

function indexOf(pod: KubeObject): number {
  return Number(pod.metadata.annotations?.[INDEX_ANNOTATION] ?? Number.NaN);
}

function remove({ store }: ControllerContext, pod: KubeObject): void {
  store.delete('pods', namespaceOf(pod), pod.metadata.name, { uid: pod.metadata.uid });
}

function finishedStatus(status: JobStatus, outcome: Outcome, now: string): object {
  const reason = outcome === 'Complete' ? 'CompletionsReached' : 'BackoffLimitExceeded';
  return {
    conditions: withCondition(status.conditions, { type: outcome, status: 'True', reason, lastTransitionTime: now }),
    ...(outcome === 'Complete' && { completionTime: status.completionTime ?? now }),
  };
}

/** Removes a finished Job once its time to live is over; what it owns goes with it. */
function expire({ store, clock }: ControllerContext, job: KubeObject, again: (delayMs: number) => void): void {
  const spec: JobSpec = job.spec ?? {};
  const status: JobStatus = store.get('jobs', namespaceOf(job), job.metadata.name).status ?? {};
  if (spec.ttlSecondsAfterFinished === undefined) return;
  const finishedAt = status.conditions?.find(
    ({ type }) => type === 'Complete' || type === 'Failed',
  )?.lastTransitionTime;
  const endMs = (parseTimestamp(finishedAt ?? '') ?? clock.now()) + spec.ttlSecondsAfterFinished * 1000;
  if (clock.now() >= endMs) store.delete('jobs', namespaceOf(job), job.metadata.name);
  else again(endMs - clock.now());
}

function tallyOf(tallies: Map<string, Tally>, job: KubeObject): Tally {
  return tallyFor(tallies, job.metadata.uid);
}

function tallyFor(tallies: Map<string, Tally>, uid: string): Tally {
  let tally = tallies.get(uid);
  if (tally === undefined) {
    tally = { succeeded: new Set(), failed: new Set(), doneIndexes: new Set(), failedAtMs: 0 };
    tallies.set(uid, tally);
  }
  return tally;
}

function record(tally: Tally, pod: KubeObject, nowMs: number): void {
  const { uid } = pod.metadata;
  if (podStatus(pod).phase === 'Succeeded') {
    tally.succeeded.add(uid);
    tally.doneIndexes.add(indexOf(pod));
  } else if (!tally.failed.has(uid)) {
    tally.failed.add(uid);
    tally.failedAtMs = nowMs;
  }
}
