/** A pod for which a node was promised, and what shows that the promise was wrong. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { NodeSketch } from '../cluster/fixtures.test-support.ts';
import { aCluster, aNode, aPod } from '../cluster/fixtures.test-support.ts';
import { EMPTY_MEMORY } from '../node-groups/memory.ts';
import { aGroup, HEALTH_OPTIONS } from '../node-groups/fixtures.test-support.ts';
import { observeNodeGroups } from '../node-groups/observe.ts';
import { MINUTE, NOON } from './plan.test-support.ts';
import type { Judged, PredictionMemory } from './predictions.ts';
import { judgePredictions, NO_PREDICTIONS, promised } from './predictions.ts';

const POD = aPod({ name: 'web-1', owner: 'web', cpu: 1000, unschedulable: true, createdAtMs: NOON - 10 * MINUTE });
/** Two minutes later the node is there. */
const PROMISED = promised(
  NO_PREDICTIONS,
  [{ kin: POD.controller?.uid ?? '', groupId: 'pool', nodes: 1 }],
  NOON - 2 * MINUTE,
);

interface Came {
  readonly node?: NodeSketch;
  /** What others have taken of it. */
  readonly takenMilliCpu?: number;
  readonly memory?: PredictionMemory;
  /** Since the node became ready. */
  readonly afterMs: number;
  readonly silentMs?: number;
}

function judge({ node = {}, takenMilliCpu = 0, memory = PROMISED, afterMs, silentMs = 0 }: Came): Judged {
  const came = aNode({ name: 'new', readyAtMs: NOON, createdAtMs: NOON - MINUTE, ...node });
  const others = takenMilliCpu === 0 ? [] : [aPod({ name: 'other', nodeName: 'new', cpu: takenMilliCpu })];
  const cluster = aCluster({ nodes: [came], pods: [POD, ...others] });
  const now = NOON + afterMs;
  const groups = [aGroup({ id: 'pool', nodes: [came] })];
  const { views } = observeNodeGroups({
    cluster,
    groups,
    memory: EMPTY_MEMORY,
    options: HEALTH_OPTIONS,
    now,
    fromZero: true,
  });
  return judgePredictions(memory, { cluster, groups: views, now, heardAtMs: now - silentMs });
}

describe('a promised node that the pod fits', () => {
  it('is waited with for two minutes, as the scheduler may have thousands to place first', () => {
    const { memory, wrong } = judge({ afterMs: 2 * MINUTE - 1 });
    assert.deepEqual(wrong, []);
    assert.equal(memory.promises.length, 1);
  });

  it('is avoided when the scheduler has left it after that', () => {
    const { memory, wrong } = judge({ afterMs: 2 * MINUTE });
    assert.deepEqual(
      wrong.map(({ pod, node, reason, times }) => [pod, node, reason, times]),
      [['default/web-1', 'new', undefined, 1]],
    );
    assert.deepEqual(memory.promises, []);
    assert.deepEqual(
      memory.mistakes[0]?.avoided.map(({ name }) => name),
      ['new'],
    );
  });

  it('is waited with for as long as nothing is heard of pods: the scheduler may have put it there long ago', () => {
    assert.deepEqual(judge({ afterMs: 4 * MINUTE, silentMs: 3 * MINUTE }).wrong, []);
    assert.equal(judge({ afterMs: 4 * MINUTE, silentMs: 2 * MINUTE }).wrong.length, 1);
  });

  it('was no mistake where others have taken the room', () => {
    const { memory, wrong } = judge({ afterMs: 5 * MINUTE, takenMilliCpu: 3500 });
    assert.deepEqual([wrong, memory.promises, memory.mistakes], [[], [], []]);
  });
});

describe('a promised node that is smaller than was foretold', () => {
  it('is a mistake at once, and for longer with each further one', () => {
    const node = { cpu: 500 };
    const first = judge({ node, afterMs: 0 });
    assert.deepEqual(
      first.wrong.map(({ reason, untilMs }) => [reason?.code, untilMs - NOON]),
      [['InsufficientResource', 2 * MINUTE]],
    );
    const [promise] = PROMISED.promises;
    assert.ok(promise !== undefined);
    const memory = { ...first.memory, promises: [promise] };
    const second = judge({ node, afterMs: MINUTE, memory });
    assert.deepEqual(
      second.wrong.map(({ times, untilMs }) => [times, untilMs - NOON]),
      [[2, 11 * MINUTE]],
    );
  });
});
