import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { NodeSelectorTerm, PodFacts, Toleration, TopologySpreadConstraint } from '../cluster/facts.ts';
import { aCluster, aNode, anAffinityTerm, aPod, aTaint, aToleration, GiB } from '../cluster/fixtures.test-support.ts';
import { fits, isCoupled } from './runner.ts';
import { ask, inShort, reasonsOf } from './verdicts.test-support.ts';

// ---- Words for what the cases below ask -------------------------------------------------------------------------

function term(operator: string, key: string, ...values: string[]): NodeSelectorTerm {
  return { matchExpressions: [{ key, operator, values }], matchFields: [] };
}

function field(operator: string, key: string, ...values: string[]): NodeSelectorTerm {
  return { matchExpressions: [], matchFields: [{ key, operator, values }] };
}

function onPort(hostIP: string, protocol: 'TCP' | 'UDP' = 'TCP'): PodFacts {
  return aPod({ name: `on-${hostIP}`, spec: { hostPorts: [{ hostIP, protocol, port: 8080 }] } });
}

function besides(wanted: PodFacts, running: PodFacts): boolean {
  return ask(wanted, aNode(), [running]).fits;
}

function needs(pod: PodFacts): string {
  return inShort(ask(pod, aNode()));
}

function tolerates(toleration: Toleration, taint = aTaint('nvidia.com/gpu', 'present')): boolean {
  const node = aNode({ taints: [taint] });
  return ask(aPod({ spec: { tolerations: [toleration] } }), node).fits;
}

function spread(whenUnsatisfiable: TopologySpreadConstraint['whenUnsatisfiable']): TopologySpreadConstraint {
  return {
    maxSkew: 1,
    topologyKey: 'zone',
    whenUnsatisfiable,
    labelSelector: { requirements: [] },
    minDomains: undefined,
    nodeAffinityPolicy: 'Honor',
    nodeTaintsPolicy: 'Ignore',
    matchLabelKeys: [],
  };
}

const isTied = (pod: PodFacts, running: readonly PodFacts[] = []): boolean =>
  isCoupled(aCluster({ nodes: [aNode({ name: 'n' })], pods: running }), pod);

describe('resources', () => {
  it('turns a pod away by each resource that lacks, with the amounts', () => {
    const verdict = ask(aPod({ cpu: 3500, memory: 9 * GiB }), aNode(), [aPod({ name: 'web', cpu: 1100 })]);
    assert.deepEqual(reasonsOf(verdict), [
      { code: 'InsufficientResource', resource: 'cpu', requested: 3500, free: 2900, allocatable: 4000 },
      { code: 'InsufficientResource', resource: 'memory', requested: 9 * GiB, free: 8 * GiB, allocatable: 8 * GiB },
    ]);
    assert.equal(inShort(verdict), 'NodeResourcesFit!: Insufficient cpu, Insufficient memory');
  });

  it('KS-15 KS-20 lets a pod that asks for nothing onto an overcommitted node, but only where there is a place for it', () => {
    const crowd = [aPod({ name: 'a', cpu: 5000 })];
    assert.equal(inShort(ask(aPod(), aNode(), crowd)), 'fits');
    assert.equal(inShort(ask(aPod(), aNode({ pods: 1 }), crowd)), 'NodeResourcesFit: Too many pods');
  });

  it('KS-21 takes a resource that the node does not list as absent', () => {
    assert.equal(
      inShort(ask(aPod({ requests: { 'nvidia.com/gpu': 1 } }), aNode())),
      'NodeResourcesFit!: Insufficient nvidia.com/gpu',
    );
    assert.equal(inShort(ask(aPod({ requests: { 'nvidia.com/gpu': 0 } }), aNode())), 'fits');
  });

  it('says that room may come when the node is big enough, and not when it is not', () => {
    const full = [aPod({ name: 'a', cpu: 4000 })];
    assert.equal(inShort(ask(aPod({ cpu: 4000 }), aNode(), full)), 'NodeResourcesFit: Insufficient cpu');
    assert.equal(inShort(ask(aPod({ cpu: 4001 }), aNode(), full)), 'NodeResourcesFit!: Insufficient cpu');
  });
});

