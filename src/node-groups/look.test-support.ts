/** One look at node groups, for the cases of the scenario catalogue. Its thresholds: 10 % unready, one broken is fine. */
import assert from 'node:assert/strict';
import type { Cluster } from '../cluster/cluster.ts';
import type { NodeFacts } from '../cluster/facts.ts';
import { aNode } from '../cluster/fixtures.test-support.ts';
import { HEALTH_OPTIONS } from './fixtures.test-support.ts';
import type { NodeGroupMemory } from './memory.ts';
import { EMPTY_MEMORY } from './memory.ts';
import type { NodeGroupState } from './node-group.ts';
import type { ObservedNodeGroups } from './observe.ts';
import { observeNodeGroups } from './observe.ts';
import type { NodeGroupHealthOptions } from './options.ts';
import type { NodeGroupView } from './view.ts';

export const MINUTE = 60_000;
/** Long after the fixtures' nodes were created. */
export const NOON = 720 * MINUTE;
const THRESHOLDS = { maxUnreadyPercentage: 10, okUnreadyCount: 1 };

interface Look {
  readonly memory?: NodeGroupMemory;
  readonly now?: number;
  readonly options?: Partial<NodeGroupHealthOptions>;
}

export function look(cluster: Cluster, groups: readonly NodeGroupState[], more: Look = {}): ObservedNodeGroups {
  const { memory = EMPTY_MEMORY, now = NOON } = more;
  const options = { ...HEALTH_OPTIONS, ...more.options };
  return observeNodeGroups({ cluster, groups, memory, options, now, thresholds: THRESHOLDS });
}

export function viewOf(seen: ObservedNodeGroups, name = 'pool'): NodeGroupView {
  const view = seen.views.find(({ state }) => state.name === name);
  assert.ok(view !== undefined, name);
  return view;
}

/** `count` nodes of a group, all with whatever else is said. */
export function nodesOf(group: string, count: number, sketch: Parameters<typeof aNode>[0] = {}): NodeFacts[] {
  return Array.from({ length: count }, (_, index) => aNode({ name: `${group}-${index}`, ...sketch }));
}
