/** Giving a removal up: what was done to the node is taken back, and people are told why. */
import { nodeRemovalFailed } from './events.ts';
import type { NodeIdentity } from './ports.ts';
import type { Effect, NodeSight, Removal, RemovalEvent, StateOf, Step } from './removal-state.ts';
import { to, unchanged } from './removal-state.ts';

/** Between attempts to take the marks back. */
const ROLLBACK_RETRY_MS = 10_000;

export function rollBack(removal: Removal, message: string, effects: readonly Effect[] = []): Step {
  const event = nodeRemovalFailed(identity(removal), removal.drains, message);
  return to(removal, { kind: 'rolling-back', message, nextAtMs: undefined }, [
    ...effects,
    { kind: 'event', event },
    { kind: 'unmark', uncordon: removal.cordoned },
  ]);
}

/** Tries again when it is time. */
export function lookWhileRollingBack(
  removal: Removal,
  state: StateOf<'rolling-back'>,
  sight: NodeSight,
  now: number,
): Step {
  if (sight.node === undefined) return to(removal, { kind: 'failed', message: state.message });
  if (state.nextAtMs === undefined || state.nextAtMs > now) return unchanged(removal);
  return to(removal, { ...state, nextAtMs: undefined }, [{ kind: 'unmark', uncordon: removal.cordoned }]);
}

export function unmarked(
  removal: Removal,
  result: Extract<RemovalEvent, { kind: 'unmarked' }>['result'],
  now: number,
): Step {
  const { state } = removal;
  if (state.kind !== 'rolling-back') return unchanged(removal);
  if (result.ok) return to(removal, { kind: 'failed', message: state.message });
  return to(removal, { ...state, nextAtMs: now + ROLLBACK_RETRY_MS });
}

export function identity({ node, uid }: Removal): NodeIdentity {
  return { name: node, uid };
}
