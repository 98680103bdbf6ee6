/** README.md, SECURITY.md, CONTRIBUTING.md and docs/*.md: links lead somewhere, and what is named is there. No network. */
import assert from 'node:assert/strict';
import { existsSync, globSync, statSync } from 'node:fs';
import { posix } from 'node:path';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { reachFlags } from '../../src/commands/reach.ts';
import { topFlags } from '../../src/commands/top.ts';
import { changeFlags } from '../../src/commands/what-if-changes.ts';
import { flagTable, removedFlags } from '../../src/options/flag-table.ts';
import { METRICS } from '../../src/report/metrics/metrics.ts';
import { anchorsOf, linksOf } from './markdown.ts';
import { textOf } from './manifests.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const DOCUMENTS = [
  ...globSync('*.md', { cwd: ROOT }),
  ...globSync('docs/**/*.md', { cwd: ROOT }),
  ...globSync('test/**/README.md', { cwd: ROOT }),
];
/** For operators: what they name has to be what they find. */
const GUIDES = [
  'README.md',
  'SECURITY.md',
  ...['faq', 'migration', 'operate', 'runbooks'].map((name) => `docs/${name}.md`),
];

/** Links of a document that lead nowhere in the checkout. */
function deadLinks(path: string): readonly string[] {
  return linksOf(textOf(path)).filter((link) => {
    if (/^(?:https?|mailto):/.test(link)) return false;
    const [file = '', anchor] = link.split('#');
    const target = file === '' ? path : posix.join(posix.dirname(path), file);
    if (target.startsWith('..') || !existsSync(`${ROOT}${target}`)) return true;
    return (
      anchor !== undefined && !(statSync(`${ROOT}${target}`).isFile() && anchorsOf(textOf(target)).includes(anchor))
    );
  });
}

describe('the links', () => {
  for (const path of DOCUMENTS) {
    it(`of ${path} lead to files and headings that are there`, () => assert.deepEqual(deadLinks(path), []));
  }

  it('lead from README.md to every document', () => {
    const seen = new Set(['README.md']);
    for (const path of seen) {
      const targets = linksOf(textOf(path)).flatMap((link) => {
        const [file = ''] = link.split('#');
        return file.endsWith('.md') && !file.includes(':') ? [posix.join(posix.dirname(path), file)] : [];
      });
      for (const target of targets) if (existsSync(`${ROOT}${target}`)) seen.add(target);
    }
    const lost = DOCUMENTS.filter((path) => !path.startsWith('docs/adr/') && !seen.has(path));
    assert.deepEqual(lost, []);
  });
});

describe('what is read of a document', () => {
  it('is its headings, as GitHub makes anchors of them, and its links, none of them in code', () => {
    const text =
      '# A `b`: c\n\n## A [d](e.md)?\n\n```\n# no (heading)[x](y)\n```\n\n`[f](g)` and [h](i.md#j) ![k](l.svg)\n\n## A d\n';
    assert.deepEqual(anchorsOf(text), ['a-b-c', 'a-d', 'a-d-1']);
    assert.deepEqual(linksOf(text), ['e.md', 'i.md#j', 'l.svg']);
  });
});

describe('the guides for operators', () => {
  const flags = new Set<string>(
    [...flagTable, ...reachFlags.flags, ...topFlags.flags, ...changeFlags.flags].map(({ name }) => name),
  );
  const metrics = new Set(METRICS.map(({ name }) => name));

  for (const path of GUIDES) {
    it(`${path} names metrics that there are`, () => {
      const named = [...textOf(path).matchAll(/\b(?:vke|cluster)_autoscaler_[a-z_]+\b/g)].map(([name]) => name);
      assert.deepEqual(
        named.filter((name) => !metrics.has(name)),
        [],
      );
    });

    it(`${path} names flags that there are`, () => {
      const named = [...textOf(path).matchAll(/`--([a-z][a-z-]+)/g)].map(([, name = '']) => name);
      assert.deepEqual(
        named.filter((name) => !flags.has(name) && !(name in removedFlags) && !OTHERS.has(name)),
        [],
      );
    });
  }
});

/** Of `npm start` and `simulate`, and of programs of others. */
const OTHERS = new Set(['keep', 'story', 'speed', 'limit']);
