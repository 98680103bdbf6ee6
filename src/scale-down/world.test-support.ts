/** Small worlds for tests of the scale-down decision. */
import type { NodeFacts, PodFacts } from '../cluster/facts.ts';
import type { NodeSketch, PodSketch } from '../cluster/fixtures.test-support.ts';
import { aCluster, aController, aNode, aPod } from '../cluster/fixtures.test-support.ts';
import type { GroupSketch } from '../node-groups/fixtures.test-support.ts';
import { aGroup } from '../node-groups/fixtures.test-support.ts';
import type { World } from './fixtures.test-support.ts';
import { NOW_MS } from './fixtures.test-support.ts';
import { EMPTY_SCALE_DOWN_MEMORY } from './memory.ts';
import type { ScaleDownMemory } from './memory.ts';

/** Nodes of 1000m unless said, in one pool of minimum 0. */
export function aWorld(given: {
  readonly nodes: readonly NodeSketch[];
  readonly pods?: readonly PodSketch[];
  readonly pending?: readonly PodFacts[];
  readonly group?: GroupSketch;
  readonly pdbs?: Parameters<typeof aCluster>[0]['pdbs'];
}): World & { readonly nodes: readonly NodeFacts[] } {
  const nodes = given.nodes.map((node) => aNode({ cpu: 1000, ...node }));
  const pods = (given.pods ?? []).map((pod, index) => aPod({ name: `p${index}`, owner: 'web', ...pod }));
  const controllers = [aController('ReplicaSet', 'web')];
  const cluster = aCluster({ nodes, pods: [...pods, ...(given.pending ?? [])], pdbs: given.pdbs ?? [], controllers });
  return { cluster, groups: [aGroup({ nodes, ...given.group })], nodes };
}

export function on(nodeName: string, cpu: number, rest: PodSketch = {}): PodSketch {
  return { nodeName, cpu, ...rest };
}

export function unneededFor(ms: number, ...names: string[]): ScaleDownMemory {
  const unneeded = new Map(names.map((name) => [name, { uid: `uid-${name}`, sinceMs: NOW_MS - ms }]));
  return { ...EMPTY_SCALE_DOWN_MEMORY, unneeded };
}
