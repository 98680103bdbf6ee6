/**
 * The nodes of a pool, one by one.
 *
 * Choices where the real API is unknown: deleting a node lowers the quantity at once, below `min_nodes` too; the last node
 * of a pool is not deleted (a pool has at least one); a node that is being deleted is not found any more.
 */
import type { NodePool } from './cluster.ts';
import { page } from './paging.ts';
import { NO_CONTENT, type Reply, refusal } from './reply.ts';
import type { Call, Route } from './router.ts';
import { type World, withPool } from './world.ts';

const NODES = '/v2/kubernetes/clusters/:cluster/node-pools/:pool/nodes';

export function nodeRoutes(world: World): readonly Route[] {
  return [
    {
      method: 'GET',
      path: NODES,
      answer: (call) =>
        withPool(world, call, (pool) =>
          page('worker_nodes', world.view.nodes(pool), { query: call.query, pageSize: world.settings().pageSize }),
        ),
    },
    {
      method: 'DELETE',
      path: `${NODES}/:node`,
      answer: (call) =>
        withNode(world, call, (pool, id) => {
          if (pool.quantity <= 1) return refusal(400, 'A node pool must have at least one node');
          world.provisioner.deleteNode(pool, id);
          pool.updatedAtMs = world.clock.now();
          return NO_CONTENT;
        }),
    },
    {
      method: 'POST',
      path: `${NODES}/:node/recycle`,
      answer: (call) =>
        withNode(world, call, (pool, id) => {
          world.provisioner.recycleNode(pool, id);
          return NO_CONTENT;
        }),
    },
  ];
}

function withNode(world: World, call: Call, answer: (pool: NodePool, machineId: string) => Reply): Reply {
  return withPool(world, call, (pool) => {
    const id = call.params['node'] ?? '';
    const here = world.view.living(pool).some((machine) => machine.instance.id === id);
    return here ? answer(pool, id) : refusal(404, 'Invalid node ID');
  });
}