describe('taints and cordons', () => {
  const gpu = aTaint('nvidia.com/gpu', 'present');

  it('reject what does not tolerate them', () => {
    assert.equal(inShort(ask(aPod(), aNode({ taints: [gpu] }))), 'TaintToleration!: node(s) had untolerated taint(s)');
    assert.equal(
      inShort(ask(aPod(), aNode({ unschedulable: true }))),
      'NodeUnschedulable!: node(s) were unschedulable',
    );
  });

  it('KS-04 never reject by preference', () => {
    assert.equal(inShort(ask(aPod(), aNode({ taints: [aTaint('k', '', 'PreferNoSchedule')] }))), 'fits');
  });

  it('KS-02 KS-03 KS-05 are tolerated by key, value and effect, each as far as it is given', () => {
    assert.equal(tolerates(aToleration('nvidia.com/gpu')), true);
    assert.equal(tolerates(aToleration('')), true);
    assert.equal(tolerates(aToleration('nvidia.com/gpu', { operator: 'Equal', value: 'present' })), true);
    assert.equal(tolerates(aToleration('nvidia.com/gpu', { operator: 'Equal', value: '' })), false);
    assert.equal(tolerates(aToleration('nvidia.com/gpu', { effect: 'NoExecute' })), false);
    assert.equal(tolerates(aToleration('', { operator: 'Equal', value: 'present' })), false);
    assert.equal(tolerates(aToleration('another')), false);
    const evicting = aTaint('nvidia.com/gpu', 'present', 'NoExecute');
    assert.equal(tolerates(aToleration('nvidia.com/gpu', { effect: 'NoSchedule' }), evicting), false);
    assert.equal(tolerates(aToleration('nvidia.com/gpu', { effect: 'NoExecute' }), evicting), true);
  });

  it('KS-01 leave a cordoned node to pods that tolerate its being unschedulable', () => {
    const daemon = aPod({
      spec: { tolerations: [aToleration('node.kubernetes.io/unschedulable', { effect: 'NoSchedule' })] },
    });
    assert.equal(inShort(ask(daemon, aNode({ unschedulable: true }))), 'fits');
    const exactly = aToleration('node.kubernetes.io/unschedulable', { operator: 'Equal', value: '' });
    assert.equal(inShort(ask(aPod({ spec: { tolerations: [exactly] } }), aNode({ unschedulable: true }))), 'fits');
  });
});

