import assert from 'node:assert/strict';
import { describe as suite, it } from 'node:test';
import { advice, describe, schedulerMessage } from './text.ts';

const GiB = 2 ** 30;

suite('the wording of reasons', () => {
  it('says how much is missing, in units that people read', () => {
    const cpu = {
      code: 'InsufficientResource',
      resource: 'cpu',
      requested: 3500,
      free: 2900,
      allocatable: 4000,
    } as const;
    assert.equal(describe(cpu), 'needs 3500m CPU, 2900m free of 4000m');
    assert.equal(schedulerMessage(cpu), 'Insufficient cpu');
    assert.equal(advice(cpu), '', 'room may come: nothing to advise');
    const memory = {
      code: 'InsufficientResource',
      resource: 'memory',
      requested: 16 * GiB,
      free: 1.5 * GiB,
      allocatable: 7.25 * GiB,
    } as const;
    assert.equal(describe(memory), 'needs 16Gi memory, 1.5Gi free of 7.3Gi');
    assert.match(advice(memory), /plan has more memory/);
    const gpu = {
      code: 'InsufficientResource',
      resource: 'nvidia.com/gpu',
      requested: 1,
      free: 0,
      allocatable: 0,
    } as const;
    assert.equal(describe(gpu), 'needs 1 nvidia.com/gpu, the node has none');
  });

  it('names the taint as kubectl does', () => {
    const reason = { code: 'UntoleratedTaint', taint: { key: 'gpu', value: 'true', effect: 'NoSchedule' } } as const;
    assert.equal(describe(reason), 'does not tolerate the taint gpu=true:NoSchedule');
    assert.equal(schedulerMessage(reason), 'node(s) had untolerated taint(s)');
  });

  it("keeps the cloud's own words, and says how long when the time is given", () => {
    const reason = {
      code: 'GroupInBackoff',
      untilMs: 300_000,
      cause: 'out-of-stock',
      message: 'Plan is sold out',
    } as const;
    assert.equal(describe(reason), 'left alone after a failure (out-of-stock: Plan is sold out)');
    assert.equal(describe(reason, 0), 'left alone for another 5 min after a failure (out-of-stock: Plan is sold out)');
    assert.match(advice(reason), /another plan/);
  });

  it('says where the pods of a node fail to go', () => {
    const rejections = [
      { nodes: 2, reason: { code: 'NodeUnschedulable' } },
      { nodes: 1, reason: { code: 'TooManyPods', allowed: 110 } },
    ] as const;
    assert.equal(
      describe({ code: 'NoPlaceToMovePods', pod: 'shop/web-1', rejections }),
      'shop/web-1 fits nowhere else: 2 nodes: the node is cordoned; 1 node: all 110 places for pods are taken',
    );
  });

  it('says what replaces which nodes, what that saves, and why it was given up', () => {
    const replacement = {
      group: 'small',
      nodes: 2,
      replaced: ['big-a', 'big-b'],
      savesPerHour: 0.125,
      savingsShare: 0.4,
      disruptionShare: 0.16,
    };
    const asked = { code: 'ReplacementAsked', replacement, untilMs: 900_000 } as const;
    assert.equal(
      describe(asked),
      'replace big-a, big-b by 2 nodes of small, saving $0.125/h (40 % of the cost for 16 % of the pods)',
    );
    const notWorthIt = { code: 'NothingWorthReplacing', best: replacement, threshold: 3 } as const;
    assert.match(describe(notWorthIt), /less than 3 of what it disturbs/);
    assert.match(advice(notWorthIt), /--consolidation-threshold/);
    const because = { code: 'ReplacedNodeKept', node: 'big-a', message: 'shop/db keeps it' } as const;
    const givenUp = { code: 'ReplacementGivenUp', replacement, because } as const;
    assert.match(describe(givenUp), /given up: big-a has to stay: shop\/db keeps it$/);
    assert.equal(
      describe({ code: 'ConsolidationSettles', untilMs: 600_000 }, 0),
      'no replacement is begun for another 10 min: the last one has just ended',
    );
  });

  it('words cluster limits in the units of their resource', () => {
    assert.equal(
      describe({ code: 'ClusterLimit', resource: 'nodes', limit: 10, wouldBe: 11 }),
      "the cluster's limit of 10 nodes would be passed (11)",
    );
    assert.equal(
      describe({ code: 'ClusterLimit', resource: 'memory', limit: 64 * GiB, wouldBe: 72 * GiB }),
      "the cluster's limit of 64Gi memory would be passed (72Gi)",
    );
  });
});
