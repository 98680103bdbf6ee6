/** How many nodes are asked before the first that fits is found: what an index is for. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Cluster } from '../cluster/cluster.ts';
import type { NodeFacts, PodFacts, PodSpecFacts } from '../cluster/facts.ts';
import { aCluster, aNode, anAffinityTerm, aPod, aSpread, aTaint } from '../cluster/fixtures.test-support.ts';
import type { NodeSketch } from '../cluster/fixtures.test-support.ts';
import type { Within } from './first-fit.ts';
import { firstFit } from './first-fit.ts';
import { fits } from './runner.ts';

const ZONE = 'zone';

/** `n00`, `n01` …, each as `like` says. */
function nodes(count: number, like: (index: number) => NodeSketch = () => ({})): NodeFacts[] {
  return Array.from({ length: count }, (_, index) => aNode({ name: nameOf(index), ...like(index) }));
}

function nameOf(index: number): string {
  return `n${String(index).padStart(2, '0')}`;
}

/** Pods of the app, one on each of the nodes. */
function running(app: string, on: readonly number[], spec: Partial<PodSpecFacts> = {}): PodFacts[] {
  return on.map((index) => aPod({ name: `${app}-${index}`, nodeName: nameOf(index), labels: { app }, spec }));
}

function upTo(count: number): number[] {
  return Array.from({ length: count }, (_, index) => index);
}

function inZones(index: number): NodeSketch {
  return { labels: { [ZONE]: index < 20 ? 'a' : 'b' } };
}

/** The nodes that were asked, the last of which is the one that was found. */
function asked(cluster: Cluster, pod: PodFacts, among: Within['among'] = 'all'): string[] {
  const names: string[] = [];
  const admits = (slot: number): boolean => {
    names.push(cluster.node(slot).name);
    return true;
  };
  const found = firstFit(cluster, pod, { among, admits });
  const expected = cluster
    .nodeSlots()
    .find((slot) => fits(cluster, pod, slot) && (among === 'all' || cluster.isSimulated(slot) === (among !== 'real')));
  assert.equal(found, expected, 'what is found is the first that fits');
  return names;
}

function pinnedTo(...names: readonly string[]): PodFacts {
  const matchFields = names.map((name) => ({ key: 'metadata.name', operator: 'In', values: [name] }));
  return aPod({
    spec: { requiredNodeAffinity: matchFields.map((field) => ({ matchExpressions: [], matchFields: [field] })) },
  });
}

const near = (app: string, topologyKey?: string): PodFacts =>
  aPod({
    labels: { app: 'web' },
    spec: { requiredPodAffinity: [anAffinityTerm({ app }, topologyKey === undefined ? {} : { topologyKey })] },
  });

const away = (topologyKey?: string): Partial<PodSpecFacts> => ({
  requiredPodAntiAffinity: [anAffinityTerm({ app: 'web' }, topologyKey === undefined ? {} : { topologyKey })],
});

const spread = (rest: Parameters<typeof aSpread>[1], labels = { app: 'web' }): PodFacts =>
  aPod({ labels, spec: { topologySpread: [aSpread({ app: 'web' }, rest)] } });

const shy = (topologyKey?: string): PodFacts => aPod({ spec: away(topologyKey) });

describe('to find a place, nodes are not asked', () => {
  it('that have too little of what the pod needs', () => {
    const cluster = aCluster({ nodes: nodes(40, (index) => ({ cpu: index === 30 ? 4000 : 500 })) });
    assert.deepEqual(asked(cluster, aPod({ cpu: 1000 })), ['n30']);
    assert.deepEqual(asked(cluster, aPod({ cpu: 5000 })), []);
  });

  it('whose labels and taints, which they share with others, keep the pod away', () => {
    const cluster = aCluster({ nodes: nodes(40, (index) => ({ taints: index < 30 ? [aTaint('t')] : [] })) });
    assert.deepEqual(asked(cluster, aPod()), ['n30']);
  });

  it('when the pod names its nodes, but those, in the order of their names', () => {
    const cluster = aCluster({ nodes: nodes(40) });
    assert.deepEqual(asked(cluster, pinnedTo('n30', 'gone', 'n20')), ['n20']);
    const full = aCluster({ nodes: nodes(40, (index) => ({ pods: index === 20 ? 0 : 9 })) });
    assert.deepEqual(asked(full, pinnedTo('n30', 'n20')), ['n20', 'n30']);
    cluster.trial(() => {
      cluster.addNode(aNode({ name: 'new' }));
      assert.deepEqual(asked(cluster, pinnedTo('n30', 'new'), 'simulated'), ['new']);
      assert.deepEqual(asked(cluster, pinnedTo('n30', 'new'), 'real'), ['n30']);
      assert.deepEqual(asked(cluster, pinnedTo('new', 'n30')), ['n30']);
      assert.deepEqual(asked(cluster, pinnedTo('new')), ['new']);
      assert.equal(firstFit(cluster, pinnedTo('new')), cluster.slotOf('new'), 'unless said, among all');
    });
  });
});

