/**
 * `/v2/kubernetes/clusters/{id}/node-pools`.
 *
 * Choices where the real API is unknown: a quantity outside the bounds is accepted, whoever scales; a maximum below the
 * minimum is refused; the last pool of a cluster cannot be deleted.
 */
import { admissionRefusal } from './admission.ts';
import type { Cluster, NodePool } from './cluster.ts';
import { page } from './paging.ts';
import { addPool, mergeLabels, mergeTaints } from './pool-creation.ts';
import { relabelNodes } from './label-routes.ts';
import { ACCEPTED, NO_CONTENT, type Reply, refusal } from './reply.ts';
import { type NewPool, type PoolPatch, newPool, poolPatch, withBody } from './requests.ts';
import type { Route } from './router.ts';
import { type World, withCluster, withPool } from './world.ts';

const POOLS = '/v2/kubernetes/clusters/:cluster/node-pools';
const POOL = `${POOLS}/:pool`;

export function nodePoolRoutes(world: World): readonly Route[] {
  const { settings, view } = world;
  return [
    {
      method: 'GET',
      path: POOLS,
      answer: (call) =>
        withCluster(world, call, (cluster) => {
          const rows = [...cluster.pools.values()].map((pool) => view.pool(pool));
          return page('node_pools', rows, { query: call.query, pageSize: settings().pageSize });
        }),
    },
    {
      method: 'POST',
      path: POOLS,
      answer: (call) =>
        withCluster(world, call, (cluster) => withBody(call, newPool, (body) => create(world, cluster, body))),
    },
    {
      method: 'GET',
      path: POOL,
      answer: (call) => withPool(world, call, (pool) => ({ status: 200, body: { node_pool: view.pool(pool) } })),
    },
    {
      method: 'PATCH',
      path: POOL,
      answer: (call) =>
        withPool(world, call, (pool) => withBody(call, poolPatch, (body) => patchPool(world, pool, body))),
    },
    {
      method: 'DELETE',
      path: POOL,
      answer: (call) =>
        withPool(world, call, (pool, cluster) => {
          if (cluster.pools.size === 1) return refusal(400, 'A cluster must have at least one node pool');
          cluster.pools.delete(pool.id);
          world.provisioner.deletePool(pool);
          return NO_CONTENT;
        }),
    },
  ];
}

function create(world: World, cluster: Cluster, body: NewPool): Reply {
  if ([...cluster.pools.values()].some((pool) => pool.label === body.label)) {
    return refusal(400, 'Node pool labels must be unique in a cluster');
  }
  const plan = world.plans.get(body.plan);
  if (plan === undefined) return refusal(400, 'Invalid plan');
  if ((body.max_nodes ?? Infinity) < (body.min_nodes ?? 1)) return BOUNDS_REFUSAL;
  const refused = admissionRefusal(world, [{ plan, region: cluster.region, count: body.node_quantity }]);
  if (refused !== undefined) return refused;
  const pool = addPool(world, cluster, { ...body, plan, booted: false });
  return { status: 201, body: { node_pool: world.view.poolEcho(pool) } };
}

const BOUNDS_REFUSAL = refusal(400, '`max_nodes` must not be less than `min_nodes`.');

/** Merges: what the body does not name stays, labels and taints are only added or overwritten. */
export function patchPool(world: World, pool: NodePool, body: PoolPatch): Reply {
  const minNodes = body.min_nodes ?? pool.minNodes;
  const maxNodes = body.max_nodes ?? pool.maxNodes;
  if (maxNodes < minNodes) return BOUNDS_REFUSAL;
  const quantity = body.node_quantity ?? pool.quantity;
  if (quantity > pool.quantity) {
    const more = { plan: pool.plan, region: pool.region, count: quantity - pool.quantity };
    const refused = admissionRefusal(world, [more]);
    if (refused !== undefined) return refused;
  }
  pool.minNodes = minNodes;
  pool.maxNodes = maxNodes;
  pool.tag = body.tag ?? pool.tag;
  pool.autoScaler = body.auto_scaler ?? pool.autoScaler;
  pool.userData = body.user_data ?? pool.userData;
  pool.labels = mergeLabels(world, pool.labels, body.labels ?? {});
  pool.taints = mergeTaints(world, pool.taints, body.taints ?? []);
  pool.updatedAtMs = world.clock.now();
  relabelNodes(world, pool);
  if (body.node_quantity !== undefined) world.provisioner.resize(pool, quantity);
  return world.settings().emptyPatchReplies
    ? ACCEPTED
    : { status: 202, body: { node_pool: world.view.poolEcho(pool) } };
}
