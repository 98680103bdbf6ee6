/** Whether one node’s pods find places elsewhere: the removal simulator’s cases (RS) of the scenario catalogue. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Toleration, TopologySpreadConstraint } from '../cluster/facts.ts';
import type { NodeSketch, PodSketch } from '../cluster/fixtures.test-support.ts';
import { aDaemonSetReference, anAffinityTerm, aSpread, aToleration } from '../cluster/fixtures.test-support.ts';
import { plan, removed, whyStays } from './fixtures.test-support.ts';
import { aWorld, on } from './world.test-support.ts';

const DISABLED = { 'cluster-autoscaler.kubernetes.io/scale-down-disabled': 'true' };
const four = ['n1', 'n2', 'n3', 'n4'].map((name) => ({ name }));

/** Three nodes with a pod each that spread over hostnames, of which n1 may go. */
function spread(policy: TopologySpreadConstraint['nodeTaintsPolicy'], tolerations: readonly Toleration[] = []) {
  const labels = { app: 'x' };
  const topologySpread = [aSpread(labels, { minDomains: 2, nodeTaintsPolicy: policy })];
  const pods = ['n1', 'n2', 'n3'].map((name): PodSketch =>
    on(name, 100, { labels, spec: { topologySpread, tolerations } }),
  );
  const nodes = [{ name: 'n1' }, { name: 'n2', annotations: DISABLED }, { name: 'n3', annotations: DISABLED }];
  return plan(aWorld({ nodes, pods }));
}

/** n1, and so many nodes that stay and are free. */
function besideFree(count: number): readonly NodeSketch[] {
  return four.slice(0, count + 1).map((node, index) => (index === 0 ? node : { ...node, annotations: DISABLED }));
}

describe('one removal', () => {
  it('RS-05: of four nodes the empty one goes', () => {
    const busy = ['n1', 'n2', 'n3'].map((name) => on(name, 900));
    assert.deepEqual(removed(plan(aWorld({ nodes: four, pods: busy }))), ['n4']);
  });

  it('RS-06: a node that is on its way out still counts for a spread that does not look at taints', () => {
    assert.equal(whyStays(spread('Ignore'), 'n1')?.code, 'NoPlaceToMovePods');
  });

  it('RS-07: and does not for one that does, unless its pods tolerate everything', () => {
    assert.deepEqual(removed(spread('Honor')), ['n1']);
    assert.deepEqual(removed(spread('Honor', [aToleration('')])), []);
  });

  it('RS-09: a pod that nobody would make anew keeps the node', () => {
    const owner = { apiVersion: 'example.com/v1', kind: 'Rollout', name: 'x', uid: 'x' };
    const made = plan(
      aWorld({
        nodes: [...four.slice(0, 1), { name: 'room', cpu: 9000 }],
        pods: [on('n1', 100, { owner }), on('room', 8000)],
      }),
    );
    const reason = whyStays(made, 'n1');
    assert.equal(reason?.code === 'BlockedByPod' && reason.blocking, 'NotReplicated');
  });

  it('RS-13: the port of a pod that goes with the node keeps nobody', () => {
    const spec = { hostPorts: [{ hostIP: '', protocol: 'TCP', port: 80 }] } as const;
    const agents = ['n1', 'n2'].map((name) => on(name, 10, { owner: aDaemonSetReference('web'), spec }));
    const made = plan(aWorld({ nodes: four.slice(0, 2), pods: [...agents, on('n1', 100), on('n2', 700)] }));
    assert.deepEqual(removed(made), ['n1']);
  });

  it('RS-14: two pods that keep apart need two nodes', () => {
    const labels = { app: 'x' };
    const spec = { requiredPodAntiAffinity: [anAffinityTerm(labels)] };
    const pods = [on('n1', 100, { labels, spec }), on('n1', 100, { labels, spec })];
    assert.equal(whyStays(plan(aWorld({ nodes: besideFree(1), pods })), 'n1')?.code, 'NoPlaceToMovePods');
    assert.deepEqual(removed(plan(aWorld({ nodes: besideFree(2), pods }))), ['n1']);
  });
});
