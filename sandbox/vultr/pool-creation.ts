/** A new node pool, from the API or set up directly. */
import type { Cluster, NodePool, PoolLabel, PoolTaint } from './cluster.ts';
import { uuid } from './ids.ts';
import type { Plan } from './instances.ts';
import type { NewPool } from './requests.ts';
import type { World } from './world.ts';

/** The fields are those of the API, except for the plan. */
export interface PoolOrder extends Omit<NewPool, 'plan'> {
  readonly plan: Plan;
  /** Its nodes are there already, active. */
  readonly booted: boolean;
}

/** Documented: both bounds are 1 where nothing is said. */
const DEFAULT_BOUND = 1;

/** Adds the pool and orders its nodes. Whether it may be had was asked before. */
export function addPool(world: World, cluster: Cluster, order: PoolOrder): NodePool {
  const nowMs = world.clock.now();
  const minNodes = order.min_nodes ?? DEFAULT_BOUND;
  const pool: NodePool = {
    id: uuid(world.ids),
    clusterId: cluster.id,
    region: cluster.region,
    label: order.label,
    plan: order.plan,
    createdAtMs: nowMs,
    updatedAtMs: nowMs,
    vpcOnly: order.vpc_only ?? false,
    tag: order.tag ?? '',
    quantity: order.node_quantity,
    minNodes,
    maxNodes: Math.max(minNodes, order.max_nodes ?? DEFAULT_BOUND),
    autoScaler: order.auto_scaler ?? false,
    userData: order.user_data ?? '',
    labels: mergeLabels(world, [], order.labels ?? {}),
    taints: mergeTaints(world, [], order.taints ?? []),
    unnoticedLosses: 0,
    lagUntilMs: 0,
  };
  cluster.pools.set(pool.id, pool);
  world.provisioner.bringUp(pool, { booted: order.booted });
  return pool;
}

/** Adds labels and overwrites those of the same key; none is removed. */
export function mergeLabels(
  world: World,
  labels: readonly PoolLabel[],
  more: Readonly<Record<string, string>>,
): readonly PoolLabel[] {
  const merged = new Map(labels.map((label) => [label.key, label]));
  for (const [key, value] of Object.entries(more)) {
    merged.set(key, { id: merged.get(key)?.id ?? uuid(world.ids), key, value });
  }
  return [...merged.values()];
}

/** Adds taints and overwrites those of the same key and effect; none is removed. */
export function mergeTaints(
  world: World,
  taints: readonly PoolTaint[],
  more: readonly { readonly key: string; readonly value: string; readonly effect: string }[],
): readonly PoolTaint[] {
  const merged = new Map(taints.map((taint) => [`${taint.key}:${taint.effect}`, taint]));
  for (const taint of more) {
    const identity = `${taint.key}:${taint.effect}`;
    merged.set(identity, { id: merged.get(identity)?.id ?? uuid(world.ids), ...taint });
  }
  return [...merged.values()];
}
