/**
 * The decision log as the loop's side sees it: takes documents during a pass and hands them, in batches, to the thread that
 * writes them.
 *
 * 1. Within a pass only a reference is noted. What is noted becomes JSON in turns of its own, each of at most
 *    {@link SLICE_MS} or one document.
 * 2. One batch is on its way at a time. What comes meanwhile waits, up to {@link MOST_WAITING}; then the oldest is lost,
 *    which is told once.
 * 3. Nothing that becomes of the log stops anything else.
 */
import { unreachable } from '../../cluster/invariant.ts';
import { type Clock, sleep } from '../../runtime/clock.ts';
import type { Logger } from '../../runtime/log.ts';
import type { LogEntry, LogNews, StoredDecision } from './entries.ts';
import type { LogThread } from './worker-thread.ts';

export interface DecisionLogParts {
  readonly thread: LogThread;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Told of each decision that was in the file at the start, the oldest first. */
  readonly onStored: (decision: StoredDecision) => void;
}

/** What is to be kept, before it is JSON. */
export type LogDocument =
  | { readonly kind: 'decision'; readonly id: string; readonly atMs: number; readonly document: object }
  | { readonly kind: 'outcome'; readonly decision: string; readonly document: object };

const SLICE_MS = 2;
const MOST_WAITING = 1000;
/** For the last batch, when the program ends. */
const END_MS = 3000;

export class DecisionLog {
  readonly #parts: DecisionLogParts;
  #waiting: LogDocument[] = [];
  #flushing: Promise<void> | undefined;
  #taken: (() => void) | undefined;
  #isOver = false;
  #isLosing = false;
  readonly #over: Promise<void>;

  constructor(parts: DecisionLogParts) {
    this.#parts = parts;
    const { logger, thread } = parts;
    thread.onNews((news) => this.#hear(news));
    this.#over = new Promise((resolve) => {
      thread.onEnd((error) => {
        if (error !== undefined) logger.warn('the decision log has ended', { error: error.message });
        this.#isOver = true;
        this.#taken?.();
        resolve();
      });
    });
  }

  note(document: LogDocument): void {
    if (this.#isOver) return;
    this.#waiting.push(document);
    if (this.#waiting.length > MOST_WAITING) this.#lose();
    this.#flushing ??= this.#flush();
  }

  /** Writes what is left, and waits for that, though not for a disk that hangs. */
  async end(): Promise<void> {
    const { clock, thread } = this.#parts;
    const written = async (): Promise<void> => {
      await this.#flushing;
      thread.post({ kind: 'end' });
      await this.#over;
    };
    const enough = new AbortController();
    await Promise.race([written(), sleep(clock, END_MS, enough.signal)]);
    enough.abort();
    this.#isOver = true;
    thread.terminate();
  }

  async #flush(): Promise<void> {
    const { clock, thread } = this.#parts;
    while (this.#waiting.length > 0 && !this.#isOver) {
      // The pass goes on first.
      await clock.nextTurn();
      const taken = new Promise<void>((resolve) => (this.#taken = resolve));
      thread.post({ kind: 'append', entries: this.#slice() });
      await taken;
    }
    this.#flushing = undefined;
  }

  #slice(): readonly LogEntry[] {
    const { clock } = this.#parts;
    const sinceMs = clock.monotonic();
    const entries: LogEntry[] = [];
    do {
      const next = this.#waiting.shift();
      if (next === undefined) break;
      const { document, ...rest } = next;
      entries.push({ ...rest, json: JSON.stringify(document) });
    } while (clock.monotonic() - sinceMs < SLICE_MS);
    return entries;
  }

  #lose(): void {
    this.#waiting.shift();
    if (this.#isLosing) return;
    this.#isLosing = true;
    this.#parts.logger.warn('the decision log is too slow: its oldest unwritten decisions are lost');
  }

  #hear(news: LogNews): void {
    const { logger, onStored } = this.#parts;
    switch (news.kind) {
      case 'stored':
        onStored(news.decision);
        break;
      case 'appended':
        this.#taken?.();
        break;
      case 'well':
        logger.info('the decision log is written again');
        break;
      case 'trouble': {
        const { trouble, movedTo } = news;
        const fields = { cause: trouble.kind, error: trouble.message };
        if (movedTo === undefined) logger.warn('the decision log cannot be written for now', fields);
        else logger.warn('the decision log was set aside, and a new one begun', { ...fields, movedTo });
        break;
      }
      default:
        unreachable(news);
    }
  }
}
