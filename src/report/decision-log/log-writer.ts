/**
 * Writes the decision log, and puts up with whatever state its file and its disk are in. It runs in a thread of its own
 * (log-thread.ts), since each write waits for the disk.
 *
 * 1. A file that is no store, or a damaged one, is set aside under another name and a new one begun; at most
 *    {@link MOST_SET_ASIDE} times, so that a broken disk is not filled with broken files.
 * 2. What cannot be written is held, up to {@link MOST_HELD}, and tried again with what comes {@link RETRY_MS} later or at
 *    the end.
 * 3. Trouble is told once, and once that it is over.
 */
import { renameSync } from 'node:fs';
import type { Clock } from '../../runtime/clock.ts';
import { type Result, failure, success } from '../../runtime/result.ts';
import { formatTimestamp } from '../../runtime/timestamps.ts';
import { DecisionStore, type OpenDatabase } from './decision-store.ts';
import type { LogEntry, LogNews, LogTrouble, Retention } from './entries.ts';

export interface LogWriterParts {
  readonly path: string;
  readonly retention: Retention;
  readonly clock: Clock;
  readonly tell: (news: LogNews) => void;
  /** Default: as SQLite does. */
  readonly open?: OpenDatabase;
}

const RETRY_MS = 60_000;
const MOST_HELD = 500;
const MOST_SET_ASIDE = 3;
/** SQLite keeps these beside a file that is being written. */
const COMPANIONS = ['-journal', '-wal', '-shm'];

export class LogWriter {
  readonly #parts: LogWriterParts;
  #store: DecisionStore | undefined;
  #held: LogEntry[] = [];
  #isTroubled = false;
  #retryAtMs = -Infinity;
  #setAside = 0;

  constructor(parts: LogWriterParts) {
    this.#parts = parts;
  }

  /** Opens the file and tells of the latest decisions that are in it. */
  begin(most: number): void {
    const { clock, retention, tell } = this.#parts;
    const stored = this.#attempt((store) => {
      const dropped = store.append([], clock.now(), retention);
      return dropped.ok ? store.latest(most) : dropped;
    });
    for (const decision of (stored ?? []).toReversed()) tell({ kind: 'stored', decision });
  }

  append(entries: readonly LogEntry[]): void {
    this.#held.push(...entries);
    if (this.#held.length > MOST_HELD) this.#held = this.#held.slice(-MOST_HELD);
    if (this.#parts.clock.monotonic() >= this.#retryAtMs) this.#write();
    this.#parts.tell({ kind: 'appended' });
  }

  end(): void {
    if (this.#held.length > 0) this.#write();
    this.#store?.close();
    this.#store = undefined;
  }

  #write(): void {
    const { clock, retention } = this.#parts;
    const written = this.#attempt((store) => {
      const appended = store.append(this.#held, clock.now(), retention);
      return appended.ok ? success(true) : appended;
    });
    if (written === true) this.#held = [];
  }

  /** Works on the store, opened or made anew where it has to be. `undefined`: it cannot be just now, and that was told. */
  #attempt<T>(work: (store: DecisionStore) => Result<T, LogTrouble>): T | undefined {
    const { clock, tell } = this.#parts;
    let result = this.#tried(work);
    if (!result.ok && isUseless(result.error) && this.#setAside < MOST_SET_ASIDE) {
      const movedTo = this.#moveAway();
      if (movedTo !== undefined) {
        tell({ kind: 'trouble', trouble: result.error, movedTo });
        result = this.#tried(work);
      }
    }
    if (result.ok) {
      this.#retryAtMs = -Infinity;
      if (this.#isTroubled) tell({ kind: 'well' });
      this.#isTroubled = false;
      return result.value;
    }
    this.#retryAtMs = clock.monotonic() + RETRY_MS;
    if (!this.#isTroubled) tell({ kind: 'trouble', trouble: result.error });
    this.#isTroubled = true;
    return undefined;
  }

  #tried<T>(work: (store: DecisionStore) => Result<T, LogTrouble>): Result<T, LogTrouble> {
    if (this.#store === undefined) {
      const opened = DecisionStore.open(this.#parts.path, this.#parts.open);
      if (!opened.ok) return opened;
      this.#store = opened.value;
    }
    const result = work(this.#store);
    return result.ok ? result : failure(result.error);
  }

  /** Where the file is now; `undefined`: it cannot be moved. */
  #moveAway(): string | undefined {
    const { path, clock } = this.#parts;
    this.#store?.close();
    this.#store = undefined;
    this.#setAside += 1;
    const movedTo = `${path}.set-aside-${formatTimestamp(clock.now()).replaceAll(':', '')}-${this.#setAside}`;
    if (!moved(path, movedTo)) return undefined;
    for (const companion of COMPANIONS) moved(path + companion, movedTo + companion);
    return movedTo;
  }
}

/** Nothing can be added to what is there. */
function isUseless({ kind }: LogTrouble): boolean {
  return kind === 'damaged' || kind === 'not-ours' || kind === 'newer';
}

function moved(from: string, to: string): boolean {
  try {
    renameSync(from, to);
    return true;
  } catch {
    return false;
  }
}
