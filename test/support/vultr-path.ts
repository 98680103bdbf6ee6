/** The paths of Vultr's API that name a pool, or a node of one. */
const POOL = /^\/v2\/kubernetes\/clusters\/[^/]+\/node-pools\/([^/?]+)(?:\/nodes\/([^/?]+))?$/;

export interface PoolPath {
  readonly poolId: string;
  /** The node's instance id. */
  readonly node: string | undefined;
}

export function poolPath(path: string): PoolPath | undefined {
  const [, poolId, node] = POOL.exec(path) ?? [];
  return poolId === undefined ? undefined : { poolId, node };
}
