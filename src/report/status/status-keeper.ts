/**
 * Keeps the status ConfigMap current: one write at a time, and of what changes meanwhile the latest only.
 *
 * 1. A change of a status is written at once; where only the times are new, at most every {@link REFRESH_MS}.
 * 2. A failed write is told once, and the next record brings the next try.
 * 3. Only what the leader says is written: the writer it is given sends nothing otherwise.
 */
import type { DecisionRecord } from '../../explain/record.ts';
import type { KubernetesError } from '../../kubernetes/errors.ts';
import type { StatusText } from '../../kubernetes/status-config-map.ts';
import type { Clock } from '../../runtime/clock.ts';
import type { Logger } from '../../runtime/log.ts';
import type { Result } from '../../runtime/result.ts';
import { formatGoTime } from '../../runtime/timestamps.ts';
import type { Cost } from '../money.ts';
import { costText } from './cost-text.ts';
import { initialStatus, statusDocument, type StatusMemory } from './status-document.ts';

export interface StatusKeeperParts {
  readonly clock: Clock;
  readonly logger: Logger;
  /** Returns the uid of the ConfigMap. */
  readonly write: (text: StatusText) => Promise<Result<string, KubernetesError>>;
  readonly remove: () => Promise<void>;
}

/** As often as Cluster Autoscaler writes it by default. */
const REFRESH_MS = 10_000;

export class StatusKeeper {
  readonly #parts: StatusKeeperParts;
  #memory: StatusMemory = new Map();
  /** What is to be written next. */
  #next: StatusText | undefined;
  #writing: Promise<void> | undefined;
  #lastText = '';
  #writtenAtMs = -Infinity;
  #failing = false;
  #uid = '';

  constructor(parts: StatusKeeperParts) {
    this.#parts = parts;
  }

  /** Of the ConfigMap that was written; '': none was yet. */
  get uid(): string {
    return this.#uid;
  }

  /** A process has begun to lead, and has made no pass yet. */
  begin(): void {
    const now = this.#parts.clock.now();
    this.#put({ status: initialStatus(now), updated: formatGoTime(now) });
  }

  record(record: DecisionRecord, cost?: Cost): void {
    const { text, memory } = statusDocument(record, this.#memory);
    this.#memory = memory;
    const isNews = withoutTimes(text) !== withoutTimes(this.#lastText);
    const isDue = this.#parts.clock.monotonic() - this.#writtenAtMs >= REFRESH_MS;
    if (!isNews && !isDue) return;
    const money = cost === undefined ? {} : { cost: costText(cost) };
    this.#put({ status: text, updated: formatGoTime(record.atMs), ...money });
  }

  /** Ends what is being written and takes the ConfigMap away, as a process does that ends in good order. */
  async end(): Promise<void> {
    this.#next = undefined;
    await this.#writing;
    if (this.#uid !== '') await this.#parts.remove();
  }

  #put(text: StatusText): void {
    this.#next = text;
    this.#lastText = text.status;
    this.#writtenAtMs = this.#parts.clock.monotonic();
    this.#writing ??= this.#write();
  }

  async #write(): Promise<void> {
    const { clock, logger, write } = this.#parts;
    // The pass goes on first.
    await clock.nextTurn();
    for (let next = this.#next; next !== undefined; next = this.#next) {
      this.#next = undefined;
      const written = await write(next);
      if (written.ok) this.#uid = written.value;
      else if (!this.#failing) logger.warn('cannot write the status ConfigMap', { error: written.error.message });
      this.#failing = !written.ok;
    }
    this.#writing = undefined;
  }
}

function withoutTimes(text: string): string {
  return text.replaceAll(/^( *-? *)(?:time|last(?:Probe|Transition)Time): .*$/gm, '$1');
}
