/** Who acted when: what replicas changed in the cluster and in the cloud. The lease itself and events are no acts. */
import type { World } from '../machinery/world.ts';

interface Act {
  readonly replica: string;
  readonly atMs: number;
  readonly what: string;
}

const CHANGES = new Set(['create', 'update', 'patch', 'delete']);
const NO_ACTS = new Set(['leases', 'events']);

/** In the order of time; both histories are of the same machine's clock. */
export function actsOf(world: World, sinceMs: number): readonly Act[] {
  const inCluster = world
    .audit()
    .filter(({ verb, resource }) => CHANGES.has(verb) && !NO_ACTS.has(resource))
    .map(({ replica, atMs, verb, resource, name }) => ({ replica, atMs, what: `${verb} ${resource} ${name}` }));
  const inCloud = world.cloud.writes.map(({ client, atMs, method, path }) => ({
    replica: client,
    atMs,
    what: `${method} ${path}`,
  }));
  return [...inCluster, ...inCloud].filter(({ atMs }) => atMs >= sinceMs).toSorted((a, b) => a.atMs - b.atMs);
}

/** Each return to a replica after another has acted: with one change of leaders in a story there is none. */
export function overlaps(acts: readonly Act[]): readonly string[] {
  const finished = new Set<string>();
  const wrong: string[] = [];
  let current: string | undefined;
  for (const { replica, what } of acts) {
    if (replica === current) continue;
    if (current !== undefined) finished.add(current);
    if (finished.has(replica)) wrong.push(`${replica} acted again after another: ${what}`);
    current = replica;
  }
  return wrong;
}
