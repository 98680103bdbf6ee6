/** Worlds of several pools, in which nodes are removed by the dozen. */
import { aCluster, aController, aNode, aPod } from '../cluster/fixtures.test-support.ts';
import { failure } from '../runtime/result.ts';
import { SECOND_MS } from '../scale-down/fixtures.test-support.ts';
import type { DrainOptions } from '../scale-down/options.ts';
import type { PlannedRemoval } from '../scale-down/plan.ts';
import { World } from './world.test-support.ts';

const TAINT = 'ToBeDeletedByClusterAutoscaler';
export const AFTER_TAINT_MS = 5 * SECOND_MS;

/** Nodes `a1`, `a2`, … in a pool `a`, and so on for each letter. */
export function poolsOf(sizes: Readonly<Record<string, number>>, drain: Partial<DrainOptions> = {}): World {
  const nodes = Object.entries(sizes).flatMap(([pool, size]) =>
    Array.from({ length: size }, (_, index) => aNode({ name: `${pool}${index + 1}` })),
  );
  const controllers = [aController('ReplicaSet', 'web'), aController('DaemonSet', 'agent')];
  return new World(aCluster({ nodes, controllers }), drain, ({ name }) => name.slice(0, 1));
}

/** Gives the node a pod that has to move. */
export function occupy(world: World, nodeName: string): void {
  world.apply(aPod({ name: `on-${nodeName}`, nodeName, owner: 'web' }));
}

/** Plans to remove these nodes, each as what it is; `whole`: those of a pool go together or not at all. */
export function planned(world: World, names: readonly string[], whole = false): readonly PlannedRemoval[] {
  return names.map((name) => {
    const slot = world.cluster.slotOf(name) ?? -1;
    return world.planned(name, world.cluster.podsOn(slot).size === 0, { wholeGroup: whole });
  });
}

export function namesOf(pool: string, count: number): readonly string[] {
  return Array.from({ length: count }, (_, index) => `${pool}${index + 1}`);
}

export function calls(world: World, pool: string): readonly string[] {
  return (world.pools.get(pool)?.calls ?? []).map((call) => call.replaceAll(/delete |vultr:\/\//g, ''));
}

export function isTainted(world: World, node: string): boolean {
  return world.node(node).taints.some(({ key }) => key === TAINT);
}

export async function passes(world: World, count: number, ms = 10 * SECOND_MS): Promise<void> {
  for (let pass = 0; pass < count; pass++) await world.pass(ms);
}

/** Tainting this node does not work. */
export function refuseTaint(world: World, refused: string): void {
  world.kubernetes.onChange = (node, change) =>
    node === refused && change.addTaints !== undefined ? Promise.resolve(failure({ message: 'no' })) : undefined;
}