describe('node affinity', () => {
  const node = aNode({ name: 'n1', labels: { disk: 'ssd', cores: '8' } });
  const wants = (...terms: NodeSelectorTerm[]): string =>
    inShort(ask(aPod({ spec: { requiredNodeAffinity: terms } }), node));
  const words = (...terms: NodeSelectorTerm[]): unknown =>
    reasonsOf(ask(aPod({ spec: { requiredNodeAffinity: terms } }), node)).map(
      (reason) => reason.code === 'NodeAffinityMismatch' && reason.requirement,
    );
  const MISMATCH = "NodeAffinity!: node(s) didn't match Pod's node affinity/selector";

  it('KS-06 needs every label of the nodeSelector', () => {
    assert.equal(inShort(ask(aPod({ spec: { nodeSelector: { disk: 'ssd' } } }), node)), 'fits');
    const verdict = ask(aPod({ spec: { nodeSelector: { disk: 'ssd', gpu: 'true' } } }), node);
    assert.deepEqual(reasonsOf(verdict), [{ code: 'NodeAffinityMismatch', requirement: 'gpu=true' }]);
    assert.equal(inShort(verdict), MISMATCH);
  });

  it('KS-07 needs one of the terms, and all of that one', () => {
    assert.equal(wants(term('In', 'disk', 'hdd'), term('Gt', 'cores', '4')), 'fits');
    assert.equal(
      wants({
        ...term('In', 'disk', 'ssd'),
        matchExpressions: [...term('In', 'disk', 'ssd').matchExpressions, ...term('Lt', 'cores', '8').matchExpressions],
      }),
      MISMATCH,
    );
    assert.equal(wants(term('NotIn', 'rack', 'r1')), 'fits');
  });

  it('says what it needs in words', () => {
    assert.deepEqual(words(), ['no node at all']);
    assert.deepEqual(words({ matchExpressions: [], matchFields: [] }), ['an empty term']);
    assert.deepEqual(words(term('In', 'disk', 'hdd', 'tape'), term('Exists', 'gpu')), [
      'disk In [hdd, tape] or gpu Exists',
    ]);
    const both = { ...term('Exists', 'gpu'), matchFields: field('NotIn', 'metadata.name', 'n9').matchFields };
    assert.deepEqual(words(both), ['gpu Exists and metadata.name NotIn [n9]']);
  });

  it('KS-08 matches no node with an empty list, an empty term or one that cannot be evaluated', () => {
    assert.equal(wants(), MISMATCH);
    assert.equal(wants({ matchExpressions: [], matchFields: [] }), MISMATCH);
    assert.equal(wants(term('Gt', 'cores', 'many')), MISMATCH);
    assert.equal(wants(field('In', 'metadata.namespace', 'n1')), MISMATCH);
    assert.equal(wants(term('Gt', 'cores', 'many'), term('Exists', 'disk')), 'fits');
  });

  it('KS-10 restricts a pod that names its node, before anything else is asked', () => {
    assert.equal(wants(field('In', 'metadata.name', 'n1')), 'fits');
    assert.equal(
      wants(field('In', 'metadata.name', 'n2')),
      "NodeAffinity!: node(s) didn't satisfy plugin(s) [NodeAffinity]",
    );
    assert.equal(wants(field('NotIn', 'metadata.name', 'n1')), MISMATCH);
    assert.equal(wants(field('NotIn', 'metadata.name', 'n2')), 'fits');
    assert.equal(
      wants(field('Exists', 'metadata.name', 'n2')),
      MISMATCH,
      'a field is compared with a value or not at all',
    );
    assert.equal(wants(field('NotIn', 'metadata.name', 'n2', 'n3')), MISMATCH, 'with one value');
    assert.deepEqual(
      reasonsOf(ask(aPod({ spec: { requiredNodeAffinity: [field('In', 'metadata.name', 'n2', 'n3')] } }), node)),
      [{ code: 'NodeNameMismatch', wanted: 'n2, n3' }],
    );
    const wantsAll = (...fields: NodeSelectorTerm[]): string =>
      wants({ matchExpressions: [], matchFields: fields.flatMap(({ matchFields }) => matchFields) });
    assert.equal(wantsAll(field('In', 'metadata.name', 'n1'), field('NotIn', 'metadata.name', 'n2')), 'fits');
    assert.equal(wantsAll(field('In', 'metadata.name', 'n1'), field('In', 'metadata.namespace', 'n2')), MISMATCH);
    const both = {
      matchExpressions: [],
      matchFields: [
        ...field('In', 'metadata.name', 'n1').matchFields,
        ...field('In', 'metadata.name', 'n2').matchFields,
      ],
    };
    assert.equal(wants(both), 'NodeAffinity!: pod affinity terms conflict');
    assert.equal(wants(field('In', 'metadata.name', 'n2'), term('Exists', 'disk')), 'fits', 'one free term lifts it');
    assert.equal(wants(field('In', 'metadata.name', 'n2'), field('In', 'metadata.name', 'n1')), 'fits', 'either');
  });
});

describe('host ports', () => {
  it('KS-12 KS-13 are taken once per address and protocol, 0.0.0.0 standing for every address', () => {
    assert.equal(besides(onPort('10.0.0.1'), onPort('10.0.0.2')), true);
    assert.equal(besides(onPort('10.0.0.1'), onPort('0.0.0.0')), false);
    assert.equal(besides(onPort('0.0.0.0'), onPort('10.0.0.1')), false);
    assert.equal(besides(onPort('::'), onPort('10.0.0.1')), true);
    assert.equal(besides(onPort('10.0.0.1'), onPort('10.0.0.1')), false);
    assert.equal(besides(onPort('0.0.0.0', 'UDP'), onPort('0.0.0.0')), true);
    assert.equal(
      inShort(ask(onPort('0.0.0.0'), aNode(), [onPort('0.0.0.0')])),
      "NodePorts: node(s) didn't have free ports for the requested pod ports",
    );
  });
});

describe('what is not evaluated', () => {
  it('never fits, and says what it would need, before what the nodes say: devices may keep a pod out of the queue', () => {
    assert.equal(
      needs(aPod({ cpu: 9000, spec: { resourceClaims: ['gpu'] } })),
      'DynamicResources!: not evaluated: needs dynamic resources',
    );
    assert.equal(needs(aPod({ spec: { volumes: [{ kind: 'emptyDir', name: 'tmp', medium: '' }] } })), 'fits');
  });
});

