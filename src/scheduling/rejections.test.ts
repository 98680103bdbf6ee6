import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { someNodes, somePods } from '../../test/random-clusters.ts';
import type { Cluster } from '../cluster/cluster.ts';
import type { NodeFacts, PodFacts, PodSpecFacts } from '../cluster/facts.ts';
import type { NodeSketch } from '../cluster/fixtures.test-support.ts';
import { aCluster, aNode, anAffinityTerm, aPod, aSpread, aTaint, GiB } from '../cluster/fixtures.test-support.ts';
import type { FitReason, RejectionCount } from '../explain/reasons.ts';
import { countRejections } from './rejections.ts';
import { checkFits } from './runner.ts';
import { reasonsOf } from './verdicts.test-support.ts';

function counted(pod: PodFacts, on: readonly NodeFacts[], running: readonly PodFacts[] = []): RejectionCount[] {
  const cluster = aCluster({ nodes: on, pods: running });
  return countRejections(cluster, pod, cluster.nodeSlots());
}

function nodes(...sketches: readonly NodeSketch[]): NodeFacts[] {
  return sketches.map((sketch, index) => aNode({ name: `n${index}`, ...sketch }));
}

/** In short: how many nodes for what reason. */
function inShort(counts: readonly RejectionCount[]): string[] {
  return counts.map(({ reason, nodes: on }) => `${on} ${reason.code}`);
}

const TWO_PLAIN = nodes({}, {});

const lacksCpu = (free: number, allocatable: number): FitReason => ({
  code: 'InsufficientResource',
  resource: 'cpu',
  requested: 3000,
  free,
  allocatable,
});

const hog = (node: string, cpu: number): PodFacts => aPod({ name: `on-${node}`, nodeName: node, cpu });

const port = (number: number, protocol: 'TCP' | 'UDP' = 'TCP'): PodSpecFacts['hostPorts'][number] => ({
  hostIP: '0.0.0.0',
  protocol,
  port: number,
});

const onPorts = (...hostPorts: PodSpecFacts['hostPorts']): Partial<PodSpecFacts> => ({ hostPorts });

describe('of nodes with too little, the nearest miss is told:', () => {
  const pod = aPod({ cpu: 3000 });
  /** The same pod, of which nodes are asked one by one. */
  const asked = aPod({ cpu: 3000, spec: { hostPorts: [port(9999)] } });

  it('the one with the most free, wherever it stands', () => {
    const small = nodes({ cpu: 1000 }, { cpu: 2500 }, { cpu: 2000 });
    for (const each of [pod, asked]) {
      assert.deepEqual(counted(each, small), [{ nodes: 3, reason: lacksCpu(2500, 2500) }]);
      assert.deepEqual(counted(each, small.toReversed()), [{ nodes: 3, reason: lacksCpu(2500, 2500) }]);
    }
  });

  it('of equals the biggest, and nothing is free on an overcommitted one', () => {
    for (const each of [pod, asked]) {
      const full = nodes({ cpu: 4000 }, { cpu: 8000 }, { cpu: 2000 });
      const pods = [hog('n0', 4000), hog('n1', 9000), hog('n2', 2000)];
      assert.deepEqual(counted(each, full, pods), [{ nodes: 3, reason: lacksCpu(0, 8000) }]);
      const [biggest, ...others] = [full[1], full[0], full[2]];
      assert.ok(biggest !== undefined);
      assert.deepEqual(
        counted(each, [biggest, ...others.flatMap((node) => node ?? [])], pods),
        [{ nodes: 3, reason: lacksCpu(0, 8000) }],
        'in another order',
      );
    }
  });

  it('by what is free before by size', () => {
    for (const each of [pod, asked]) {
      const busy = nodes({ cpu: 16_000 }, { cpu: 2000 });
      assert.deepEqual(counted(each, busy, [hog('n0', 15_000)]), [{ nodes: 2, reason: lacksCpu(2000, 2000) }]);
    }
  });

  it('of places for pods the node with the most', () => {
    for (const each of [aPod(), aPod({ spec: asked.spec, name: 'other', requests: {} })]) {
      const crowded = nodes({ pods: 1, cpu: 9000 }, { pods: 2, cpu: 9000 }, { pods: 0, cpu: 9000 });
      const there = ['n0', 'n1', 'n1'].map((nodeName, index) => aPod({ name: `p${index}`, nodeName }));
      const tooMany = { nodes: 3, reason: { code: 'TooManyPods', allowed: 2 } };
      assert.deepEqual(counted(each, crowded, there), [tooMany]);
      assert.deepEqual(counted(each, [...crowded].toReversed(), there), [tooMany]);
    }
  });

  it('for each resource by itself, the most frequent first', () => {
    const needy = aPod({ cpu: 3000, memory: 4 * GiB });
    assert.deepEqual(inShort(counted(needy, nodes({ cpu: 1000, memory: GiB }, { memory: GiB }, {}))), [
      '2 InsufficientResource',
      '1 InsufficientResource',
    ]);
    assert.deepEqual(
      counted(needy, nodes({ memory: GiB, cpu: 1000 })).map(({ reason }) => 'resource' in reason && reason.resource),
      ['cpu', 'memory'],
      'of equally frequent ones in the order of their names',
    );
  });
});

