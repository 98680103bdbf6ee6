/** The labels and taints of a node pool, one by one: the only way to take one away. */
import { type NodePool, labelMap, nodeTaints } from './cluster.ts';
import { page } from './paging.ts';
import { mergeLabels, mergeTaints } from './pool-creation.ts';
import { NO_CONTENT, refusal } from './reply.ts';
import { labelRequest, taintRequest, withBody } from './requests.ts';
import type { Route } from './router.ts';
import { type World, withPool } from './world.ts';

const POOL = '/v2/kubernetes/clusters/:cluster/node-pools/:pool';
const LABELS = `${POOL}/labels`;
const TAINTS = `${POOL}/taints`;

/** Documented for bodies that make no sense, on these routes only. */
const UNPROCESSABLE = 422;

export function labelRoutes(world: World): readonly Route[] {
  return [
    {
      method: 'GET',
      path: LABELS,
      answer: (call) =>
        withPool(world, call, (pool) =>
          page('labels', pool.labels, { query: call.query, pageSize: world.settings().pageSize }),
        ),
    },
    {
      method: 'POST',
      path: LABELS,
      answer: (call) =>
        withPool(world, call, (pool) =>
          withBody(
            call,
            labelRequest,
            ({ key, value }) => {
              pool.labels = mergeLabels(world, pool.labels, { [key]: value });
              relabelNodes(world, pool);
              return { status: 201, body: { label: pool.labels.find((label) => label.key === key) } };
            },
            UNPROCESSABLE,
          ),
        ),
    },
    {
      method: 'GET',
      path: `${LABELS}/:label`,
      answer: (call) =>
        withPool(world, call, (pool) => {
          const label = pool.labels.find(({ id }) => id === call.params['label']);
          return label === undefined ? refusal(404, 'Invalid label ID') : { status: 200, body: { label } };
        }),
    },
    {
      method: 'DELETE',
      path: `${LABELS}/:label`,
      answer: (call) =>
        withPool(world, call, (pool) => {
          const kept = pool.labels.filter(({ id }) => id !== call.params['label']);
          if (kept.length === pool.labels.length) return refusal(404, 'Invalid label ID');
          pool.labels = kept;
          relabelNodes(world, pool);
          return NO_CONTENT;
        }),
    },
  ];
}

export function taintRoutes(world: World): readonly Route[] {
  return [
    {
      method: 'GET',
      path: TAINTS,
      answer: (call) =>
        withPool(world, call, (pool) =>
          page('taints', pool.taints, { query: call.query, pageSize: world.settings().pageSize }),
        ),
    },
    {
      method: 'POST',
      path: TAINTS,
      answer: (call) =>
        withPool(world, call, (pool) =>
          withBody(
            call,
            taintRequest,
            (taint) => {
              pool.taints = mergeTaints(world, pool.taints, [taint]);
              relabelNodes(world, pool);
              const added = pool.taints.find(({ key, effect }) => key === taint.key && effect === taint.effect);
              return { status: 201, body: { taint: added } };
            },
            UNPROCESSABLE,
          ),
        ),
    },
    {
      method: 'GET',
      path: `${TAINTS}/:taint`,
      answer: (call) =>
        withPool(world, call, (pool) => {
          const taint = pool.taints.find(({ id }) => id === call.params['taint']);
          return taint === undefined ? refusal(404, 'Invalid taint ID') : { status: 200, body: { taint } };
        }),
    },
    {
      method: 'DELETE',
      path: `${TAINTS}/:taint`,
      answer: (call) =>
        withPool(world, call, (pool) => {
          const kept = pool.taints.filter(({ id }) => id !== call.params['taint']);
          if (kept.length === pool.taints.length) return refusal(404, 'Invalid taint ID');
          pool.taints = kept;
          relabelNodes(world, pool);
          return NO_CONTENT;
        }),
    },
  ];
}

/**
 * Machines that have not joined yet will join with these labels and taints. (The API says that nodes which are there get
 * them too; whether they really do is unknown, and here they do not.)
 */
export function relabelNodes(world: World, pool: NodePool): void {
  for (const machine of world.view.living(pool)) {
    world.fleet.relabel(machine.instance.id, labelMap(pool), nodeTaints(pool));
  }
}
