/** What `--compatibility=cluster-autoscaler` changes about a few passes, beside the same without it. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { NodeFacts, PodFacts } from '../cluster/facts.ts';
import { aCluster, aController, aNode, podsOf } from '../cluster/fixtures.test-support.ts';
import { aGroup } from '../node-groups/fixtures.test-support.ts';
import { parseOptions } from '../options/options.ts';
import { decide, type Memory } from './decide.ts';
import { FIRST_MEMORY } from './memory.ts';

const MINUTE = 60_000;
/** Long after the fixtures' nodes and pods were created. */
const NOON = 720 * MINUTE;
const OURS: readonly string[] = [];
const THEIRS = ['--compatibility=cluster-autoscaler'];

interface Scene {
  readonly nodes: readonly NodeFacts[];
  readonly pods?: readonly PodFacts[];
}

/** What becomes of each node and how many are asked for, scene after scene, five minutes apart. */
function played(flags: readonly string[], ...scenes: readonly Scene[]): Readonly<Record<string, string | number>>[] {
  const parsed = parseOptions([...flags, '--scale-down-unneeded-time=30m']);
  assert.ok(parsed.ok);
  const { scaleUp, scaleDown, limits, nodeGroups, thresholds } = parsed.value.options;
  const options = { scaleUp, scaleDown, limits, health: nodeGroups, thresholds, maxLaunchesPerHour: 100 };
  let memory: Memory = FIRST_MEMORY;
  return scenes.map(({ nodes, pods = [] }, index) => {
    const world = {
      cluster: aCluster({ nodes, pods, controllers: [aController('ReplicaSet', 'web')] }),
      groups: [aGroup({ nodes })],
      removals: [],
    };
    const now = NOON + index * 5 * MINUTE;
    const decision = decide(world, memory, options, { number: index + 1, now, triggers: [] });
    memory = decision.memory;
    const asked = decision.resizes.reduce((sum, { delta }) => sum + delta, 0);
    const kept = new Map<string, string | number>([['asked', asked]]);
    for (const { node, outcome } of decision.record.nodes) {
      kept.set(node, outcome.kind === 'stays' ? outcome.reason.code : outcome.kind);
    }
    return Object.fromEntries(kept);
  });
}

describe('pods that wait, and nodes with room', () => {
  const nodes = ['a', 'b'].map((name) => aNode({ name, cpu: 1000 }));
  const pods = podsOf('web', 2, { cpu: 300 });

  it('fill the first node; or take nodes in turn, where Cluster Autoscaler is imitated', () => {
    assert.deepEqual(played(OURS, { nodes, pods }), [{ a: 'NotUnderutilized', b: 'unneeded', asked: 0 }]);
    // Either may go, and the other's pod then fills the one that stays.
    assert.deepEqual(played(THEIRS, { nodes, pods }), [{ a: 'unneeded', b: 'NeededByPendingPod', asked: 0 }]);
  });

  it('are placed anew in each pass; or where they were, for as long as that is a place', () => {
    const [first, last] = [aNode({ name: 'a', cpu: 1000 }), aNode({ name: 'z', cpu: 1000 })];
    const large = podsOf('web', 1, { cpu: 600 });
    const scenes = [
      { nodes: [last], pods: large },
      { nodes: [first, last], pods: large },
    ];
    assert.deepEqual(played(OURS, ...scenes), [
      { z: 'NotUnderutilized', asked: 0 },
      { a: 'NotUnderutilized', z: 'unneeded', asked: 0 },
    ]);
    assert.deepEqual(played(THEIRS, ...scenes), [
      { z: 'NotUnderutilized', asked: 0 },
      { a: 'unneeded', z: 'NotUnderutilized', asked: 0 },
    ]);
  });
});

describe('a node that nobody asked for', () => {
  const young = aNode({ name: 'young', cpu: 1000, ready: false, createdAtMs: NOON - MINUTE });

  it('is starting; or is one that is not ready, where Cluster Autoscaler is imitated', () => {
    assert.deepEqual(played(OURS, { nodes: [young] }), [{ young: 'NodeIsStarting', asked: 0 }]);
    assert.deepEqual(played(THEIRS, { nodes: [young] }), [{ young: 'unneeded', asked: 0 }]);
  });
});
