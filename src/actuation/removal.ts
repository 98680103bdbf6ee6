/**
 * The removal of one node, as a state machine: `step(removal, event, …)` says what it becomes and what is to be done.
 * Pure; actuator.ts carries the effects out and brings their answers back as events. All times are monotonic.
 *
 *     tainting → waiting → surging → draining → settling → ready → deleting → leaving → done
 *         └─────────┴─────────┴──────────┴──────────┴────────┴────────┴──────────┴───► rolling back → failed
 *
 * 1. The cloud is asked only in the very look that shows: the taint is there, no pod that has to leave is, and none
 *    that is protected has turned up (I2, I3). Watches may be behind: whoever asks it looks past them first, and holds
 *    the removal back when there is more to see.
 * 2. It is asked again only when a later reading of the cloud shows that nothing was done (I3).
 * 3. A lost reply is no answer: what is there decides (I4).
 * 4. Whoever takes the taint off keeps the node.
 */
import { unreachable } from '../cluster/invariant.ts';
import type { DrainOptions } from '../scale-down/options.ts';
import { deletionAnswered, lookWhileLeaving, turn } from './deleting.ts';
import { lookWhileEmptying, lookWhileSurging, lookWhileWaiting } from './emptying.ts';
import { nodeMarked } from './events.ts';
import { evictionAnswered, evictionOver } from './evictions.ts';
import { isCordonedByUs } from './node-marks.ts';
import type { NodeSight, Removal, RemovalEvent, Step } from './removal-state.ts';
import { NOT_ASKED, to, unchanged } from './removal-state.ts';
import { identity, lookWhileRollingBack, rollBack, unmarked } from './rollback.ts';
import { surgeAnswered } from './surge.ts';

export function step(removal: Removal, event: RemovalEvent, options: DrainOptions, now: number): Step {
  switch (event.kind) {
    case 'begin': {
      // A cordon that an earlier removal of ours left behind is still ours to take back.
      const cordon = event.node.unschedulable ? isCordonedByUs(event.node) : options.cordonNode;
      const begun: Removal = { ...removal, cordoned: cordon };
      return { removal: begun, effects: [{ kind: 'mark', cordon }] };
    }
    case 'marked':
      return marked(removal, event.result, now);
    case 'look':
      return looked(removal, event.sight, options, now);
    case 'surge': {
      const { state } = removal;
      if (state.kind !== 'surging') return unchanged(removal);
      const { surges, effects } = surgeAnswered(state.surges, event.podUid, event.answer, now);
      return to(removal, { ...state, surges }, effects);
    }
    case 'eviction': {
      const { state } = removal;
      if (state.kind !== 'draining') return unchanged(removal);
      const evictions = evictionAnswered(state.evictions, event.podUid, event.result, now);
      return to(removal, { ...state, evictions }, evictionOver(state.evictions, event.podUid, event.result));
    }
    case 'turn':
      return turn(removal, now);
    case 'deletion':
      return deletionAnswered(removal, event.result, now);
    case 'held-back':
      return removal.state.kind === 'deleting' ? rollBack(removal, event.message) : unchanged(removal);
    case 'companion-stays':
      return isTakenBack(removal) ? rollBack(removal, `it was to go together with ${event.node}`) : unchanged(removal);
    case 'unmarked':
      return unmarked(removal, event.result, now);
    default:
      return unreachable(event);
  }
}

function marked(removal: Removal, result: Extract<RemovalEvent, { kind: 'marked' }>['result'], now: number): Step {
  if (removal.state.kind !== 'tainting') return unchanged(removal);
  // It may have been written all the same: the rollback takes back whatever is there.
  if (!result.ok) return rollBack(removal, `it could not be tainted: ${result.error.message}`);
  if (result.value.kind === 'gone') return to(removal, { kind: 'done', how: 'vanished' });
  return to(removal, { kind: 'waiting', taintedAtMs: now, seen: false }, [
    { kind: 'event', event: nodeMarked(identity(removal)) },
  ]);
}

function looked(removal: Removal, sight: NodeSight, options: DrainOptions, now: number): Step {
  const { state } = removal;
  const look = { sight, options, now };
  switch (state.kind) {
    case 'waiting':
      return atPeace(removal, sight) ?? lookWhileWaiting(removal, state, look);
    case 'surging':
      return atPeace(removal, sight) ?? lookWhileSurging(removal, state, look);
    case 'draining':
    case 'settling':
    case 'ready':
      return atPeace(removal, sight) ?? lookWhileEmptying(removal, state, look);
    case 'leaving':
      return lookWhileLeaving(removal, state, sight, now);
    case 'rolling-back':
      return lookWhileRollingBack(removal, state, sight, now);
    case 'tainting':
    case 'deleting':
    case 'done':
    case 'failed':
      return unchanged(removal);
    default:
      return unreachable(state);
  }
}

/** The node or its instance went by itself: nothing is left to be done to it. */
function atPeace(removal: Removal, sight: NodeSight): Step | undefined {
  if (sight.node === undefined) return to(removal, { kind: 'done', how: 'vanished' });
  if (sight.instance !== 'gone' && sight.instance !== 'deleting') return undefined;
  return to(removal, { kind: 'leaving', askedAtMs: sight.cloudSeenAtMs, certain: true, deletion: NOT_ASKED });
}

/** Whether it can still be taken back: the cloud has not been asked, and nothing else has ended it. */
function isTakenBack({ state }: Removal): boolean {
  switch (state.kind) {
    case 'tainting':
    case 'waiting':
    case 'surging':
    case 'draining':
    case 'settling':
    case 'ready':
      return true;
    case 'deleting':
    case 'leaving':
    case 'rolling-back':
    case 'done':
    case 'failed':
      return false;
    default:
      return unreachable(state);
  }
}
