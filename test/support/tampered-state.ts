/** A state that has the right form and is wrong in all it says: by a clock, by an edit, by another cluster's copy. */
import { HOUR_MS, type World } from './world.ts';

/** Of every pool and every node of the world. */
export function tamperedState(world: World): Record<string, string> {
  const now = world.clock.now();
  const pools = world.sandbox.cloud.pools().map(({ id }) => id);
  const each = <T>(value: T): Record<string, T> => Object.fromEntries([...pools, 'no-pool'].map((id) => [id, value]));
  const nodes = world.nodes().map(({ metadata }) => metadata);
  const parts = {
    resizes: {
      growthOrder: [...pools, ...pools, 'no-pool'],
      inFlight: each({ to: 100, delta: 99, sinceMs: now + HOUR_MS }),
      scaleUpRequests: each({ increase: 50, sinceMs: 0, untilMs: now - HOUR_MS, to: 2 }),
    },
    backoffs: each({
      durationMs: 99 * HOUR_MS,
      untilMs: now + 99 * HOUR_MS,
      lastFailureMs: now + HOUR_MS,
      cause: 'out-of-stock',
      message: 'for ever',
    }),
    cooldowns: { scaleUpAtMs: now + 99 * HOUR_MS, deleteAtMs: now + 99 * HOUR_MS, groups: {} },
    'given-up-nodes': Object.fromEntries(
      nodes.map(({ name, uid }) => [name, { uid, untilMs: now + 99 * HOUR_MS, message: 'for ever' }]),
    ),
    'never-came': { givenUp: each(50), unregisteredSince: {}, failedSince: {} },
    unneeded: Object.fromEntries(nodes.map(({ name, uid }) => [name, { uid, sinceMs: 0 }])),
    promises: pools.map((groupId) => ({ kin: 'nobody', groupId, sinceMs: 0, nodes: 50 })),
  };
  const data = Object.fromEntries(Object.entries(parts).map(([name, part]) => [name, JSON.stringify(part)]));
  return { ...data, version: '1', 'alive-at': new Date(now).toISOString() };
}