describe('pods that are coupled to others', () => {
  it('are those with terms of their own, and those that a placed pod’s term keeps away', () => {
    const web = { labels: { app: 'web' } };
    const terms = [anAffinityTerm(web.labels)];
    assert.equal(isTied(aPod(web)), false);
    assert.equal(isTied(aPod({ ...web, spec: { topologySpread: [spread('ScheduleAnyway')] } })), true);
    assert.equal(isTied(aPod({ ...web, spec: { requiredPodAffinity: terms } })), true);
    assert.equal(isTied(aPod({ ...web, spec: { requiredPodAntiAffinity: terms } })), true);
    const guard = aPod({ name: 'guard', nodeName: 'n', spec: { requiredPodAntiAffinity: terms } });
    const zonal = aPod({
      name: 'zonal',
      nodeName: 'n',
      spec: { requiredPodAntiAffinity: [anAffinityTerm(web.labels, { topologyKey: 'zone' })] },
    });
    assert.equal(isTied(aPod(web), [guard]), true);
    assert.equal(isTied(aPod(web), [zonal]), false, 'it guards no zone: its node is in none');
    assert.equal(isTied(aPod(web), [zonal, guard]), true);
    assert.equal(isTied(aPod({ labels: { app: 'db' } }), [guard]), false);
  });

  const apart = {
    labelSelector: { requirements: [] },
    topologyKey: 'zone',
    namespaces: [],
    namespaceSelector: undefined,
    matchLabelKeys: [],
    mismatchLabelKeys: [],
  };

  it('KS-41 takes a spread that is only a wish for no constraint', () => {
    assert.equal(needs(aPod({ spec: { topologySpread: [spread('ScheduleAnyway')] } })), 'fits');
    assert.equal(
      needs(aPod({ spec: { topologySpread: [spread('DoNotSchedule')] } })),
      "PodTopologySpread!: node(s) didn't match pod topology spread constraints (missing required label)",
    );
  });

  it('includes the anti-affinity of a pod that runs already, where the domain is shared and the pod is meant', () => {
    const loner = aPod({
      name: 'loner',
      nodeName: 'a1',
      spec: {
        requiredPodAntiAffinity: [
          { ...apart, labelSelector: { requirements: [{ key: 'app', operator: 'In', values: ['web'] }] } },
        ],
      },
    });
    const cluster = aCluster({
      nodes: [
        aNode({ name: 'a1', labels: { zone: 'a' } }),
        aNode({ name: 'a2', labels: { zone: 'a' } }),
        aNode({ name: 'b1', labels: { zone: 'b' } }),
        aNode({ name: 'c1' }),
      ],
      pods: [loner],
    });
    const names = (pod: PodFacts): string[] =>
      cluster
        .nodeSlots()
        .filter((slot) => fits(cluster, pod, slot))
        .map((slot) => cluster.node(slot).name);
    assert.deepEqual(names(aPod({ labels: { app: 'web' } })), ['b1', 'c1']);
    assert.deepEqual(names(aPod({ labels: { app: 'db' } })), ['a1', 'a2', 'b1', 'c1']);
    assert.deepEqual(names(aPod({ labels: { app: 'web' }, namespace: 'other' })), ['a1', 'a2', 'b1', 'c1']);
    cluster.trial(() => {
      cluster.remove(loner, cluster.slotOf('a1') ?? -1);
      assert.deepEqual(names(aPod({ labels: { app: 'web' } })), ['a1', 'a2', 'b1', 'c1'], 'gone with the pod');
    });
  });
});

describe('features', () => {
  it('KS-53 that a pod makes use of have to be declared by the node', () => {
    const pod = aPod({ spec: { requiredFeatures: ['A', 'B'] } });
    const verdict = ask(pod, aNode({ declaredFeatures: ['B', 'C'] }));
    assert.equal(inShort(verdict).startsWith('NodeDeclaredFeatures!: '), true);
    assert.deepEqual(reasonsOf(verdict), [{ code: 'NodeLacksFeatures', features: ['A'] }]);
    assert.deepEqual(reasonsOf(ask(pod, aNode())), [{ code: 'NodeLacksFeatures', features: ['A', 'B'] }]);
    assert.equal(inShort(ask(pod, aNode({ declaredFeatures: ['A', 'B'] }))), 'fits');
  });
});

describe('gates', () => {
  it('KS-54 hold a pod back wherever it would go', () => {
    assert.equal(
      inShort(ask(aPod({ cpu: 9000, spec: { schedulingGates: ['a/b', 'c/d'] } }), aNode())),
      'SchedulingGates!: waiting for scheduling gates: [a/b c/d]',
    );
  });
});
