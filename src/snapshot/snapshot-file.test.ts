import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { aCluster } from '../cluster/fixtures.test-support.ts';
import { FIRST_MEMORY } from '../loop/memory.ts';
import { parseOptions } from '../options/options.ts';
import { readSnapshot, writeSnapshot } from './snapshot-file.ts';
import { decided, inputOf, takeSnapshot } from './snapshot.ts';

function aSnapshot(): string {
  const parsed = parseOptions([]);
  assert.ok(parsed.ok);
  const { scaleUp, scaleDown, limits, nodeGroups, thresholds, loop } = parsed.value.options;
  const { maxLaunchesPerHour } = loop;
  const snapshot = takeSnapshot({
    world: { cluster: aCluster({}), groups: [], removals: [] },
    memory: FIRST_MEMORY,
    options: { scaleUp, scaleDown, limits, health: nodeGroups, thresholds, maxLaunchesPerHour },
    pass: { number: 7, now: 1_767_225_600_000, triggers: ['timer'] },
  });
  return writeSnapshot(snapshot, '0.1.0');
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
