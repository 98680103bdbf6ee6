/** All that the simulated API acts on. The routes share it; `simulated-vultr.ts` builds it. */
import type { RandomStream } from '../../src/runtime/random.ts';
import type { Cluster, ClusterView, NodePool } from './cluster.ts';
import type { Fleet, FleetContext } from './fleet.ts';
import type { Plan } from './instances.ts';
import type { Provisioner } from './provisioner.ts';
import { type Reply, refusal } from './reply.ts';
import type { Call } from './router.ts';
import type { Stock } from './stock.ts';

export interface World extends FleetContext {
  /** For ids of clusters, pools, labels and taints. */
  readonly ids: RandomStream;
  readonly plans: ReadonlyMap<string, Plan>;
  readonly clusters: Map<string, Cluster>;
  readonly fleet: Fleet;
  readonly stock: Stock;
  readonly provisioner: Provisioner;
  readonly view: ClusterView;
}

/** Answers with the cluster that the path names, or 404. */
export function withCluster(world: World, call: Call, answer: (cluster: Cluster) => Reply): Reply {
  const cluster = world.clusters.get(call.params['cluster'] ?? '');
  return cluster === undefined ? refusal(404, 'Invalid resource ID') : answer(cluster);
}

/** Answers with the pool that the path names, or 404. */
export function withPool(world: World, call: Call, answer: (pool: NodePool, cluster: Cluster) => Reply): Reply {
  return withCluster(world, call, (cluster) => {
    const pool = cluster.pools.get(call.params['pool'] ?? '');
    return pool === undefined ? refusal(404, 'Invalid NodePool ID') : answer(pool, cluster);
  });
}
