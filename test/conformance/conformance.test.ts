import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { recordedFiles, type RecordedCase } from './cases.ts';
import { emptyTally, replay } from './replay.ts';
import { disagrees, runConformance, wordReport } from './report.ts';
import { sampleCases, sampleFile, sampleText } from './sample/sample.ts';

/** Verdicts recorded from the real scheduler; they lie beside a clone, where they lie at all. */
const recorded = fileURLToPath(new URL('../../../shared/oracle/scheduler', import.meta.url));
const ABSENT = existsSync(recorded) ? false : `no recorded verdicts at ${recorded}`;

describe('the sample of our own', () => {
  for (const one of sampleCases) {
    it(`${one.id}: agrees`, () => {
      assert.deepEqual(replay(one, emptyTally()), []);
    });
  }

  it('stands in its file as it is written here', async () => {
    assert.equal(gunzipSync(await readFile(sampleFile)).toString(), sampleText());
  });

  it('is read from a directory and counted', async () => {
    const files = await recordedFiles([fileURLToPath(new URL('sample', import.meta.url))]);
    const report = await runConformance(files);
    assert.equal(disagrees(report), false);
    assert.ok(report.total.verdicts > 150 && report.total.sequences > 8 && report.total.notEvaluated === 0);
    assert.ok(wordReport(report).includes(`verdicts: ${report.total.verdicts}, disagreements: 0`));
  });
});

describe('the replay', () => {
  const [cordon] = sampleCases;

  it('finds a node that should fit and does not, and names case, pod, node and both answers', () => {
    assert.ok(cordon !== undefined);
    const wrong = withVerdict(cordon, 'a', { fits: true });
    const tally = emptyTally();
    assert.deepEqual(replay(wrong, tally), [
      {
        case: 'cordon',
        pod: 'default/plain',
        node: 'a',
        ours: 'NodeUnschedulable: node(s) were unschedulable [UnschedulableAndUnresolvable]',
        theirs: 'fits',
      },
    ]);
    assert.equal(tally.disagreements, 1);
  });

  it('compares the plugin, the reasons and the code, not only whether the pod fits', () => {
    assert.ok(cordon !== undefined);
    const right = { plugin: 'NodeUnschedulable', reasons: ['node(s) were unschedulable'] };
    const code = 'UnschedulableAndUnresolvable';
    for (const wrong of [
      { ...right, plugin: 'TaintToleration', code },
      { ...right, reasons: ['Insufficient cpu'], code },
      { ...right, code: 'Unschedulable' },
    ]) {
      assert.equal(replay(withVerdict(cordon, 'a', wrong), emptyTally()).length, 1);
    }
    assert.equal(replay(withVerdict(cordon, 'a', { ...right, code }), emptyTally()).length, 0);
  });

  it('counts what is not evaluated apart, never as agreement', () => {
    assert.ok(cordon !== undefined);
    const needsDevice = {
      metadata: { name: 'd', uid: 'd', namespace: 'default' },
      spec: { resourceClaims: [{ name: 'g' }] },
    };
    const tally = emptyTally();
    const verdicts = [{ pod: 'default/d', nodes: { a: { fits: true as const }, b: { fits: true as const } } }];
    const sequence = [{ pod: 'default/d', node: 'a' }];
    assert.deepEqual(replay({ ...cordon, pending: [needsDevice], verdicts, sequence }, tally), []);
    assert.deepEqual(tally, { ...emptyTally(), notEvaluated: 2, sequencesNotEvaluated: 1 });
  });
});

describe('the verdicts of the real scheduler', { skip: ABSENT }, () => {
  for (const family of ['vke', 'mixed-volumes']) {
    it(`${family}: no disagreement`, async () => {
      const report = await runConformance(await recordedFiles([`${recorded}/${family}.ndjson.gz`]));
      assert.equal(disagrees(report), false, wordReport(report).join('\n'));
      assert.ok(report.total.verdicts > 1000);
    });
  }
});

/** The case with another answer of its first pod on that node. */
function withVerdict(
  one: RecordedCase,
  node: string,
  answer: RecordedCase['verdicts'][number]['nodes'][string],
): RecordedCase {
  const [first, ...rest] = one.verdicts;
  assert.ok(first !== undefined);
  return { ...one, verdicts: [{ ...first, nodes: { ...first.nodes, [node]: answer } }, ...rest] };
}
