import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { VirtualClock } from '../../sandbox/time/virtual-clock.ts';
import type { NodeExplanation } from '../explain/record.ts';
import { aRecord } from '../explain/record.test-support.ts';
import type { NodeReason } from '../explain/reasons.ts';
import type { KubernetesError } from '../kubernetes/errors.ts';
import { type Logger, silentLogger } from '../runtime/log.ts';
import { failure, success } from '../runtime/result.ts';
import { NodeConditions } from './node-conditions.ts';

const FORBIDDEN: KubernetesError = {
  kind: 'forbidden',
  missingRight: 'patch nodes/status',
  message: 'the right "patch nodes/status" is missing',
  status: 403,
  reason: 'Forbidden',
  causes: [],
};

function stays(reason: NodeReason): NodeExplanation {
  return { node: 'web-1', group: 'web', utilization: 0.6, outcome: { kind: 'stays', reason } };
}

function used(utilization: number): NodeExplanation {
  return stays({ code: 'NotUnderutilized', resource: 'cpu', utilization, threshold: 0.5 });
}

/** What is written of passes that explain web-1 so. */
function writing() {
  const clock = new VirtualClock();
  const written: string[] = [];
  const said: string[] = [];
  const state = { isForbidden: false };
  const warn: Logger['warn'] = (message, fields) => void said.push(`${message}: ${String(fields?.['reason'])}`);
  const logger: Logger = { ...silentLogger, warn };
  const conditions = new NodeConditions({
    clock,
    logger,
    write(node, { type, status, reason, message }) {
      if (state.isForbidden) return Promise.resolve(failure(FORBIDDEN));
      written.push(`${node} ${type}=${status} ${reason}: ${message}`);
      return Promise.resolve(success({ kind: 'changed' }));
    },
  });
  const pass = async (explanation: NodeExplanation): Promise<void> => {
    conditions.record(aRecord({ nodes: [explanation] }));
    await clock.runFor(1000);
  };
  return { clock, conditions, written, said, state, pass };
}

describe('the condition of a node', () => {
  it('says why it stays, and is written once for as long as that holds', async () => {
    const { pass, written } = writing();
    await pass(used(0.6));
    await pass(used(0.6));
    assert.deepEqual(written, [
      'web-1 vke-autoscaler.io/Stays=True NotUnderutilized: 60 % of its CPU is used, threshold 50 %',
    ]);
  });

  it('is written when the reason changes, or the pod that the reason is about', async () => {
    const { pass, written } = writing();
    await pass(used(0.6));
    await pass(stays({ code: 'BlockedByPod', pod: 'default/a', blocking: 'NotReplicated', detail: '' }));
    await pass(stays({ code: 'BlockedByPod', pod: 'default/b', blocking: 'NotReplicated', detail: '' }));
    assert.deepEqual(
      written.map((line) => line.split(' ')[2]),
      ['NotUnderutilized:', 'BlockedByPod:', 'BlockedByPod:'],
    );
  });

  it('keeps its amounts for ten minutes, however they move', async () => {
    const { clock, pass, written } = writing();
    for (const share of [0.6, 0.61, 0.62, 0.63]) await pass(used(share));
    assert.equal(written.length, 1);
    await clock.runFor(10 * 60_000);
    await pass(used(0.7));
    assert.match(written[1] ?? '', /70 % of its CPU/);
  });

  it('names what was found a while ago, and not that it was', async () => {
    const { pass, written } = writing();
    const because: NodeReason = { code: 'BlockedByPod', pod: 'default/a', blocking: 'NotReplicated', detail: '' };
    await pass(stays(because));
    await pass(stays({ code: 'RecentlyUnremovable', untilMs: 0, because }));
    assert.equal(written.length, 1);
  });

  it('says that it goes, once for all steps of the removal', async () => {
    const { pass, written } = writing();
    await pass({ ...used(0), outcome: { kind: 'removed', action: 0 } });
    await pass({ ...used(0), outcome: { kind: 'being-removed', step: 'draining' } });
    assert.deepEqual(written, ['web-1 vke-autoscaler.io/Stays=False BeingRemoved: it is being removed']);
  });

  it('is written anew by who has begun to lead', async () => {
    const { conditions, pass, written } = writing();
    await pass(used(0.6));
    conditions.begin();
    await pass(used(0.6));
    assert.equal(written.length, 2);
  });

  it('that cannot be written is told once, and tried again after a pause', async () => {
    const { clock, pass, said, state, written } = writing();
    state.isForbidden = true;
    for (let times = 0; times < 5; times++) await pass(used(0.6));
    await clock.runFor(60_000);
    await pass(used(0.6));
    assert.deepEqual(said, ['cannot write the conditions of nodes: the right "patch nodes/status" is missing']);
    state.isForbidden = false;
    await clock.runFor(60_000);
    await pass(used(0.6));
    assert.equal(written.length, 1);
  });
});
