import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { eitherOfTwo, emptyNodeGoes, expendablePod, growsToItsMaximum, ownCases } from './own-cases.ts';
import { withOtherNames } from './other-names.ts';
import { isDecisionsFile, isRecorded, type RecordedDecisions, type RecordedPass } from './recorded.ts';
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
    const { differences, end } = replayDecisions(overstated);
    assert.deepEqual(differences, ['only-pods-that-get-a-place-are-helped']);
    assert.deepEqual(end, { kind: 'through' });
  });

  it('follows any of the outcomes that chance brought, or keeps to what all runs had in common', () => {
    const first = eitherOfTwo.anyOf?.[0]?.passes[0];
    assert.ok(first !== undefined);
    const anyOf = [{ passes: [{ ...first, unneeded: ['pool-7'] }] }];
    const chance = replayDecisions({ ...eitherOfTwo, anyOf, always: [{ now: 10, unneededCount: 1 }] });
    assert.deepEqual([chance.byChance, chance.end.kind], [1, 'through']);
    const strict = replayDecisions({ ...eitherOfTwo, anyOf, always: [{ now: 10, unneededCount: 2 }] });
    assert.equal(strict.end.kind, 'disagrees');
  });

  it('excuses that a pod below the priority cutoff is protected, and nothing of that kind without the protection', () => {
    const played = replayDecisions(expendablePod);
    assert.deepEqual(played.differences, ['expendable-pods-are-protected-too']);
    assert.deepEqual(played.end, { kind: 'through' });
    const higher = replayDecisions({ ...expendablePod, options: { 'expendable-pods-priority-cutoff': -30 } });
    assert.equal(higher.end.kind, 'disagrees');
  });

  it('goes on from what the recording did where ours does otherwise', () => {
    const { passes = [] } = emptyNodeGoes;
    const [early, still, gone] = passes;
    assert.ok(early !== undefined && still !== undefined && gone !== undefined);
    // The runs had the number of deletions in common, and this one began earlier than it should have.
    const hasty = { ...still, unneeded: [], unremovable: [], deletedEmpty: ['pool-2'] };
    const after = { ...gone, before: { nodesRemoved: ['pool-2'] }, unneeded: [], deletedEmpty: [], unremovable: [] };
    const { passes: _, ...outline } = emptyNodeGoes;
    const always = passes.map(({ now }) => ({ now }));
    const played = replayDecisions({ ...outline, anyOf: [{ passes: [early, hasty, after] }], always });
    assert.deepEqual([played.compared, played.byChance, played.end.kind], [3, 1, 'through']);
  });

  it('tells of a disagreement whether it hangs on the order of lists, and excuses it no more for that', () => {
    const { anyOf = [], always: _, ...outline } = eitherOfTwo;
    const alone = anyOf.map((way) => replayDecisions({ ...outline, anyOf: [way] }));
    assert.deepEqual(alone.map(({ end, otherOrder }) => `${end.kind} ${otherOrder}`).toSorted(), [
      'disagrees true',
      'through false',
    ]);
    const [pass] = anyOf[0]?.passes ?? [];
    assert.ok(pass !== undefined);
    const never = { ...outline, anyOf: [{ passes: [{ ...pass, unneeded: ['pool-1', 'pool-2'] }] }] };
    const { end, otherOrder } = replayDecisions(never);
    assert.deepEqual([end.kind, otherOrder], ['disagrees', false]);
  });

  it('gives nodes and pods other names throughout, and other ones with each draw', () => {
    const [one, other] = [withOtherNames(emptyNodeGoes, 1), withOtherNames(emptyNodeGoes, 2)];
    const [node] = one.objects['nodes'] ?? [];
    const [pod] = one.objects['pods'] ?? [];
    const name = String(node?.metadata['name']);
    assert.match(name, /^\d+-pool-1$/);
    assert.match(String(pod?.metadata['name']), /^\d+-web-1$/);
    assert.equal(JSON.stringify(one).includes('"pool-1"'), false);
    assert.equal(JSON.stringify(other).includes(name), false);
    assert.equal(one.nodeGroups[0]?.instances[0]?.node, name);
    assert.equal(one.nodeGroups[0].instances[0].id, 'cloud:///pool-1', 'which is no name');
  });

  for (const [where, change] of [
    ['the case', { colour: 'red' }],
    ['objects', { objects: { services: [] } }],
    ['a group', { nodeGroups: [{ ...growsToItsMaximum.nodeGroups[0], colour: 'red' }] }],
    ['the options of a group', { nodeGroups: [{ ...growsToItsMaximum.nodeGroups[0], options: { colour: 'red' } }] }],
    ['a pass', { passes: [{ ...growsToItsMaximum.passes?.[0], colour: 'red' }] }],
    ['what is common', { always: [{ now: 10, colour: 'red' }] }],
  ] as const) {
    it(`refuses what it does not know in ${where}`, () => {
      const strange: object = { ...growsToItsMaximum, ...change };
      assert.ok(isRecorded(strange));
      assert.throws(() => replayDecisions(strange), /unknown (field|objects|option)/);
    });
  }

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