describe('nodes are counted together that reject', () => {
  it('by the same taint, key, value and effect', () => {
    const taints = [aTaint('a'), aTaint('a', 'v'), aTaint('a', 'v', 'NoExecute'), aTaint('a', 'v'), aTaint('b', 'v')];
    const counts = counted(aPod(), nodes(...taints.map((taint) => ({ taints: [taint] }))));
    assert.deepEqual(
      counts.map(({ nodes: on, reason }) => [on, reason.code === 'UntoleratedTaint' && reason.taint]),
      [
        [2, aTaint('a', 'v')],
        [1, aTaint('a')],
        [1, aTaint('a', 'v', 'NoExecute')],
        [1, aTaint('b', 'v')],
      ],
    );
  });

  it('by the same part of the node selector', () => {
    const counts = counted(
      aPod({ spec: { nodeSelector: { a: '1', b: '2' } } }),
      nodes({}, { labels: { a: '1' } }, {}, { labels: { b: '2' } }),
    );
    assert.deepEqual(
      counts.map(({ nodes: on, reason }) => [on, reason.code === 'NodeAffinityMismatch' && reason.requirement]),
      [
        [3, 'a=1'],
        [1, 'b=2'],
      ],
    );
  });

  it('by the same port and protocol', () => {
    const there = [
      aPod({ name: 'a', nodeName: 'n0', spec: onPorts(port(80)) }),
      aPod({ name: 'b', nodeName: 'n1', spec: onPorts(port(80, 'UDP')) }),
      aPod({ name: 'c', nodeName: 'n2', spec: onPorts(port(81)) }),
      aPod({ name: 'd', nodeName: 'n3', spec: onPorts(port(81)) }),
    ];
    const wanted = aPod({ spec: onPorts(port(80), port(80, 'UDP'), port(81)) });
    assert.deepEqual(
      counted(wanted, nodes({}, {}, {}, {}, {}), there).map(({ nodes: on, reason }) => [on, reason]),
      [
        [2, { code: 'HostPortTaken', port: 81, protocol: 'TCP' }],
        [1, { code: 'HostPortTaken', port: 80, protocol: 'TCP' }],
        [1, { code: 'HostPortTaken', port: 80, protocol: 'UDP' }],
      ],
    );
  });

  it('by the same topology', () => {
    const labels = { app: 'web' };
    const spec = { topologySpread: [aSpread(labels), aSpread(labels, { topologyKey: 'zone' })] };
    const zoned = nodes({ labels: { zone: 'a' } }, { labels: { zone: 'a' } }, { labels: { zone: 'b' } }, {});
    const there = [aPod({ name: 'there', nodeName: 'n0', labels })];
    assert.deepEqual(
      counted(aPod({ labels, spec }), zoned, there).map(({ nodes: on, reason }) => [
        on,
        reason.code,
        'topologyKey' in reason && reason.topologyKey,
      ]),
      [
        [1, 'TopologyKeyMissing', 'zone'],
        [1, 'TopologySkew', 'kubernetes.io/hostname'],
        [1, 'TopologySkew', 'zone'],
      ],
    );
  });

  it('whatever else they say', () => {
    const pinned = [{ key: 'metadata.name', operator: 'In', values: ['gone'] }];
    const cases: readonly (readonly [Partial<PodSpecFacts>, string])[] = [
      [{ requiredNodeAffinity: [{ matchExpressions: [], matchFields: pinned }] }, 'NodeNameMismatch'],
      [{ requiredFeatures: ['NewThing'] }, 'NodeLacksFeatures'],
      [{ problem: 'no quantity' }, 'UnreadablePod'],
      [{ schedulingGates: ['wait'] }, 'SchedulingGated'],
      [{ resourceClaims: ['gpu'] }, 'NotEvaluated'],
      [{ volumes: [{ kind: 'claim', name: 'v', claimName: 'gone', readOnly: false }] }, 'ClaimMissing'],
      [{ requiredPodAffinity: [anAffinityTerm({ app: 'db' })] }, 'PodAffinityUnmet'],
    ];
    for (const [spec, code] of cases) {
      assert.deepEqual(inShort(counted(aPod({ spec }), TWO_PLAIN)), [`2 ${code}`]);
      assert.deepEqual(inShort(counted(aPod({ spec, name: 'big', cpu: 9000 }), [])), [], 'no nodes, no rejections');
    }
    assert.deepEqual(inShort(counted(aPod(), nodes({ unschedulable: true }, { unschedulable: true }, {}))), [
      '2 NodeUnschedulable',
    ]);
  });

  it('as pods that they hold have it, too', () => {
    const guard = aPod({
      name: 'guard',
      nodeName: 'n0',
      spec: { requiredPodAntiAffinity: [anAffinityTerm({ app: 'web' })] },
    });
    const cases = [aPod({ labels: { app: 'web' } }), aPod({ labels: { app: 'web' }, name: 'big', cpu: 9000 })];
    assert.deepEqual(
      cases.map((pod) => inShort(counted(pod, TWO_PLAIN, [guard]))),
      [['1 RepelledByPod'], ['2 InsufficientResource']],
    );
    const crowd = aPod({ name: 'apart', labels: { app: 'web' }, spec: guard.spec });
    assert.deepEqual(inShort(counted(crowd, TWO_PLAIN, [{ ...crowd, name: 'there', uid: 'there', nodeName: 'n1' }])), [
      '1 PodAntiAffinityClash',
    ]);
  });
});

/** The reasons of all verdicts by code, worked out the long way. */
function nodesByCode(cluster: Cluster, pod: PodFacts): Map<string, number> {
  const found = new Map<string, number>();
  for (const verdict of checkFits(cluster, pod, cluster.nodeSlots())) {
    for (const { code } of reasonsOf(verdict)) found.set(code, (found.get(code) ?? 0) + 1);
  }
  return found;
}

describe('counting rejections', () => {
  it('counts what asking node by node says', () => {
    fc.assert(
      fc.property(someNodes, somePods, (someOfThem, pods) => {
        const placed = pods.map((pod, index) => ({ ...pod, nodeName: `node-${index % someOfThem.length}` }));
        const cluster = aCluster({ nodes: someOfThem, pods: placed });
        for (const pod of pods) {
          const sums = new Map<string, number>();
          for (const { reason, nodes: on } of countRejections(cluster, pod, cluster.nodeSlots())) {
            sums.set(reason.code, (sums.get(reason.code) ?? 0) + on);
          }
          assert.deepEqual(sums, nodesByCode(cluster, pod));
        }
      }),
    );
  });
});
