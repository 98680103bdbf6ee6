import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Cluster } from '../cluster/cluster.ts';
import type { Labels, PodFacts } from '../cluster/facts.ts';
import {
  aCluster,
  aNode,
  anAffinityTerm,
  aPod,
  aSelector,
  aSpread,
  aTaint,
  aToleration,
} from '../cluster/fixtures.test-support.ts';
import { describe as inWords } from '../explain/text.ts';
import { bondsOf } from './inter-pod-affinity.ts';
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

function termBy(topologyKey: string): ReturnType<typeof anAffinityTerm> {
  return anAffinityTerm({ app: 'web' }, { topologyKey });
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
  it('KS-44 wants a node in the domain of a pod that is selected', () => {
    assert.deepEqual(verdicts(zones('db@a1'), near({ app: 'db' })), {
      a1: 'fits',
      a2: 'fits',
      b1: "InterPodAffinity!: node(s) didn't match pod affinity rules",
      none: "InterPodAffinity!: node(s) didn't match pod affinity rules",
    });
  });

  it('KS-43 lets the first of a group go where the key is, when it selects itself', () => {
    assert.deepEqual(fitting(zones(), near({ app: 'web' })), ['a1', 'a2', 'b1']);
    assert.deepEqual(fitting(zones(), near({ app: 'db' })), []);
    assert.deepEqual(fitting(zones('web@b1'), near({ app: 'web' })), ['b1']);
    assert.deepEqual(fitting(zones('web@none'), near({ app: 'web' })), ['a1', 'a2', 'b1'], 'one without a domain');
    const both = aPod({
      labels: { app: 'web' },
      spec: { requiredPodAffinity: [ZONE, 'kubernetes.io/hostname'].map(termBy) },
    });
    assert.deepEqual(fitting(zones(), both), ['a1', 'a2', 'b1']);
    assert.deepEqual(fitting(zones('web@none'), both), [], 'it is the first of its zone, not of its node');
    assert.deepEqual(fitting(zones('web@a2'), both), ['a2']);
  });

  it('KS-48 looks into the namespaces that it names or selects, and else into its own', () => {
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

describe('the terms of a pod', () => {
  it('are told apart: those that it has', () => {
    const cluster = zones('db@a1');
    assert.deepEqual(bondsOf(cluster, aPod()), { near: undefined, apart: [] });
    assert.equal(bondsOf(cluster, apart({ app: 'db' })).near, undefined);
    assert.equal(bondsOf(cluster, apart({ app: 'db' })).apart.length, 1);
    assert.equal(bondsOf(cluster, near({ app: 'db' })).near?.tallies.length, 1);
    assert.deepEqual(bondsOf(cluster, near({ app: 'db' })).apart, []);
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

  it('KS-46 keeps others off as well', () => {
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
  it('KS-39 allows no domain to be further above the fewest than the skew', () => {
    assert.deepEqual(verdicts(zones('web@a1'), spread()), {
      a1: "PodTopologySpread: node(s) didn't match pod topology spread constraints",
      a2: "PodTopologySpread: node(s) didn't match pod topology spread constraints",
      b1: 'fits',
      none: "PodTopologySpread!: node(s) didn't match pod topology spread constraints (missing required label)",
    });
    assert.deepEqual(fitting(zones('web@a1'), spread({ maxSkew: 2 })), ['a1', 'a2', 'b1']);
    assert.deepEqual(fitting(zones('other/web@a1', 'web@none'), spread()), ['a1', 'a2', 'b1']);
  });

  it('KS-35 takes the fewest for none where there are too few domains', () => {
    assert.deepEqual(fitting(zones('web@a1', 'web@b1'), spread()), ['a1', 'a2', 'b1']);
    assert.deepEqual(fitting(zones('web@a1', 'web@b1'), spread({ minDomains: 3 })), []);
  });

  it('KS-38 counts by the labels of the pod itself where it says so', () => {
    const cluster = zones();
    const version = (name: string, nodeName: string, labels: Labels): void => {
      cluster.apply({ kind: 'pod', pod: aPod({ name, nodeName, labels: { app: 'web', ...labels } }) });
    };
    version('old', 'a1', { version: '1' });
    version('new', 'b1', { version: '2' });
    const pod = (matchLabelKeys: string[], labels: Labels): PodFacts => ({
      ...spread({ matchLabelKeys }),
      labels: { app: 'web', ...labels },
    });
    assert.deepEqual(fitting(cluster, pod([], { version: '1' })), ['a1', 'a2', 'b1']);
    assert.deepEqual(fitting(cluster, pod(['version'], { version: '1' })), ['b1']);
    assert.deepEqual(fitting(cluster, pod(['version'], { version: '2' })), ['a1', 'a2']);
    assert.deepEqual(fitting(cluster, pod(['version', 'gone'], { version: '2' })), ['a1', 'a2'], 'a key that it lacks');
    const unselective = { ...spread({ matchLabelKeys: ['app'], labelSelector: undefined }) };
    assert.deepEqual(fitting(cluster, unselective), ['a1', 'a2', 'b1'], 'no selector, no pods');
  });

  it('KS-37 counts only the nodes that the pod may use by its affinity and selector, unless it says otherwise', () => {
    const cluster = zones('web@a1');
    const only = (nodeSelector: Labels, rest: Parameters<typeof aSpread>[1] = {}): PodFacts => {
      const pod = spread(rest);
      return { ...pod, spec: { ...pod.spec, nodeSelector } };
    };
    assert.deepEqual(fitting(cluster, spread()), ['b1']);
    assert.deepEqual(fitting(cluster, only({ [ZONE]: 'a' })), ['a1', 'a2'], 'zone b is none of its domains');
    assert.deepEqual(fitting(cluster, only({ [ZONE]: 'a' }, { nodeAffinityPolicy: 'Ignore' })), []);
    const byTerm = spread();
    const inA = { matchExpressions: [{ key: ZONE, operator: 'In', values: ['a'] }], matchFields: [] };
    const affine: PodFacts = { ...byTerm, spec: { ...byTerm.spec, requiredNodeAffinity: [inA] } };
    assert.deepEqual(fitting(cluster, affine), ['a1', 'a2']);
  });

  it('KS-36 counts only the nodes whose taints the pod tolerates, when it says so', () => {
    const cluster = zones('web@a1');
    const tainted = (taint: ReturnType<typeof aTaint>): void => {
      cluster.apply({ kind: 'node', node: aNode({ name: 'b1', labels: { [ZONE]: 'b' }, taints: [taint] }) });
    };
    const honors = spread({ nodeTaintsPolicy: 'Honor' });
    const tolerant: PodFacts = { ...honors, spec: { ...honors.spec, tolerations: [aToleration('t')] } };
    tainted(aTaint('t'));
    assert.deepEqual(fitting(cluster, spread()), [], 'zone b is behind, and closed to the pod');
    assert.deepEqual(fitting(cluster, honors), ['a1', 'a2']);
    assert.deepEqual(fitting(cluster, tolerant), ['b1']);
    tainted(aTaint('t', '', 'PreferNoSchedule'));
    assert.deepEqual(fitting(cluster, honors), ['b1'], 'a taint that only asks');
  });

  it('counts a node that a trial taints as one with the taint, as long as the trial lasts', () => {
    const cluster = zones('web@a1');
    const honors = spread({ nodeTaintsPolicy: 'Honor' });
    const tolerant: PodFacts = { ...honors, spec: { ...honors.spec, tolerations: [aToleration('t')] } };
    const fittingAll = (): readonly string[][] => [honors, tolerant].map((pod) => fitting(cluster, pod));
    assert.deepEqual(fittingAll(), [['b1'], ['b1']]);
    cluster.trial(() => {
      cluster.taint(cluster.slotOf('b1') ?? -1, aTaint('t'));
      assert.deepEqual(
        fittingAll(),
        [['a1', 'a2', 'b1'], ['b1']],
        'zone b is no domain to those that do not tolerate it',
      );
    });
    assert.deepEqual(fittingAll(), [['b1'], ['b1']]);
  });

  it('counts only the nodes that have the keys of all its constraints', () => {
    const cluster = zones('web@a1');
    const racks = aSpread({ app: 'web' }, { topologyKey: 'rack', maxSkew: 9 });
    const both = (pod: PodFacts): PodFacts => ({
      ...pod,
      spec: { ...pod.spec, topologySpread: [...pod.spec.topologySpread, racks] },
    });
    cluster.apply({ kind: 'node', node: aNode({ name: 'a2', labels: { [ZONE]: 'a', rack: 'r' } }) });
    assert.deepEqual(fitting(cluster, both(spread())), ['a2'], 'zone b has no node in a rack: it is no domain');
    assert.deepEqual(fitting(cluster, spread()), ['b1']);
  });

  it('says by how much', () => {
    const cluster = zones('web@a1', 'web@a2');
    const [reason] = reasonsOf(checkFit(cluster, spread(), cluster.slotOf('a1') ?? -1));
    assert.ok(reason !== undefined);
    assert.equal(inWords(reason), 'the zone a would be 3 above the one with the fewest, at most 1 is allowed');
  });
});
