/**
 * Which node pools are managed, and within which bounds.
 *
 * - Without flags: the pools with `auto_scaler: true`, within their own `min_nodes` and `max_nodes`.
 * - Named with `--nodes=<min>:<max>:<id or label>`: exactly these, within the given bounds, whatever `auto_scaler` says.
 * - Discovered with `--node-group-auto-discovery=label:<key>=<value>,…`: the pools with all of these labels, where `tag`
 *   stands for the tag that a VKE pool has, within their own bounds, whatever `auto_scaler` says.
 * - Pools that this program has created are always managed; it marks them with {@link AUTOPROVISIONED_TAG}.
 *
 * A pool's own bounds are those in its labels (pool-options.ts), or else `min_nodes` and `max_nodes`.
 *
 * A VKE pool has at least one node, so a minimum of 0 is read as 1.
 */
import { readPoolOptions } from './pool-options.ts';
import type { PoolRow } from './wire.ts';

/** The tag of pools that this program has created, and may therefore delete. */
export const AUTOPROVISIONED_TAG = 'vke-autoscaler-autoprovisioned';
/** VKE's floor. */
const SMALLEST_POOL = 1;

export interface Bounds {
  readonly minSize: number;
  readonly maxSize: number;
}

/** A pool that is named, with bounds of its own. */
export interface PoolSpec extends Bounds {
  /** The pool's id or label. */
  readonly pool: string;
}

/** Labels of which a pool has all; `tag` is its tag. */
export type PoolQuery = readonly { readonly key: string; readonly value: string }[];

export interface Selection {
  /** The bounds of a managed pool; `undefined`: not managed. */
  boundsOf(pool: PoolRow): Bounds | undefined;
  /** The names of specs that none of these pools has. */
  unmatched(pools: readonly PoolRow[]): readonly string[];
}

export function selectPools(specs: readonly PoolSpec[], queries: readonly PoolQuery[]): Selection {
  const bySettings = specs.length === 0 && queries.length === 0;
  return {
    boundsOf(row) {
      // The id first: a label equals another pool's id only by malice.
      const spec = specs.find(({ pool }) => pool === row.id) ?? specs.find(({ pool }) => pool === row.label);
      if (spec !== undefined) return sane(spec.minSize, spec.maxSize);
      const isChosen = bySettings ? row.autoScaler : queries.some((query) => answers(row, query));
      return isChosen || row.tag === AUTOPROVISIONED_TAG ? ownBounds(row) : undefined;
    },
    unmatched: (rows) =>
      specs.map(({ pool }) => pool).filter((pool) => !rows.some(({ id, label }) => id === pool || label === pool)),
  };
}

function answers({ tag, labels }: PoolRow, query: PoolQuery): boolean {
  return query.every(({ key, value }) => labels[key] === value || (key === 'tag' && tag === value));
}

function ownBounds({ labels, minNodes, maxNodes }: PoolRow): Bounds {
  const { minSize = minNodes, maxSize = maxNodes } = readPoolOptions(labels).bounds;
  return sane(minSize, maxSize);
}

/** Bounds that contradict each other are held to the maximum: it is what limits the bill. */
function sane(min: number, max: number): Bounds {
  const maxSize = Math.max(SMALLEST_POOL, max);
  return { minSize: Math.min(maxSize, Math.max(SMALLEST_POOL, min)), maxSize };
}
