import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Cluster } from '../cluster/cluster.ts';
import type { Labels, PodFacts } from '../cluster/facts.ts';
import { aCluster, aNode, anAffinityTerm, aPod, aSelector, aSpread } from '../cluster/fixtures.test-support.ts';
import { describe as inWords } from '../explain/text.ts';
import { checkFit } from './runner.ts';
import { inShort, reasonsOf } from './verdicts.test-support.ts';

const ZONE = 'zone';

/** Two nodes in zone a, one in b, and one in none; with pods `app@node`, as `namespace/app@node` elsewhere. */
function zones(...pods: readonly string[]): Cluster {
  return aCluster({
    nodes: [
      aNode({ name: 'a1', labels: { [ZONE]: 'a' } }),
      aNode({ name: 'a2', labels: { [ZONE]: 'a' } }),
      aNode({ name: 'b1', labels: { [ZONE]: 'b' } }),
      aNode({ name: 'none' }),
    ],
    pods: pods.map((said, index) => {
      const [, namespace = 'default', app = '', nodeName = ''] = /^(?:(\w+)\/)?(\w+)@(\w+)$/.exec(said) ?? [];
      return aPod({ name: `${app}-${index}`, namespace, labels: { app }, nodeName });
    }),
  });
}

/** The verdicts on all nodes, by name. */
function verdicts(cluster: Cluster, pod: PodFacts): Record<string, string> {
  return Object.fromEntries(
    cluster.nodeSlots().map((slot) => [cluster.node(slot).name, inShort(checkFit(cluster, pod, slot))]),
  );
}

function fitting(cluster: Cluster, pod: PodFacts): string[] {
  return Object.entries(verdicts(cluster, pod)).flatMap(([name, verdict]) => (verdict === 'fits' ? [name] : []));
}

function near(labels: Labels, rest: Parameters<typeof anAffinityTerm>[1] = {}): PodFacts {
  const term = anAffinityTerm(labels, { topologyKey: ZONE, ...rest });
  return aPod({ labels: { app: 'web' }, spec: { requiredPodAffinity: [term] } });
}

function apart(labels: Labels): PodFacts {
  const term = anAffinityTerm(labels, { topologyKey: ZONE });
  return aPod({ labels: { app: 'web' }, spec: { requiredPodAntiAffinity: [term] } });
}

function spread(rest: Parameters<typeof aSpread>[1] = {}): PodFacts {
  const constraint = aSpread({ app: 'web' }, { topologyKey: ZONE, ...rest });
  return aPod({ labels: { app: 'web' }, spec: { topologySpread: [constraint] } });
}

describe('pod affinity', () => {
  it('wants a node in the domain of a pod that is selected', () => {
    assert.deepEqual(verdicts(zones('db@a1'), near({ app: 'db' })), {
      a1: 'fits',
      a2: 'fits',
      b1: "InterPodAffinity!: node(s) didn't match pod affinity rules",
      none: "InterPodAffinity!: node(s) didn't match pod affinity rules",
    });
  });

  it('lets the first of a group go where the key is, when it selects itself', () => {
    assert.deepEqual(fitting(zones(), near({ app: 'web' })), ['a1', 'a2', 'b1']);
    assert.deepEqual(fitting(zones(), near({ app: 'db' })), []);
    assert.deepEqual(fitting(zones('web@b1'), near({ app: 'web' })), ['b1']);
    assert.deepEqual(fitting(zones('web@none'), near({ app: 'web' })), ['a1', 'a2', 'b1'], 'one without a domain');
  });

  it('looks into the namespaces that it names or selects, and else into its own', () => {
    const cluster = zones('other/db@b1');
    assert.deepEqual(fitting(cluster, near({ app: 'db' })), []);
    assert.deepEqual(fitting(cluster, near({ app: 'db' }, { namespaces: ['other'] })), ['b1']);
    assert.deepEqual(fitting(cluster, near({ app: 'db' }, { namespaceSelector: aSelector() })), ['b1']);
    const byTeam = near({ app: 'db' }, { namespaceSelector: aSelector({ team: 'b' }) });
    assert.deepEqual(fitting(cluster, byTeam), []);
    const other = { name: 'other', uid: 'other', labels: { team: 'b' } };
    cluster.apply({ kind: 'namespace', namespace: other });
    assert.deepEqual(fitting(cluster, byTeam), ['b1'], 'once the namespace has the label');
    cluster.apply({ kind: 'namespace-gone', name: 'other', uid: 'other' });
    assert.deepEqual(fitting(cluster, byTeam), []);
  });
});

describe('pod anti-affinity', () => {
  it('keeps the pod off the domains of those that it selects', () => {
    assert.deepEqual(verdicts(zones('db@a1'), apart({ app: 'db' })), {
      a1: "InterPodAffinity: node(s) didn't match pod anti-affinity rules",
      a2: "InterPodAffinity: node(s) didn't match pod anti-affinity rules",
      b1: 'fits',
      none: 'fits',
    });
  });

  it('keeps others off as well', () => {
    const cluster = zones();
    cluster.apply({ kind: 'pod', pod: { ...apart({ app: 'db' }), nodeName: 'b1' } });
    const db = aPod({ name: 'db', labels: { app: 'db' } });
    assert.equal(
      verdicts(cluster, db)['b1'],
      "InterPodAffinity: node(s) didn't satisfy existing pods anti-affinity rules",
    );
    assert.deepEqual(fitting(cluster, db), ['a1', 'a2', 'none']);
  });
});

describe('topology spread', () => {
  it('allows no domain to be further above the fewest than the skew', () => {
    assert.deepEqual(verdicts(zones('web@a1'), spread()), {
      a1: "PodTopologySpread: node(s) didn't match pod topology spread constraints",
      a2: "PodTopologySpread: node(s) didn't match pod topology spread constraints",
      b1: 'fits',
      none: "PodTopologySpread!: node(s) didn't match pod topology spread constraints (missing required label)",
    });
    assert.deepEqual(fitting(zones('web@a1'), spread({ maxSkew: 2 })), ['a1', 'a2', 'b1']);
    assert.deepEqual(fitting(zones('other/web@a1', 'web@none'), spread()), ['a1', 'a2', 'b1']);
  });

  it('takes the fewest for none where there are too few domains', () => {
    assert.deepEqual(fitting(zones('web@a1', 'web@b1'), spread()), ['a1', 'a2', 'b1']);
    assert.deepEqual(fitting(zones('web@a1', 'web@b1'), spread({ minDomains: 3 })), []);
  });

  it('says by how much', () => {
    const cluster = zones('web@a1', 'web@a2');
    const [reason] = reasonsOf(checkFit(cluster, spread(), cluster.slotOf('a1') ?? -1));
    assert.ok(reason !== undefined);
    assert.equal(inWords(reason), 'the zone a would be 3 above the one with the fewest, at most 1 is allowed');
  });
});