describe('for a pod that wants others near, nodes are not asked', () => {
  it('but those of their zone, when the first node of the zone has gone', () => {
    const cluster = aCluster({ nodes: nodes(40, inZones), pods: running('db', [5]) });
    cluster.trial(() => {
      cluster.retire(cluster.slotOf('n00') ?? -1);
      assert.deepEqual(asked(cluster, near('db', ZONE)), ['n01']);
    });
  });

  it('in zones without them', () => {
    const cluster = aCluster({ nodes: nodes(40, inZones), pods: running('db', [25]) });
    assert.deepEqual(asked(cluster, near('db', ZONE)), ['n20']);
    assert.deepEqual(asked(cluster, near('web', ZONE)), ['n00'], 'the first of its own may go anywhere');
  });

  it('but theirs, be they few or many', () => {
    for (const hosts of [1, 15, 16, 17, 25]) {
      const on = upTo(hosts).map((index) => 39 - index);
      const cluster = aCluster({ nodes: nodes(40), pods: running('db', on) });
      assert.deepEqual(asked(cluster, near('db')), [nameOf(40 - hosts)], `${hosts} of them`);
    }
  });

  it('that are full, once theirs are so many that an index pays', () => {
    const term = anAffinityTerm({ app: 'db' });
    for (const [hosts, calls] of [
      [15, 15],
      [16, 1],
      [17, 1],
    ] as const) {
      const onlyLastHasRoom = nodes(40, (index) => ({ cpu: index === hosts - 1 ? 4000 : 500 }));
      const cluster = aCluster({ nodes: onlyLastHasRoom, pods: running('db', upTo(hosts)) });
      const pod = aPod({ cpu: 1000, spec: { requiredPodAffinity: [term] } });
      assert.equal(asked(cluster, pod).length, calls, `${hosts} of them`);
    }
  });

  it('of which there is none at all', () => {
    const cluster = aCluster({ nodes: nodes(40), pods: running('db', [25]) });
    assert.deepEqual(asked(cluster, near('cache')), []);
  });

  it('that are in their zone, when they are wanted in the zone and on the node', () => {
    const cluster = aCluster({ nodes: nodes(40, inZones), pods: running('db', [25, 30]) });
    const both = [anAffinityTerm({ app: 'db' }, { topologyKey: ZONE }), anAffinityTerm({ app: 'db' })];
    assert.deepEqual(asked(cluster, aPod({ spec: { requiredPodAffinity: both } })), ['n25']);
  });
});

describe('for a pod that wants others away, or that others want away, nodes are not asked', () => {
  const web = aPod({ labels: { app: 'web' } });

  it('in their zones', () => {
    const cluster = aCluster({ nodes: nodes(40, inZones), pods: running('web', [0]) });
    assert.deepEqual(asked(cluster, shy(ZONE)), ['n20']);
    const guarded = aCluster({ nodes: nodes(40, inZones), pods: running('guard', [0], away(ZONE)) });
    assert.deepEqual(asked(guarded, web), ['n20']);
  });

  it('of theirs, once those are so many that an index pays', () => {
    for (const [hosts, calls] of [
      [15, 16],
      [16, 1],
      [17, 1],
    ] as const) {
      const cluster = aCluster({ nodes: nodes(40), pods: running('web', upTo(hosts)) });
      assert.equal(asked(cluster, shy()).length, calls, `${hosts} of them`);
      const guarded = aCluster({ nodes: nodes(40), pods: running('guard', upTo(hosts), away()) });
      assert.equal(asked(guarded, web).length, calls, `${hosts} that guard their nodes`);
    }
  });
});

describe('for a pod that is spread, nodes are not asked', () => {
  it('in zones that are ahead', () => {
    const cluster = aCluster({ nodes: nodes(40, inZones), pods: running('web', [0]) });
    assert.deepEqual(asked(cluster, spread({ topologyKey: ZONE })), ['n20']);
    assert.deepEqual(asked(cluster, spread({ topologyKey: ZONE, maxSkew: 2 })), ['n00']);
  });

  it('in zones that are ahead, when the first node of the zone has gone', () => {
    const cluster = aCluster({ nodes: nodes(40, inZones), pods: running('web', [1]) });
    cluster.trial(() => {
      cluster.retire(cluster.slotOf('n00') ?? -1);
      assert.deepEqual(asked(cluster, spread({ topologyKey: ZONE })), ['n20']);
    });
  });

  it('that are ahead themselves', () => {
    const cluster = aCluster({ nodes: nodes(40), pods: running('web', upTo(20)) });
    assert.deepEqual(asked(cluster, spread({})), ['n20']);
    assert.deepEqual(asked(cluster, spread({ maxSkew: 2 })), ['n00']);
    assert.deepEqual(asked(cluster, spread({}, { app: 'other' })), ['n00'], 'it adds nothing itself');
    const even = aCluster({ nodes: nodes(40), pods: [...running('web', upTo(40)), ...secondOn(upTo(20))] });
    assert.deepEqual(asked(even, spread({})), ['n20']);
    assert.deepEqual(asked(even, spread({ maxSkew: 2 })), ['n00']);
  });
});

/** One more pod of `web` on each. */
function secondOn(on: readonly number[]): PodFacts[] {
  return running('web', on).map((pod) => ({ ...pod, name: `second-${pod.name}`, uid: `second-${pod.uid}` }));
}
