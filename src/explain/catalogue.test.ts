import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { describe as suite, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { REASONS_DOC, reasonsDocument } from '../../scripts/generate-reasons-doc.ts';
import { anchorOf, catalogued, FAMILIES } from './catalogue.ts';
import { EXAMPLE_NOW_MS, EXAMPLES } from './examples.test-support.ts';
import { worded } from './worded.ts';

const SOURCE = fileURLToPath(new URL('../', import.meta.url));
/** The rooms that give reasons; this one only words them. */
const GIVERS = 'scheduling,node-groups,scale-up,scale-down,loop';

const reasons = Object.values(EXAMPLES);

suite('the catalogue of reasons', () => {
  it('is all in docs/reasons.md, as it stands', async () => {
    const document = readFileSync(REASONS_DOC, 'utf8');
    assert.ok(document === (await reasonsDocument()), 'run: node scripts/generate-reasons-doc.ts');
    for (const { code } of reasons) {
      assert.ok(document.includes(`### ${code}\n`), code);
      assert.equal(anchorOf(code), `docs/reasons.md#${code.toLowerCase()}`);
    }
  });

  it('has each code in one family, with a check and a meaning', () => {
    const listed = Object.values(FAMILIES).flatMap((family) => Object.keys(family));
    assert.deepEqual(listed.toSorted(), reasons.map(({ code }) => code).toSorted());
    for (const { code } of reasons) {
      const { check, meaning } = catalogued(code);
      assert.ok(check !== '' && meaning.endsWith('.'), code);
    }
  });

  it('has no code that nothing gives', () => {
    const files = globSync(`{${GIVERS}}/**/*.ts`, { cwd: SOURCE }).filter(
      (file) => !/\.test(-support)?\.ts$/.test(file),
    );
    const given = files.map((file) => readFileSync(`${SOURCE}${file}`, 'utf8')).join('\n');
    const unreachable = reasons.filter(({ code }) => !given.includes(`'${code}'`)).map(({ code }) => code);
    assert.deepEqual(unreachable, []);
  });

  it('words each with its amounts, for people and for programs', () => {
    for (const reason of reasons) {
      const { code, message, amounts, docs } = worded(reason, EXAMPLE_NOW_MS);
      assert.ok(message !== '' && !/undefined|NaN|\[object/.test(message), `${code}: ${message}`);
      assert.deepEqual({ code, ...amounts }, reason);
      assert.match(docs, /^docs\/reasons\.md#[a-z]+$/);
    }
  });
});
