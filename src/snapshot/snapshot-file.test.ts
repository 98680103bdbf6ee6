import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Cluster } from '../cluster/cluster.ts';
import { aCluster, podsOf } from '../cluster/fixtures.test-support.ts';
import type { DecisionInput } from '../loop/decide.ts';
import { FIRST_MEMORY } from '../loop/memory.ts';
import { defaultOptions } from '../options/options.ts';
import { type Clock, realClock } from '../runtime/clock.ts';
import { readSnapshot, writeSnapshot, writeSnapshotInTurns } from './snapshot-file.ts';
import { decided, inputOf, takeSnapshot } from './snapshot.ts';

function inputWith(cluster: Cluster): DecisionInput {
  const { scaleUp, scaleDown, limits, nodeGroups, thresholds, loop } = defaultOptions();
  const { maxLaunchesPerHour } = loop;
  return {
    world: { cluster, groups: [], removals: [] },
    memory: FIRST_MEMORY,
    options: { scaleUp, scaleDown, limits, health: nodeGroups, thresholds, maxLaunchesPerHour },
    pass: { number: 7, now: 1_767_225_600_000, triggers: ['timer'] },
  };
}

function aSnapshot(): string {
  return writeSnapshot(takeSnapshot(inputWith(aCluster({}))), '0.1.0');
}

function problemOf(text: string): string {
  const read = readSnapshot(text);
  assert.ok(!read.ok);
  return read.error;
}

describe('a file of a snapshot', () => {
  it('gives back what was saved, when and by which version', () => {
    const read = readSnapshot(aSnapshot());
    assert.ok(read.ok);
    const { program, snapshot, takenAt } = read.value;
    assert.deepEqual([program, takenAt, snapshot.pass.number], ['0.1.0', '2026-01-01T00:00:00Z', 7]);
    assert.deepEqual(decided(inputOf(snapshot)), snapshot.decision);
  });

  it('says so when it was cut short, changed, or is something else', () => {
    const text = aSnapshot();
    assert.match(problemOf(text.slice(0, -20)), /no JSON; it may have been cut short/);
    assert.match(problemOf(text.replace('"number":7', '"number":8')), /checksum does not match: it was changed/);
    assert.match(problemOf('{"kind":"Pod"}'), /no snapshot; "vke-autoscaler snapshot -o FILE" saves one/);
    assert.match(problemOf('[]'), /no snapshot/);
    assert.match(problemOf(text.replace('"sha256"', '"sha1"')), /parts of the snapshot are missing/);
  });

  it('names the version that it cannot read', () => {
    assert.equal(
      problemOf(aSnapshot().replace('"version":1', '"version":2')),
      'it is a snapshot of version 2, and this program reads version 1 only',
    );
  });
});

it('a file that is written a little at a time is the same, and others have their turn meanwhile', async () => {
  const pods = podsOf('web', 5000, { cpu: 10 });
  const snapshot = takeSnapshot(inputWith(aCluster({ pods })));
  let [turns, nowMs] = [0, 0];
  const clock: Clock = {
    ...realClock,
    // Each look at the clock finds that a millisecond has passed.
    monotonic: () => (nowMs += 1),
    nextTurn: () => {
      turns += 1;
      return Promise.resolve();
    },
  };
  assert.equal(await writeSnapshotInTurns(snapshot, '0.1.0', clock), writeSnapshot(snapshot, '0.1.0'));
  assert.ok(turns > 5, `${turns} turns`);
});
