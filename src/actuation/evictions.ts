/**
 * The draining part of a removal: which pods to ask to leave now, and when to give up.
 *
 * 1. A pod is asked at once, then again after each refusal, for `--max-pod-eviction-time`; at least once.
 * 2. A granted pod has to be gone within the longest grace period and {@link HEADROOM_MS}.
 * 3. Pods that turn up during the drain are asked as well; the drain as a whole is bounded all the same.
 * 4. DaemonSet pods are asked once, by flag or annotation, and not waited for.
 * 5. With `--drain-priority-config` the pods go in steps, the lowest priority first, each step when none of the one before
 *    is left; DaemonSet pods that are asked are full members of their step.
 */
import type { PodFacts } from '../cluster/facts.ts';
import { podKey } from '../cluster/facts.ts';
import type { Result } from '../runtime/result.ts';
import type { MovablePods } from '../scale-down/drainability.ts';
import type { DrainOptions } from '../scale-down/options.ts';
import { graceSeconds, longestGraceMs, stepOf } from './drain-steps.ts';
import { podEvictionFailed, podEvictionStarted } from './events.ts';
import type { EvictionOutcome, WriteFailure } from './ports.ts';
import type { Effect, Eviction, NodeSight, StateOf } from './removal-state.ts';

const DAEMON_SET_EVICTION = 'cluster-autoscaler.kubernetes.io/enable-ds-eviction';
/** Between a pod's grace period and the moment at which it has to be gone: for volumes and slow kubelets. */
const HEADROOM_MS = 30_000;
/** Before a refused or failed eviction is tried again, unless the server names a shorter time. */
const EVICTION_RETRY_MS = 10_000;
const SHORTEST_RETRY_MS = 1000;
/** Evictions of one node that are asked for at once. */
const MAX_EVICTIONS_ASKED = 32;

export type Evictions = ReadonlyMap<string, Eviction>;

export type DrainStep =
  | { readonly kind: 'empty' }
  | { readonly kind: 'draining'; readonly evictions: Evictions; readonly effects: readonly Effect[] }
  | { readonly kind: 'stuck'; readonly pod: PodFacts; readonly message: string };

/** Looks at the node: who is still there, who has to be asked now. */
export function drainStep(
  state: StateOf<'draining'>,
  sight: NodeSight & { readonly pods: MovablePods },
  options: DrainOptions,
  now: number,
): DrainStep {
  const next = new Map([...state.evictions].filter(([uid]) => sight.present.has(uid)));
  const stuck = [...next.values()].find((eviction) => isStuck(eviction, options, now));
  if (stuck !== undefined) return { kind: 'stuck', pod: stuck.pod, message: wordsFor(stuck) };
  const members = sight.pods.daemonSet.filter(({ uid }) => state.daemonSet.has(uid));
  const leaving = [...sight.pods.evict, ...sight.pods.expendable, ...members];
  if (next.size === 0 && leaving.length === 0) return { kind: 'empty' };
  const current = Math.min(
    ...[...leaving, ...[...next.values()].map(({ pod }) => pod)].map((pod) => stepOf(pod, options)),
  );
  const firstAtMs = state.takenUpSinceMs ?? now;
  const effects: Effect[] = [];
  let asked = [...next.values()].filter(({ phase }) => phase.kind === 'asked').length;
  for (const pod of leaving) {
    if (stepOf(pod, options) !== current) continue;
    const known = next.get(pod.uid);
    if (known === undefined && pod.deletion !== undefined) {
      // Somebody else has asked it to leave.
      next.set(pod.uid, { pod, firstAtMs: now, phase: { kind: 'granted', atMs: now } });
    } else if (isDue(known, now) && asked < MAX_EVICTIONS_ASKED) {
      asked += 1;
      next.set(pod.uid, { pod, firstAtMs: known?.firstAtMs ?? firstAtMs, phase: { kind: 'asked' } });
      if (known === undefined) effects.push({ kind: 'event', event: podEvictionStarted(pod) });
      effects.push({ kind: 'evict', pod, graceSeconds: graceSeconds(pod, options), awaited: true });
    }
  }
  return { kind: 'draining', evictions: next, effects };
}

