import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { VirtualClock } from '../../../sandbox/time/virtual-clock.ts';
import { DecisionStore, type OpenDatabase } from './decision-store.ts';
import type { LogEntry, LogNews, Retention } from './entries.ts';
import { LogWriter } from './log-writer.ts';

const MINUTE_MS = 60_000;
const MIB = 2 ** 20;
const FOREVER: Retention = { maxAgeMs: Number.MAX_SAFE_INTEGER, maxBytes: 64 * MIB };

function decision(id: string, more: { readonly atMs?: number; readonly padding?: number } = {}): LogEntry {
  const { atMs = 0, padding = 0 } = more;
  return { kind: 'decision', id, atMs, json: JSON.stringify({ id, padding: 'x'.repeat(padding) }) };
}

function newFile(context: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'vke-log-'));
  context.after(() => rmSync(folder, { recursive: true }));
  return join(folder, 'decisions.db');
}

class Scene {
  readonly clock = new VirtualClock();
  readonly news: LogNews[] = [];
  readonly path: string;

  constructor(path: string) {
    this.path = path;
  }

  writer(rest: { readonly retention?: Retention; readonly open?: OpenDatabase } = {}): LogWriter {
    const tell = (news: LogNews): void => void this.news.push(news);
    const writer = new LogWriter({ path: this.path, retention: FOREVER, clock: this.clock, tell, ...rest });
    writer.begin(256);
    return writer;
  }

  /** Ids, the latest first, as another process finds them. */
  ids(): readonly string[] {
    const store = DecisionStore.openToRead(this.path);
    assert.ok(store.ok, 'it can be read');
    const stored = store.value.latest(10_000);
    store.value.close();
    assert.ok(stored.ok);
    return stored.value.map(({ id }) => id);
  }

  told(kind: LogNews['kind']): readonly LogNews[] {
    return this.news.filter((each) => each.kind === kind);
  }

  /** What the log said was wrong, each with whether the file was moved. */
  get troubles(): readonly string[] {
    return this.news.flatMap((each) =>
      each.kind === 'trouble' ? `${each.trouble.kind}${each.movedTo === undefined ? '' : ', moved'}` : [],
    );
  }

  get neighbours(): readonly string[] {
    return readdirSync(dirname(this.path)).filter((name) => name !== basename(this.path));
  }
}

describe('the file of the decision log', () => {
  it('has what was decided and what came of it after a restart, the oldest first', (context) => {
    const scene = new Scene(newFile(context));
    const first = scene.writer();
    first.append([decision('a-1'), { kind: 'outcome', decision: 'a-1', json: '{"what":"one"}' }, decision('a-2')]);
    first.append([
      { kind: 'outcome', decision: 'a-1', json: '{"what":"two"}' },
      { kind: 'outcome', decision: 'long-gone', json: '{}' },
    ]);
    first.end();
    scene.writer().end();
    assert.deepEqual(
      scene.told('stored'),
      [
        { id: 'a-1', outcomes: ['{"what":"one"}', '{"what":"two"}'] },
        { id: 'a-2', outcomes: [] },
      ].map(({ id, outcomes }) => ({
        kind: 'stored',
        decision: { id, outcomes, json: JSON.stringify({ id, padding: '' }) },
      })),
    );
    assert.deepEqual(scene.troubles, []);
    assert.deepEqual(scene.neighbours, []);
  });

  it('is whole while it is written: another process reads it, and a copy of it can be read', (context) => {
    const scene = new Scene(newFile(context));
    const writer = scene.writer();
    writer.append([decision('a-1')]);
    assert.deepEqual(scene.ids(), ['a-1']);
    const copy = new Scene(newFile(context));
    writeFileSync(copy.path, readFileSync(scene.path));
    assert.deepEqual(copy.ids(), ['a-1']);
    writer.end();
  });

  it('loses decisions that are too old, and their outcomes', (context) => {
    const scene = new Scene(newFile(context));
    const retention = { maxAgeMs: 10 * MINUTE_MS, maxBytes: MIB };
    const writer = scene.writer({ retention });
    const now = scene.clock.now();
    writer.append([decision('old', { atMs: now - 11 * MINUTE_MS }), decision('new', { atMs: now })]);
    assert.deepEqual(scene.ids(), ['new']);
    writer.append([decision('old-too', { atMs: now - 9 * MINUTE_MS })]);
    writer.end();
    assert.deepEqual(scene.ids(), ['old-too', 'new']);
  });

  it('stays within its size for good, and what stays is the latest', (context) => {
    const scene = new Scene(newFile(context));
    const writer = scene.writer({ retention: { maxAgeMs: Number.MAX_SAFE_INTEGER, maxBytes: MIB } });
    for (let index = 0; index < 400; index += 10) {
      writer.append(Array.from({ length: 10 }, (_, more) => decision(`d-${index + more}`, { padding: 20_000 })));
      assert.ok(statSync(scene.path).size <= MIB, `${statSync(scene.path).size} bytes after ${index}`);
    }
    writer.end();
    const ids = scene.ids();
    assert.deepEqual(
      ids,
      Array.from(ids, (_, index) => `d-${399 - index}`),
    );
    assert.ok(ids.length > 30, `${ids.length} stay`);
  });

  it('gives its space back to the disk when it may be no larger than a tenth of what it is', (context) => {
    const scene = new Scene(newFile(context));
    const large = scene.writer();
    large.append(Array.from({ length: 100 }, (_, index) => decision(`d-${index}`, { padding: 100_000 })));
    large.end();
    assert.ok(statSync(scene.path).size > 9 * MIB);
    scene.writer({ retention: { maxAgeMs: Number.MAX_SAFE_INTEGER, maxBytes: MIB } }).end();
    assert.ok(statSync(scene.path).size <= MIB);
    assert.equal(scene.ids()[0], 'd-99');
  });
});

