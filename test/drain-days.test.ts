/**
 * A small share of what `npm run simulate:faults` lives through: hours of removals in bad weather, and hours of drains with
 * the process killed again and again. docs/simulation.md says what longer runs have shown.
 */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { liveDrainDay } from './support/drain-day.ts';
import { killedDay } from './support/killed-day.ts';

const HOURS = 3;
const KILLS = 12;
const TIDES = 1;

describe('hours of removals', () => {
  for (const seed of [1, 2]) {
    it(`in bad weather, with seed ${seed}: nothing is broken, and the cluster comes to rest`, async (test) => {
      const day = await liveDrainDay(seed, HOURS);
      assert.deepEqual(day.violations, []);
      assert.equal(day.unsettled, undefined);
      assert.ok(day.nodesDeleted > 0 && day.faults > 0 && day.starts > 1, 'there was enough of it');
      test.diagnostic(`${day.nodesDeleted} nodes deleted, ${day.faults} faults, ${day.starts} starts`);
    });
  }

  it('end as they do without kills, when the process is killed again and again', async (test) => {
    const calm = await killedDay(1, 0, TIDES);
    const killed = await killedDay(1, KILLS, TIDES);
    assert.deepEqual(killed.violations, []);
    assert.deepEqual(killed.end, calm.end);
    assert.equal(killed.end['nodes that are marked'], 0);
    assert.ok(killed.nodesDeleted > 0);
    test.diagnostic(`${killed.nodesDeleted} nodes deleted, ${killed.kills} kills`);
  });
});