/** What the server said to one eviction. */
export function evictionAnswered(
  evictions: Evictions,
  podUid: string,
  result: Result<EvictionOutcome, WriteFailure>,
  now: number,
): Evictions {
  const known = evictions.get(podUid);
  if (known === undefined) return evictions;
  return new Map(evictions).set(podUid, { ...known, phase: phaseAfter(result, now) });
}

/** Tells that the pod leaves, once the server has agreed. */
export function evictionOver(
  evictions: Evictions,
  podUid: string,
  result: Result<EvictionOutcome, WriteFailure>,
): readonly Effect[] {
  const known = evictions.get(podUid);
  if (known === undefined || !result.ok || result.value.kind !== 'evicted') return [];
  return [{ kind: 'eviction-over', pod: podKey(known.pod), succeeded: true }];
}

/** The DaemonSet pods of the node that are asked to leave, once and without waiting. */
export function daemonSetEvictions(pods: MovablePods, options: DrainOptions, drains: boolean): Effect[] {
  if (options.priorityGroups.length > 0) return [];
  return evictedDaemonSetPods(pods, options, drains).map((pod) => ({
    kind: 'evict',
    pod,
    graceSeconds: graceSeconds(pod, options),
    awaited: false,
  }));
}

/** The DaemonSet pods that are drained like any other, by uid. Those that their controllers make anew are not. */
export function daemonSetMembers(pods: MovablePods, options: DrainOptions, drains: boolean): ReadonlySet<string> {
  if (options.priorityGroups.length === 0) return new Set();
  return new Set(evictedDaemonSetPods(pods, options, drains).map(({ uid }) => uid));
}

function evictedDaemonSetPods(pods: MovablePods, options: DrainOptions, drains: boolean): readonly PodFacts[] {
  const byFlag = drains ? options.evictDaemonSetPodsFromOccupiedNodes : options.evictDaemonSetPodsFromEmptyNodes;
  return pods.daemonSet.filter((pod) => {
    const said = pod.annotations[DAEMON_SET_EVICTION];
    return pod.deletion === undefined && (said === undefined ? byFlag : said === 'true');
  });
}

/** The longest that the drain of a node may take, whatever turns up on it. */
export function longestDrainMs(options: DrainOptions, sight: NodeSight & { readonly pods: MovablePods }): number {
  const steps = Math.max(1, options.priorityGroups.length);
  return steps * (options.maxPodEvictionTimeMs + 2 * HEADROOM_MS) + longestGraceMs(options, sight.pods.evict);
}

function isDue(eviction: Eviction | undefined, now: number): boolean {
  return eviction === undefined || (eviction.phase.kind === 'refused' && eviction.phase.nextAtMs <= now);
}

function isStuck({ pod, firstAtMs, phase }: Eviction, options: DrainOptions, now: number): boolean {
  switch (phase.kind) {
    case 'asked':
      return false;
    case 'refused':
      return Math.max(now, phase.nextAtMs) >= firstAtMs + options.maxPodEvictionTimeMs;
    case 'granted': {
      return now > phase.atMs + longestGraceMs(options, [pod], stepOf(pod, options)) + HEADROOM_MS;
    }
    default:
      return false;
  }
}

function wordsFor({ pod, phase }: Eviction): string {
  return phase.kind === 'refused'
    ? `pod ${podKey(pod)} could not be evicted: ${phase.message}`
    : `pod ${podKey(pod)} was evicted and is still there`;
}

function phaseAfter(result: Result<EvictionOutcome, WriteFailure>, now: number): Eviction['phase'] {
  // A lost reply may hide a granted eviction: asking again is harmless.
  if (!result.ok) return { kind: 'refused', message: result.error.message, nextAtMs: now + EVICTION_RETRY_MS };
  if (result.value.kind !== 'refused') return { kind: 'granted', atMs: now };
  const waitMs = Math.min(Math.max(result.value.retryAfterMs, SHORTEST_RETRY_MS), EVICTION_RETRY_MS);
  return { kind: 'refused', message: result.value.message, nextAtMs: now + waitMs };
}

/** For the pod that a drain failed on. */
export function stuckPod(pod: PodFacts, message: string): readonly Effect[] {
  return [
    { kind: 'event', event: podEvictionFailed(pod, message) },
    { kind: 'eviction-over', pod: podKey(pod), succeeded: false },
  ];
}