describe('a file of the decision log in a bad state', () => {
  it('that is something else is set aside as it is, with one warning, and a new one begun', (context) => {
    const scene = new Scene(newFile(context));
    writeFileSync(scene.path, 'a letter to the editor\n'.repeat(100));
    const writer = scene.writer();
    writer.append([decision('a-1')]);
    writer.append([decision('a-2')]);
    writer.end();
    assert.deepEqual(scene.troubles, ['not-ours, moved']);
    assert.deepEqual(scene.ids(), ['a-2', 'a-1']);
    const [aside = ''] = scene.neighbours;
    assert.match(readFileSync(join(dirname(scene.path), aside), 'utf8'), /^a letter to the editor/);
  });

  it('that is a database of another program is set aside and not written to', (context) => {
    const scene = new Scene(newFile(context));
    const other = new DatabaseSync(scene.path);
    other.exec('CREATE TABLE letters (text TEXT)');
    other.close();
    const before = readFileSync(scene.path);
    const writer = scene.writer();
    writer.append([decision('a-1')]);
    writer.end();
    assert.deepEqual(scene.troubles, ['not-ours, moved']);
    assert.deepEqual(readFileSync(join(dirname(scene.path), scene.neighbours[0] ?? '')), before);
    assert.deepEqual(scene.ids(), ['a-1']);
  });

  it('that a later version wrote is set aside and stays readable for that version', (context) => {
    const scene = new Scene(newFile(context));
    scene.writer().end();
    const later = new DatabaseSync(scene.path);
    later.exec('PRAGMA user_version = 2');
    later.close();
    const writer = scene.writer();
    writer.append([decision('a-1')]);
    writer.end();
    assert.deepEqual(scene.troubles, ['newer, moved']);
    assert.deepEqual(scene.ids(), ['a-1']);
  });

  it('that is torn is set aside, and a new one begun', (context) => {
    const scene = new Scene(newFile(context));
    const writer = scene.writer();
    writer.append(Array.from({ length: 50 }, (_, index) => decision(`d-${index}`, { padding: 5000 })));
    writer.end();
    truncateSync(scene.path, Math.floor(statSync(scene.path).size / 2 / 4096) * 4096);
    const again = scene.writer();
    again.append([decision('a-1')]);
    again.end();
    assert.deepEqual(scene.troubles, ['damaged, moved']);
    assert.deepEqual(scene.ids(), ['a-1']);
  });

  it('that gets damaged while it is written is set aside, and nothing of the batch is lost', (context) => {
    const scene = new Scene(newFile(context));
    const writer = scene.writer();
    writer.append([decision('before')]);
    writeFileSync(scene.path, Buffer.alloc(statSync(scene.path).size, 0xa5));
    writer.append([decision('a-1'), decision('a-2')]);
    writer.end();
    assert.deepEqual(scene.ids(), ['a-2', 'a-1']);
    assert.equal(scene.troubles.length, 1);
    assert.match(scene.troubles[0] ?? '', /moved/);
  });

  it('on a full disk is told once; what was decided meanwhile is written when there is room', async (context) => {
    const scene = new Scene(newFile(context));
    let database: DatabaseSync | undefined;
    const writer = scene.writer({ open: (path) => (database = new DatabaseSync(path)) });
    writer.append([decision('before')]);
    // SQLite answers as it does to ENOSPC.
    database?.exec('PRAGMA max_page_count = 1');
    for (let index = 0; index < 10; index += 1) {
      writer.append([decision(`d-${index}`, { padding: 50_000 })]);
      await scene.clock.runFor(MINUTE_MS);
    }
    assert.deepEqual(scene.troubles, ['full']);
    assert.deepEqual(scene.ids(), ['before']);
    database?.exec('PRAGMA max_page_count = 100000');
    writer.append([decision('after')]);
    writer.end();
    assert.equal(scene.ids().length, 12);
    assert.equal(scene.told('well').length, 1);
    assert.deepEqual(scene.neighbours, []);
  });

  it('in a directory where nothing may be written is told once, and holds no more than its bound', async () => {
    const scene = new Scene('/proc/decisions.db');
    const writer = scene.writer();
    for (let index = 0; index < 2000; index += 1) writer.append([decision(`d-${index}`)]);
    await scene.clock.runFor(2 * MINUTE_MS);
    writer.append([decision('later')]);
    writer.end();
    assert.deepEqual(scene.troubles, ['unwritable']);
    assert.equal(scene.told('appended').length, 2001);
  });

  it('that cannot be moved either is left alone', () => {
    const scene = new Scene('/proc/self/cmdline');
    const writer = scene.writer();
    writer.append([decision('a-1')]);
    writer.end();
    assert.equal(scene.troubles.length, 1);
    assert.doesNotMatch(scene.troubles[0] ?? '', /moved/);
  });

  it('is set aside three times and then no more', (context) => {
    const scene = new Scene(newFile(context));
    const writer = scene.writer();
    for (let round = 0; round < 6; round += 1) {
      writer.append([decision(`d-${round}`, { padding: 10_000 })]);
      writeFileSync(scene.path, Buffer.alloc(8192, 0xa5));
    }
    writer.end();
    assert.equal(scene.neighbours.length, 3);
    assert.equal(scene.troubles.filter((each) => each.endsWith('moved')).length, 3);
    assert.equal(scene.troubles.length, 4);
  });
});
