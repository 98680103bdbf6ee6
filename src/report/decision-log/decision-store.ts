/**
 * Decisions in a file, by SQLite: one file that is whole after each batch, so that it may be copied, and read by another
 * process, while it is written.
 *
 * 1. A batch is written in one transaction: all of it or nothing.
 * 2. Bounded in age and in size; what goes first is what is oldest, and its space goes back to the disk.
 * 3. A file that is not such a store is never written to.
 */
import { DatabaseSync } from 'node:sqlite';
import { type Result, failure, success } from '../../runtime/result.ts';
import type { LogEntry, LogTrouble, Retention, StoredDecision } from './entries.ts';
import { troubleOf } from './sqlite-trouble.ts';

export type OpenDatabase = (path: string) => DatabaseSync;

/** Marks a file as a store of ours: the letters VKEA. */
const APPLICATION_ID = 0x564b4541;
const VERSION = 1;
/** Somebody reads it: a question to a store of this size takes less. */
const BUSY_TIMEOUT_MS = 2000;
/** Of the decisions, when the file is too large: the next batches then have room. */
const SHARE_THAT_GOES = 0.1;

const TABLES = `
  PRAGMA auto_vacuum = INCREMENTAL;
  PRAGMA application_id = ${APPLICATION_ID};
  PRAGMA user_version = ${VERSION};
  CREATE TABLE decisions (seq INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, at_ms INTEGER NOT NULL, document TEXT NOT NULL) STRICT;
  CREATE INDEX decisions_at ON decisions (at_ms);
  CREATE TABLE outcomes (
    seq INTEGER PRIMARY KEY,
    decision INTEGER NOT NULL REFERENCES decisions (seq) ON DELETE CASCADE,
    document TEXT NOT NULL
  ) STRICT;
  CREATE INDEX outcomes_of ON outcomes (decision);
`;

export class DecisionStore {
  readonly #path: string;
  readonly #database: DatabaseSync;

  private constructor(path: string, database: DatabaseSync) {
    this.#path = path;
    this.#database = database;
  }

  /** Opens the store for writing; makes it where there is none. */
  static open(path: string, open: OpenDatabase = openDatabase): Result<DecisionStore, LogTrouble> {
    return opened(path, open, (database) => {
      const trouble = foreignness(path, database);
      if (trouble !== undefined) return trouble;
      if (numberOf(database, 'PRAGMA application_id') === 0) database.exec(TABLES);
      database.exec('PRAGMA foreign_keys = ON');
      return undefined;
    });
  }

  /** Opens the store of a process that may be writing to it. */
  static openToRead(path: string): Result<DecisionStore, LogTrouble> {
    const readOnly = (): DatabaseSync => new DatabaseSync(path, { readOnly: true, timeout: BUSY_TIMEOUT_MS });
    return opened(path, readOnly, (database) =>
      numberOf(database, 'PRAGMA application_id') === APPLICATION_ID
        ? foreignness(path, database)
        : { kind: 'not-ours', message: `${path} is no decision log` },
    );
  }

  append(entries: readonly LogEntry[], now: number, retention: Retention): Result<undefined, LogTrouble> {
    return this.#try(() => {
      this.#inTransaction(() => {
        const decision = this.#database.prepare(
          'INSERT OR REPLACE INTO decisions (id, at_ms, document) VALUES (?, ?, ?)',
        );
        const outcome = this.#database.prepare(
          'INSERT INTO outcomes (decision, document) SELECT seq, ? FROM decisions WHERE id = ?',
        );
        for (const entry of entries) {
          if (entry.kind === 'decision') decision.run(entry.id, Math.round(entry.atMs), entry.json);
          else outcome.run(entry.json, entry.decision);
        }
        this.#drop(now, retention);
      });
      this.#database.exec('PRAGMA incremental_vacuum');
      return undefined;
    });
  }

  /** The latest first. */
  latest(most: number): Result<readonly StoredDecision[], LogTrouble> {
    return this.#try(() => {
      const decisions = this.#database.prepare('SELECT seq, id, document FROM decisions ORDER BY seq DESC LIMIT ?');
      const outcomes = this.#database.prepare('SELECT document FROM outcomes WHERE decision = ? ORDER BY seq');
      return decisions.all(most).map(({ seq = null, id, document }) => ({
        id: String(id),
        json: String(document),
        outcomes: outcomes.all(seq).map((row) => String(row['document'])),
      }));
    });
  }

  close(): void {
    this.#database.close();
  }

  #drop(now: number, { maxAgeMs, maxBytes }: Retention): void {
    const database = this.#database;
    database.prepare('DELETE FROM decisions WHERE at_ms < ?').run(Math.round(now - maxAgeMs));
    const oldest = database.prepare(
      'DELETE FROM decisions WHERE seq IN (SELECT seq FROM decisions ORDER BY seq LIMIT ?)',
    );
    for (let count = this.#count(); count > 0 && this.#usedBytes() > maxBytes; count = this.#count()) {
      oldest.run(Math.ceil(count * SHARE_THAT_GOES));
    }
  }

  #count(): number {
    return numberOf(this.#database, 'SELECT count(*) FROM decisions');
  }

  #usedBytes(): number {
    const pages = numberOf(this.#database, 'PRAGMA page_count') - numberOf(this.#database, 'PRAGMA freelist_count');
    return pages * numberOf(this.#database, 'PRAGMA page_size');
  }

  #inTransaction(work: () => void): void {
    this.#database.exec('BEGIN IMMEDIATE');
    try {
      work();
      this.#database.exec('COMMIT');
    } catch (error) {
      // A full disk may have rolled it back already.
      if (this.#database.isTransaction) this.#database.exec('ROLLBACK');
      throw error;
    }
  }

  #try<T>(work: () => T): Result<T, LogTrouble> {
    try {
      return success(work());
    } catch (error) {
      return failure(troubleOf(this.#path, error));
    }
  }

  static of(path: string, database: DatabaseSync): DecisionStore {
    return new DecisionStore(path, database);
  }
}

function openDatabase(path: string): DatabaseSync {
  return new DatabaseSync(path, { timeout: BUSY_TIMEOUT_MS });
}

function opened(
  path: string,
  open: OpenDatabase,
  prepare: (database: DatabaseSync) => LogTrouble | undefined,
): Result<DecisionStore, LogTrouble> {
  let database: DatabaseSync | undefined;
  try {
    database = open(path);
    const trouble = prepare(database);
    if (trouble === undefined) return success(DecisionStore.of(path, database));
    database.close();
    return failure(trouble);
  } catch (error) {
    database?.close();
    return failure(troubleOf(path, error));
  }
}

/** What is wrong with what is in the file, if anything is. A new file has nothing in it. */
function foreignness(path: string, database: DatabaseSync): LogTrouble | undefined {
  const application = numberOf(database, 'PRAGMA application_id');
  const things = numberOf(database, 'SELECT count(*) FROM sqlite_schema');
  if (application === 0 && things === 0) return undefined;
  if (application !== APPLICATION_ID) return { kind: 'not-ours', message: `${path} is no decision log` };
  const version = numberOf(database, 'PRAGMA user_version');
  if (version !== VERSION)
    return { kind: 'newer', message: `${path} was written by another version (its form is ${version})` };
  const [finding] = Object.values(database.prepare('PRAGMA quick_check(1)').get() ?? {});
  return finding === 'ok' ? undefined : { kind: 'damaged', message: `${path} is damaged: ${String(finding)}` };
}

function numberOf(database: DatabaseSync, question: string): number {
  const [value] = Object.values(database.prepare(question).get() ?? {});
  return Number(value);
}
