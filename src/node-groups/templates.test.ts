import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Cluster, Slot } from '../cluster/cluster.ts';
import {
  aCluster,
  aController,
  aDaemonSetReference,
  aNode,
  aPod,
  aSpec,
  aTaint,
  aToleration,
} from '../cluster/fixtures.test-support.ts';
import { aGroup, HEALTH_OPTIONS } from './fixtures.test-support.ts';
import type { NodeGroupState } from './node-group.ts';
import { DELETION_CANDIDATE_TAINT, isPassingTaint, NO_FURTHER_TAINTS, TO_BE_DELETED_TAINT } from './taints.ts';
import * as templates from './templates.ts';
import type { GroupTemplate } from './view.ts';

const NOW = 3_600_000;

/** Of a group with these ready nodes. */
function templateOf(
  cluster: Cluster,
  group: NodeGroupState,
  ready: readonly Slot[],
  now: number,
): GroupTemplate | undefined {
  const standing = { ready, unready: [], 'not-started': [], suspended: [], going: [] };
  const { templates: options } = HEALTH_OPTIONS;
  return templates.templateOf(cluster, group, { standing, options, taints: NO_FURTHER_TAINTS, now });
}

const cni = aController('DaemonSet', 'cni', { spec: aSpec({ cpu: 100 }) });
const pick = aController('DaemonSet', 'gpu-plugin', { spec: aSpec({ cpu: 50 }, { nodeSelector: { gpu: 'true' } }) });

describe('the template of a group', () => {
  it('is its first settled ready node, without what is particular to that node', () => {
    const nodes = [
      aNode({ name: 'a', readyAtMs: NOW - 1000 }),
      aNode({ name: 'b', unschedulable: true }),
      aNode({
        name: 'c',
        cpu: 3920,
        labels: { 'kubernetes.io/hostname': 'c', 'vke.vultr.com/node-id': '1234', 'vke.vultr.com/node-pool': 'pool' },
        taints: [aTaint('node.kubernetes.io/disk-pressure'), aTaint('dedicated', 'db')],
      }),
    ];
    const cluster = aCluster({
      nodes,
      pods: [
        aPod({ name: 'cni-c', nodeName: 'c', owner: aDaemonSetReference('cni') }),
        aPod({ name: 'static', nodeName: 'c', annotations: { 'kubernetes.io/config.mirror': 'x' } }),
        aPod({ name: 'web', nodeName: 'c', owner: 'web' }),
        aPod({
          name: 'old',
          nodeName: 'c',
          owner: aDaemonSetReference('old'),
          deletion: { atMs: 0, graceSeconds: 30 },
        }),
      ],
      controllers: [cni, pick],
    });
    const template = templateOf(cluster, aGroup({ id: 'p1', nodes }), cluster.nodeSlots(), NOW);
    assert.equal(template?.source, 'living-node');
    assert.deepEqual(template.node.labels, {
      'kubernetes.io/hostname': 'template-node-for-p1',
      'vke.vultr.com/node-pool': 'pool',
    });
    assert.deepEqual(template.node.taints, [aTaint('dedicated', 'db')]);
    assert.deepEqual([template.node.allocatable['cpu'], template.node.providerID], [3920, '']);
    assert.deepEqual(template.overhead.map(({ name }) => name).toSorted(), ['cni-c', 'static']);
  });

  it('TA-18: keeps none of the taints that say something of a moment in a node’s life', () => {
    const passing = [
      'node.kubernetes.io/memory-pressure',
      'node.kubernetes.io/not-ready',
      'node.kubernetes.io/unschedulable',
      TO_BE_DELETED_TAINT,
      DELETION_CANDIDATE_TAINT,
      'startup-taint.cluster-autoscaler.kubernetes.io/x',
      'ignore-taint.cluster-autoscaler.kubernetes.io/x',
      'status-taint.cluster-autoscaler.kubernetes.io/x',
      'configured-startup',
      'configured-prefix/x',
      'configured-status',
    ];
    const taints = [...passing, 'dedicated', 'node.kubernetes.io/of-somebody'].map((key) => aTaint(key));
    const options = {
      startupKeys: ['configured-startup'],
      startupPrefixes: ['configured-prefix/'],
      statusKeys: ['configured-status'],
    };
    assert.deepEqual(
      taints.filter((taint) => !isPassingTaint(taint, options)).map(({ key }) => key),
      ['dedicated', 'node.kubernetes.io/of-somebody'],
    );
  });

  it('is not a node that is being removed', () => {
    const node = aNode({ name: 'a', taints: [aTaint(TO_BE_DELETED_TAINT)] });
    const cluster = aCluster({ nodes: [node] });
    assert.equal(templateOf(cluster, aGroup({ node: undefined, nodes: [node] }), [], NOW), undefined);
  });

  it('DQ-01: is, without a living node, the provider’s, with a pod of each DaemonSet that would run there', () => {
    const big = aController('DaemonSet', 'big', { spec: aSpec({ cpu: 99_000 }) });
    const shy = aController('DaemonSet', 'shy', { spec: aSpec({}) });
    const bold = aController('DaemonSet', 'bold', { spec: aSpec({}, { tolerations: [aToleration('')] }) });
    const cluster = aCluster({ controllers: [cni, pick, big] });
    const plain = templateOf(cluster, aGroup({}), [], NOW);
    assert.deepEqual(
      plain?.overhead.map(({ name }) => name),
      ['big-of-template', 'cni-of-template'],
    );
    const gpu = templateOf(cluster, aGroup({ node: { labels: { gpu: 'true' } } }), [], NOW);
    assert.deepEqual(
      gpu?.overhead.map(({ controller }) => controller?.name),
      ['big', 'cni', 'gpu-plugin'],
    );
    const tainted = templateOf(
      aCluster({ controllers: [shy, bold] }),
      aGroup({ node: { taints: [aTaint('dedicated')] } }),
      [],
      NOW,
    );
    assert.deepEqual(
      tainted?.overhead.map(({ controller }) => controller?.name),
      ['bold'],
    );
  });

  it('carries the older names of its labels too where it is the provider’s, as nodes do', () => {
    const labels = { 'node.kubernetes.io/instance-type': 'vc2-4c-8gb', 'topology.kubernetes.io/region': 'ewr' };
    const template = templateOf(aCluster({}), aGroup({ node: { labels } }), [], NOW);
    assert.equal(template?.node.labels['beta.kubernetes.io/instance-type'], 'vc2-4c-8gb');
    assert.equal(template.node.labels['failure-domain.beta.kubernetes.io/region'], 'ewr');
    assert.equal('failure-domain.beta.kubernetes.io/zone' in template.node.labels, false);
  });

  it('adds to a living node only those DaemonSets that would push themselves in', () => {
    const critical = aController('DaemonSet', 'critical', { spec: aSpec({}, { priority: 2_000_001_000 }) });
    const node = aNode({ name: 'a' });
    const cluster = aCluster({ nodes: [node], controllers: [cni, critical] });
    const template = templateOf(cluster, aGroup({ nodes: [node] }), cluster.nodeSlots(), NOW);
    assert.deepEqual(
      template?.overhead.map(({ controller }) => controller?.name),
      ['critical'],
    );
  });

  it('is the same object while its source is, so that what is known of it stays known', () => {
    const group = aGroup({});
    assert.equal(templateOf(aCluster({}), group, [], NOW)?.node, templateOf(aCluster({}), group, [], NOW + 1)?.node);
  });
});
