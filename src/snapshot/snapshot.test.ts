import assert from 'node:assert/strict';
import { it } from 'node:test';
import fc from 'fast-check';
import { someNodes, somePods } from '../../test/random-clusters.ts';
import { Cluster } from '../cluster/cluster.ts';
import type { NodeFacts, PodFacts } from '../cluster/facts.ts';
import { aCluster, aController, aNode, aPdb, aPod } from '../cluster/fixtures.test-support.ts';
import { retold } from '../cluster/retelling.ts';
import { recordDocument } from '../explain/record-document.ts';
import { type DecideOptions, type DecisionInput, decide } from '../loop/decide.ts';
import { FIRST_MEMORY } from '../loop/memory.ts';
import { aGroup } from '../node-groups/fixtures.test-support.ts';
import { defaultOptions } from '../options/options.ts';
import { formatTimestamp } from '../runtime/timestamps.ts';
import { readSnapshot, writeSnapshot } from './snapshot-file.ts';
import { decided, inputOf, takeSnapshot } from './snapshot.ts';

const NOON = 12 * 3_600_000;
const MINUTE = 60_000;

const { limits, loop, nodeGroups, scaleDown, scaleUp, thresholds } = defaultOptions();
const { maxLaunchesPerHour } = loop;
const OPTIONS: DecideOptions = { scaleUp, scaleDown, limits, health: nodeGroups, thresholds, maxLaunchesPerHour };

/** Devices that not every node has, asked for in any order. */
const someRequests = fc.constantFrom({}, {}, { 'example.com/b': 1, 'example.com/a': 1 }, { 'example.com/a': 2 });

/** A model with a past: what is there came in any order, and some of it had gone and come again. */
function lived(nodes: readonly NodeFacts[], pods: readonly PodFacts[], turns: readonly number[]): Cluster {
  const cluster = aCluster({ nodes: nodes.slice(1), pods });
  turns.forEach((turn) => {
    const pod = pods[turn % Math.max(1, pods.length)];
    if (pod === undefined) return;
    cluster.apply({ kind: 'pod-gone', namespace: pod.namespace, name: pod.name, uid: pod.uid });
    if (turn % 3 > 0) cluster.apply({ kind: 'pod', pod });
  });
  for (const node of nodes.slice(0, 1)) cluster.apply({ kind: 'node', node });
  return cluster;
}

function recordOf({ world, memory, options, pass }: DecisionInput): string {
  return JSON.stringify(recordDocument(decide(world, memory, options, pass).record, formatTimestamp));
}

/** Written down and read. */
function replayed(input: DecisionInput): string {
  const file = readSnapshot(writeSnapshot(takeSnapshot(input), '0.1.0'));
  assert.ok(file.ok);
  return JSON.stringify(decided(inputOf(file.value.snapshot)));
}

it('the snapshot of a model with any past decides the same, now and after more passes (I10)', () => {
  const scene = fc.record({
    nodes: someNodes,
    pods: somePods,
    requests: fc.array(someRequests, { minLength: 14, maxLength: 14 }),
    places: fc.array(fc.nat(8), { minLength: 14, maxLength: 14 }),
    turns: fc.array(fc.nat(40), { maxLength: 12 }),
  });
  fc.assert(
    fc.property(scene, ({ nodes, places, turns, ...given }) => {
      const pods = given.pods.map((pod, index) => {
        const requests = { ...pod.spec.requests, ...given.requests[index] };
        const nodeName = nodes[places[index] ?? 0]?.name ?? '';
        const spec = { ...pod.spec, requests };
        return { ...pod, spec, nodeName, phase: nodeName === '' ? ('Pending' as const) : ('Running' as const) };
      });
      const cluster = lived(nodes, pods, turns);
      const groups = [aGroup({ name: 'pool', nodes, minSize: 1, maxSize: 9, pricePerHour: 0.1 })];
      let memory = FIRST_MEMORY;
      for (const [index, minutes] of [0, 1, 11, 12].entries()) {
        const pass = { number: index + 1, now: NOON + minutes * MINUTE, triggers: ['timer'] };
        const input: DecisionInput = { world: { cluster, groups, removals: [] }, memory, options: OPTIONS, pass };
        const snapshot = replayed(input);
        assert.equal(snapshot, recordOf(input));
        ({ memory } = decide(input.world, memory, OPTIONS, pass));
      }
    }),
  );
});

it('a model is retold with all that it knows', () => {
  const cluster = aCluster({
    nodes: [aNode({ name: 'b' }), aNode({ name: 'a' })],
    pods: [
      aPod({ name: 'waits' }),
      aPod({ name: 'runs', nodeName: 'b' }),
      aPod({ name: 'ended', nodeName: 'a', phase: 'Succeeded' }),
      aPod({ name: 'homeless', nodeName: 'unknown' }),
    ],
  });
  cluster.apply({ kind: 'pdb', pdb: aPdb('budget') });
  cluster.apply({ kind: 'controller', controller: aController('ReplicaSet', 'web') });
  cluster.apply({ kind: 'namespace', namespace: { name: 'default', uid: 'n', labels: { team: 'a' } } });
  cluster.apply({
    kind: 'device-class',
    deviceClass: { name: 'gpu', uid: 'd', extendedResourceName: 'example.com/gpu' },
  });
  cluster.apply({
    kind: 'csi-node',
    csiNode: { name: 'a', uid: 'c', drivers: new Map([['csi', 3]]), migratedPlugins: [] },
  });
  const events = retold(cluster);
  const again = new Cluster();
  for (const event of events) again.apply(event);
  assert.deepEqual(retold(again), events);
  assert.equal(events.length, 11);
  assert.deepEqual(
    events.flatMap((event) => (event.kind === 'pod' ? [event.pod.name] : [])),
    ['runs', 'waits', 'ended', 'homeless'],
  );
});
