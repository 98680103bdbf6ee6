/**
 * The part of a removal between the taint and the cloud: replacing, draining, settling, and being ready. Pure.
 *
 * 1. Every look asks all of it anew: the taint, the pods that are there now, what protects them. Nothing that an earlier
 *    look found is relied upon (I2).
 * 2. Each wait is bounded. When volumes or a requested delay take longer than theirs, the removal goes on, since no pod
 *    is at stake; when pods do, it is rolled back.
 */
import { podKey } from '../cluster/facts.ts';
import { unreachable } from '../cluster/invariant.ts';
import { TO_BE_DELETED_TAINT } from '../node-groups/taints.ts';
import type { MovablePods } from '../scale-down/drainability.ts';
import type { DrainOptions } from '../scale-down/options.ts';
import { daemonSetEvictions, daemonSetMembers, drainStep, longestDrainMs, stuckPod } from './evictions.ts';
import type { Evictions } from './evictions.ts';
import type { NodeSight, Removal, StateOf, Step } from './removal-state.ts';
import { NOT_ASKED, to, unchanged } from './removal-state.ts';
import { rollBack } from './rollback.ts';
import { SURGE_WITHIN_MS, describeSurge, openSurges, surgeStep } from './surge.ts';

/** How long the taint may take to show up in what we watch, after the delay that is waited anyway. */
const TAINT_SEEN_WITHIN_MS = 30_000;
/** Between looks at a node that settles: nothing that it waits for wakes a pass. */
const SETTLING_LOOK_MS = 5000;
const DELAY_DELETION = 'delay-deletion.cluster-autoscaler.kubernetes.io/';
const NO_EVICTIONS: Evictions = new Map();

export interface Look {
  readonly sight: NodeSight;
  readonly options: DrainOptions;
  readonly now: number;
}

export function lookWhileWaiting(removal: Removal, state: StateOf<'waiting'>, look: Look): Step {
  const { sight, options, now } = look;
  const dueAtMs = state.taintedAtMs + options.deleteDelayAfterTaintMs;
  const tainted = isTainted(sight);
  if (now < dueAtMs) {
    if (!tainted || state.seen) return unchanged(removal);
    return to(removal, { ...state, seen: true }, [{ kind: 'taint-seen', afterMs: now - state.taintedAtMs }]);
  }
  if (!tainted) {
    if (now < dueAtMs + TAINT_SEEN_WITHIN_MS) return unchanged(removal);
    return rollBack(removal, 'its taint did not show up, or was taken off by somebody else');
  }
  if (sight.refused !== undefined) {
    return rollBack(removal, `pod ${podKey(sight.refused.pod)} must not be evicted now: ${sight.refused.detail}`);
  }
  const surging: StateOf<'surging'> = { kind: 'surging', sinceMs: dueAtMs, surges: new Map() };
  return lookWhileSurging({ ...removal, state: surging }, surging, look);
}

export function lookWhileSurging(removal: Removal, state: StateOf<'surging'>, look: Look): Step {
  const { sight, now } = look;
  const pods = podsToLeave(removal, sight);
  if (typeof pods === 'string') return rollBack(removal, pods);
  const { surges, effects } = surgeStep(state.surges, pods.evict, now);
  const [open] = openSurges(surges);
  if (open === undefined) return beginDrain(removal, state, pods, look);
  if (now > state.sinceMs + SURGE_WITHIN_MS) return rollBack(removal, describeSurge(open));
  return to(removal, { ...state, surges }, effects);
}

function beginDrain(removal: Removal, from: StateOf<'surging'>, pods: MovablePods, look: Look): Step {
  const { options, now } = look;
  // A drain that is taken up again has been going on since then, though each pod is asked once more at least.
  const begunMs = from.surges.size > 0 ? now : Math.max(from.sinceMs, now - options.maxPodEvictionTimeMs);
  const state: StateOf<'draining'> = {
    kind: 'draining',
    sinceMs: begunMs,
    evictions: NO_EVICTIONS,
    daemonSet: daemonSetMembers(pods, options, removal.drains),
    takenUpSinceMs: begunMs,
    deletion: NOT_ASKED,
  };
  const first = lookWhileEmptying({ ...removal, state }, state, look);
  if (first.removal.state.kind === 'rolling-back') return first;
  return { removal: first.removal, effects: [...daemonSetEvictions(pods, options, removal.drains), ...first.effects] };
}

