import assert from 'node:assert/strict';
import { it } from 'node:test';
import { aCluster, aNode, aPod, GiB, podsOf } from '../cluster/fixtures.test-support.ts';
import { decide } from '../loop/decide.ts';
import { FIRST_MEMORY } from '../loop/memory.ts';
import { aGroup } from '../node-groups/fixtures.test-support.ts';
import { defaultOptions } from '../options/options.ts';
import { formatTimestamp } from '../runtime/timestamps.ts';
import { overviewOf } from './overview.ts';

const NOON = 12 * 3_600_000;

it('tells of each node what it holds and why it stays, of pools their sizes, and who waits for what', () => {
  const { limits, loop, nodeGroups, scaleDown, scaleUp, thresholds } = defaultOptions();
  const { maxLaunchesPerHour } = loop;
  const nodes = [aNode({ name: 'web-1', cpu: 4000, memory: 8 * GiB, createdAtMs: NOON - 60_000 })];
  const runs = aPod({ name: 'runs', owner: 'runs', cpu: 3000, memory: 2 * GiB, nodeName: 'web-1' });
  const cluster = aCluster({ nodes, pods: [runs, ...podsOf('waits', 2, { cpu: 2000 })] });
  const group = aGroup({ name: 'web', nodes, minSize: 1, maxSize: 1, pricePerHour: 0.05 });
  const options = { scaleUp, scaleDown, limits, health: nodeGroups, thresholds, maxLaunchesPerHour };
  const pass = { number: 3, now: NOON, triggers: ['timer'] };
  const { record } = decide({ cluster, groups: [group], removals: [] }, FIRST_MEMORY, options, pass);
  // A node that has come since the pass.
  cluster.apply({ kind: 'node', node: aNode({ name: 'web-2' }) });
  const overview = overviewOf(cluster, { record, now: NOON + 5000, moment: formatTimestamp });

  assert.equal(overview.decision, '3');
  assert.equal(overview.decidedSecondsAgo, 5);
  assert.equal(overview.pricePerHour, 0.05);
  const [first, second] = overview.nodes;
  assert.deepEqual(
    [first?.node, first?.pool, first?.state, first?.ageSeconds, first?.pods],
    ['web-1', 'web', 'stays', 65, 1],
  );
  assert.deepEqual(first?.cpu, { requested: 3000, allocatable: 4000 });
  assert.deepEqual(first.memory, { requested: 2 * GiB, allocatable: 8 * GiB });
  assert.match(first.why, /^its group is at its minimum of 1 node$/);
  assert.equal(second?.state, 'not-seen-yet');
  assert.deepEqual(
    overview.pools.map(({ pool, targetSize, maxSize, blocked }) => [pool, targetSize, maxSize, blocked]),
    [['web', 1, 1, 'at its maximum of 1 node']],
  );
  assert.deepEqual(overview.pending, [
    {
      pods: 'ReplicaSet default/waits',
      count: 2,
      state: 'cannot-be-helped',
      why: 'web: at its maximum of 1 node',
    },
  ]);
});
