import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { eitherOfTwo, emptyNodeGoes, growsToItsMaximum, ownCases } from './own-cases.ts';
import { isDecisionsFile, type RecordedDecisions, type RecordedPass } from './recorded.ts';
import { replayDecisions } from './replay-decisions.ts';
import { decisionsDisagree, runDecisions, wordDecisions } from './report-decisions.ts';

/** Decisions recorded from Cluster Autoscaler; they lie beside a clone, where they lie at all. */
const recorded = fileURLToPath(new URL('../../../../shared/oracle/decisions', import.meta.url));
const ABSENT = existsSync(recorded) ? false : `no recorded decisions at ${recorded}`;

describe('cases of our own', () => {
  for (const one of ownCases) {
    it(`${one.id}: agrees in every pass`, () => {
      const played = replayDecisions(one);
      assert.deepEqual(played.end, { kind: 'through' });
      assert.deepEqual(played.differences, []);
    });
  }
});

describe('the replay of decisions', () => {
  it('names the pass and the field that differ, with both answers, and goes no further', () => {
    const wrong = inPass(emptyNodeGoes, 1, { unneeded: [] });
    const { compared, end } = replayDecisions(wrong);
    assert.equal(compared, 2);
    assert.deepEqual(end, {
      kind: 'disagrees',
      pass: 1,
      fields: [{ field: 'unneeded', ours: 'pool-2', theirs: '' }],
    });
  });

  for (const [field, pass] of [
    ['increases', { scaleUps: [{ group: 'pool', delta: 3 }] }],
    ['helped', { podsTriggeredScaleUp: { 'default/web': 1 } }],
    ['unhelped', { noScaleUp: [{ pods: 'default/web', count: 2 }] }],
    ['deletedEmpty', { deletedEmpty: ['pool-9'] }],
    ['drained', { drained: [{ node: 'pool-9' }] }],
    ['unremovable', { unremovable: [{ node: 'pool-9', reason: 'NotUnderutilized' }] }],
    ['instancesDeleted', { providerDeletes: [{ group: 'pool', nodes: ['cloud:///ghost'], at: 10 }] }],
    ['decreases', { targetDecreases: [{ group: 'pool', delta: -1 }] }],
  ] as const) {
    it(`compares ${field}`, () => {
      const { end } = replayDecisions(inPass(growsToItsMaximum, 0, pass));
      assert.ok(end.kind === 'disagrees');
      assert.deepEqual(
        end.fields.map((one) => one.field),
        [field],
      );
    });
  }

  it('excuses a deliberate difference by its name, and counts it', () => {
    const overstated = inPass(growsToItsMaximum, 0, { podsTriggeredScaleUp: { 'default/web': 3 } });
    assert.deepEqual(replayDecisions(overstated), {
      compared: 1,
      passes: 1,
      differences: ['only-pods-that-get-a-place-are-helped'],
      end: { kind: 'through' },
    });
  });

  it('follows any of the outcomes that chance brought, and leaves them only where runs had that in common', () => {
    const first = eitherOfTwo.anyOf?.[0]?.passes[0];
    assert.ok(first !== undefined);
    const other: RecordedPass = { ...first, unneeded: ['pool-7'] };
    const anyOf = [{ passes: [other, other] }];
    const chance = replayDecisions({ ...eitherOfTwo, anyOf, always: [{ now: 10, unneededCount: 1 }] });
    assert.deepEqual(chance, { compared: 1, passes: 2, differences: [], end: { kind: 'own-way' } });
    const strict = replayDecisions({ ...eitherOfTwo, anyOf, always: [{ now: 10, unneededCount: 2 }] });
    assert.equal(strict.end.kind, 'disagrees');
  });

  it('refuses a case whose flags we do not take rather than to play it with others', () => {
    assert.throws(() => replayDecisions({ ...growsToItsMaximum, options: { 'max-nodes': 3 } }), /max-nodes/);
  });

  it('counts passes, and says which were not compared', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'decisions-'));
    try {
      const file = join(folder, 'own.ndjson.gz');
      const wrong = inPass(emptyNodeGoes, 0, { unneeded: [] });
      await writeFile(file, gzipSync([...ownCases, wrong].map((one) => JSON.stringify(one)).join('\n')));
      assert.equal(await isDecisionsFile(file), true);
      const report = await runDecisions([file]);
      assert.equal(decisionsDisagree(report), true);
      const lines = wordDecisions(report);
      assert.ok(lines.includes('decisions: 7, disagreements: 1, differences: 0'), lines.join('\n'));
      assert.ok(lines.some((line) => line.startsWith('not compared: 2 passes')));
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});

describe('the decisions of Cluster Autoscaler', { skip: ABSENT }, () => {
  for (const family of ['scale-down-placement', 'scale-down-blocking']) {
    it(`${family}: no disagreement`, async () => {
      const report = await runDecisions([join(recorded, `${family}.ndjson.gz`)]);
      assert.equal(decisionsDisagree(report), false, wordDecisions(report).join('\n'));
    });
  }
});

function inPass(one: RecordedDecisions, index: number, change: Partial<RecordedPass>): RecordedDecisions {
  const passes = one.passes?.map((pass, at) => (at === index ? { ...pass, ...change } : pass));
  return { ...one, ...(passes === undefined ? {} : { passes }) };
}
