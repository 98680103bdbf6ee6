/** Which nodes are worth a simulation at all: the eligibility cases (EL) of the scenario catalogue. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { NodeSketch, PodSketch } from '../cluster/fixtures.test-support.ts';
import { aDaemonSetReference } from '../cluster/fixtures.test-support.ts';
import type { NodeReason } from '../explain/reasons.ts';
import { EAGER, plan } from './fixtures.test-support.ts';
import type { ScaleDownOptions } from './options.ts';
import { aWorld, on } from './world.test-support.ts';

/** What there is to say of the node n1, beside one with room for all of its pods: `goes`, or why it stays. */
function standing(
  node: NodeSketch,
  pods: readonly PodSketch[],
  options: Partial<ScaleDownOptions> = {},
): NodeReason['code'] | 'goes' {
  const world = aWorld({
    nodes: [
      { name: 'n1', ...node },
      { name: 'room', cpu: 9000 },
    ],
    pods: [...pods, on('room', 8000)],
  });
  const made = plan({ ...world, options: { ...EAGER, ...options } });
  const outcome = made.nodes.find((one) => one.node === 'n1')?.outcome;
  assert.ok(outcome !== undefined && outcome.kind !== 'being-removed');
  return outcome.kind === 'removed' ? 'goes' : outcome.reason.code;
}

const UNREADY: NodeSketch = { ready: false };
const agent = (cpu: number): PodSketch => on('n1', cpu, { owner: aDaemonSetReference('web') });

describe('eligibility', () => {
  it('EL-01: a ready node without pods', () => {
    assert.equal(standing({}, []), 'goes');
  });

  it('EL-11: a node that is not ready, by what it is used like any other', () => {
    assert.equal(standing(UNREADY, [on('n1', 100)]), 'goes');
  });

  it('EL-12: none that is not ready, with --scale-down-unready-enabled=false', () => {
    const options = { unreadyEnabled: false };
    assert.equal(standing(UNREADY, [on('n1', 100)], options), 'ScaleDownUnreadyDisabled');
    assert.equal(standing({}, [on('n1', 100)], options), 'goes');
  });

  it('EL-13: not even when it is not ready, where too much of it is used', () => {
    assert.equal(standing(UNREADY, [on('n1', 600)]), 'NotUnderutilized');
  });

  it('EL-14, EL-15: pods of DaemonSets count as use, unless they are not to', () => {
    const pods = [on('n1', 100), agent(500)];
    assert.equal(standing({}, pods, { ignoreDaemonSetsUtilization: true }), 'goes');
    assert.equal(standing({}, pods), 'NotUnderutilized');
  });

  it('EL-16, EL-17: with a threshold of 0 only what is not used at all', () => {
    const none = { utilizationThreshold: 0, ignoreDaemonSetsUtilization: true };
    assert.equal(standing({}, [agent(500)], none), 'goes');
    assert.equal(standing({}, [on('n1', 1)], none), 'NotUnderutilized');
  });

  it('EL-18: devices of resource claims are not looked at: cpu and memory decide', () => {
    const spec = { resourceClaims: ['gpu'] };
    assert.equal(standing({}, [on('n1', 600, { spec })]), 'NotUnderutilized');
    assert.equal(
      standing({}, [on('n1', 100, { spec })]),
      'NoPlaceToMovePods',
      'eligible, and nobody knows where its claim can be met',
    );
  });

  it('EL-24: a node with GPUs by those alone, with their own threshold', () => {
    const gpus: NodeSketch = { resources: { 'nvidia.com/gpu': 10 } };
    const pods = [on('n1', 0, { requests: { 'nvidia.com/gpu': 4 } })];
    assert.equal(standing(gpus, pods, { gpuUtilizationThreshold: 0.3 }), 'NotUnderutilized');
    assert.equal(standing(gpus, pods, { gpuUtilizationThreshold: 0.4, utilizationThreshold: 0 }), 'NoPlaceToMovePods');
  });
});
