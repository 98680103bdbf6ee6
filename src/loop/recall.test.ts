import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { FakePool } from '../actuation/fake-cloud.test-support.ts';
import { EMPTY_MEMORY, type NodeGroupMemory } from '../node-groups/memory.ts';
import { LONGEST_ABSENCE_MS } from './kept-belief.ts';
import { FIRST_MEMORY } from './memory.ts';
import { recallRequests } from './recall.ts';

const NOW = 100 * 60 * 60_000;

class RememberingPool extends FakePool {
  readonly recalled: string[] = [];
  override recall({ size, atMs }: { size: number; atMs: number }): void {
    this.recalled.push(`${size} nodes, ${NOW - atMs} ms ago`);
    super.recall({ size, atMs });
  }
}

/** What a pool of so many nodes is told. */
function recalled(nodes: number, memory: Partial<NodeGroupMemory>, absentMs = 1_000): readonly string[] {
  const pool = new RememberingPool('web', []);
  pool.recall({ size: nodes, atMs: NOW });
  pool.recalled.length = 0;
  const nodeGroups = { ...EMPTY_MEMORY, ...memory };
  const kept = { memory: { ...FIRST_MEMORY, nodeGroups }, aliveAtMs: NOW - absentMs, leftOut: [] };
  recallRequests(kept, [pool], NOW);
  return pool.recalled;
}

const accepted = { web: { increase: 2, sinceMs: NOW - 8_000, untilMs: NOW + 600_000, to: 3 } };
const sent = { web: { to: 5, delta: 2, sinceMs: NOW - 4_000, outcomeUnknown: true } };

describe('of what the last process has kept', () => {
  it('a pool is told the size that was accepted last', () => {
    assert.deepEqual(recalled(1, { scaleUpRequests: accepted }), ['3 nodes, 8000 ms ago']);
  });

  it('a request of which nobody knows whether it was sent is recalled once the cloud shows it', () => {
    assert.deepEqual(recalled(5, { scaleUpRequests: accepted, inFlight: sent }), ['5 nodes, 4000 ms ago']);
    assert.deepEqual(recalled(1, { inFlight: sent }), []);
  });

  it('nothing was asked for in the future, whatever the clocks say', () => {
    const early = { web: { ...accepted.web, sinceMs: NOW + 60_000 } };
    assert.deepEqual(recalled(1, { scaleUpRequests: early }), ['3 nodes, 0 ms ago']);
  });

  it('after a long absence, for other pools and for requests read off the cloud, there is nothing to recall', () => {
    assert.deepEqual(recalled(1, { scaleUpRequests: accepted }, LONGEST_ABSENCE_MS + 1), []);
    assert.deepEqual(recalled(1, { scaleUpRequests: { other: accepted.web } }), []);
    assert.deepEqual(recalled(1, { scaleUpRequests: { web: { increase: 2, sinceMs: NOW, untilMs: NOW + 1 } } }), []);
  });
});