/** Whatever the removal has got to, pods that are there are asked to leave first. */
export function lookWhileEmptying(
  removal: Removal,
  state: StateOf<'draining' | 'settling' | 'ready'>,
  look: Look,
): Step {
  const { sight, options, now } = look;
  const pods = podsToLeave(removal, sight);
  if (typeof pods === 'string') return rollBack(removal, pods);
  const draining = drainingAgain(state);
  const emptying = { ...sight, pods };
  const next = drainStep(draining, emptying, options, now);
  switch (next.kind) {
    case 'stuck':
      return rollBack(removal, next.message, stuckPod(next.pod, next.message));
    case 'draining':
      if (now > draining.sinceMs + longestDrainMs(options, emptying))
        return rollBack(removal, 'its drain took too long');
      return to(removal, { ...afterFirstLook(draining), evictions: next.evictions }, next.effects);
    case 'empty':
      return settle(removal, state, look);
    default:
      return unreachable(next);
  }
}

function drainingAgain(state: StateOf<'draining' | 'settling' | 'ready'>): StateOf<'draining'> {
  if (state.kind === 'draining') return state;
  const { drainingSinceMs: sinceMs, deletion } = state;
  return { kind: 'draining', sinceMs, evictions: NO_EVICTIONS, daemonSet: new Set(), deletion };
}

function afterFirstLook({ takenUpSinceMs: _taken, ...state }: StateOf<'draining'>): StateOf<'draining'> {
  return state;
}

function settle(removal: Removal, state: StateOf<'draining' | 'settling' | 'ready'>, look: Look): Step {
  const { now } = look;
  const { deletion } = state;
  if (state.kind === 'ready') return unchanged(removal);
  const drainingSinceMs = state.kind === 'draining' ? state.sinceMs : state.drainingSinceMs;
  const sinceMs = state.kind === 'draining' ? now : state.sinceMs;
  const waitsFor = settlesFor(look, now - sinceMs);
  if (waitsFor === undefined) return to(removal, { kind: 'ready', sinceMs: now, drainingSinceMs, deletion });
  const nextAtMs = now + SETTLING_LOOK_MS;
  return to(removal, { kind: 'settling', sinceMs, drainingSinceMs, waitsFor, nextAtMs, deletion });
}

/** What the deletion of an emptied node still waits for, for people. */
function settlesFor({ sight, options }: Look, waitedMs: number): string | undefined {
  const delay = Object.keys(sight.node?.annotations ?? {}).find((key) => key.startsWith(DELAY_DELETION));
  if (delay !== undefined && waitedMs < options.deletionDelayTimeoutMs) return `annotation ${delay}`;
  const [volume] = sight.strayVolumes;
  if (volume !== undefined && waitedMs < options.volumeDetachTimeoutMs) return `volume ${volume} to be detached`;
  return undefined;
}

/** The pods that may leave; or why the node is kept. */
function podsToLeave(removal: Removal, sight: NodeSight): MovablePods | string {
  if (!isTainted(sight)) return 'its taint was taken off by somebody else';
  const { pods } = sight;
  if (pods.kind === 'blocked') return `pod ${podKey(pods.pod)} keeps it: ${pods.detail}`;
  const [waitedFor] = pods.onCompletion;
  if (waitedFor !== undefined) return `pod ${podKey(waitedFor)} has to end first`;
  const [arrived] = pods.evict;
  if (removal.drains || arrived === undefined) return pods;
  return `pod ${podKey(arrived)} has come to it, and it was to go as an empty node`;
}

function isTainted({ node }: NodeSight): boolean {
  return node?.taints.some(({ key }) => key === TO_BE_DELETED_TAINT) ?? false;
}
