/**
 * Leader election on a Lease, by client-go's rules: of several candidates at most one leads (I5).
 *
 * 1. No two clocks are compared. A candidate waits a whole lease duration, on its own monotonic clock, since it saw the
 *    record change last, before it takes a lease that another holds.
 * 2. A leader counts its term from when it *sent* its last accepted renewal, and only up to the renew deadline, which is
 *    shorter than the lease duration: it knows that it has lost before another can have won, also when it was paused, cut
 *    off, or when a reply was lost.
 * 3. Every write carries the resourceVersion that was read: of two that want the lease at once, one gets a conflict.
 *
 * `isLeader()` looks at the clock each time it is asked; ask it before each act.
 */
import { unreachable } from '../cluster/invariant.ts';
import { deadline, sleep, type Clock, type Timer } from '../runtime/clock.ts';
import type { Logger } from '../runtime/log.ts';
import type { RandomStream } from '../runtime/random.ts';
import type { KubernetesClient } from './client.ts';
import type { KubernetesError } from './errors.ts';
import { leaseTime, readLease, writeLease, type HeldLease, type LeaseName, type LeaseRecord } from './lease.ts';

export interface LeaderElectionOptions {
  readonly client: KubernetesClient;
  readonly clock: Clock;
  readonly random: RandomStream;
  readonly logger: Logger;
  readonly lease: LeaseName;
  /** Unique among the candidates: the pod's name. */
  readonly identity: string;
  /** How long others wait before they take the lease; 15 s. */
  readonly leaseDurationMs?: number;
  /** How long a leader goes on without a renewal; 10 s. Shorter than the lease duration. */
  readonly renewDeadlineMs?: number;
  /** Between attempts; 2 s. */
  readonly retryPeriodMs?: number;
  readonly onStartedLeading: () => void;
  /** Called once for each start, at the latest when the renew deadline has passed. */
  readonly onStoppedLeading: () => void;
}

type State =
  | { readonly kind: 'idle' }
  | { readonly kind: 'contending' }
  /** Monotonic end of the term. */
  | { readonly kind: 'leading'; readonly untilMs: number }
  | { readonly kind: 'stopped' };

type Attempt =
  | { readonly kind: 'held'; readonly sentAtMs: number }
  | { readonly kind: 'held-by-other'; readonly holder: string }
  | { readonly kind: 'failed'; readonly error: KubernetesError };

/** As client-go's JitterFactor: attempts of several candidates drift apart. */
const JITTER = 1.2;

export class LeaderElection {
  readonly #options: LeaderElectionOptions;
  readonly #leaseDurationMs: number;
  readonly #renewDeadlineMs: number;
  readonly #retryPeriodMs: number;
  readonly #stopping = new AbortController();
  #state: State = { kind: 'idle' };
  #expiry: Timer | undefined;
  #running: Promise<void> | undefined;
  /** The lease was asked for and has not been seen with another holder since: also when the answer never came. */
  #mayHold = false;
  /** The record as last seen, and when (monotonic) it was first seen so. */
  #observed: { readonly record: LeaseRecord; readonly atMs: number } | undefined;

  constructor(options: LeaderElectionOptions) {
    this.#options = options;
    this.#leaseDurationMs = options.leaseDurationMs ?? 15_000;
    this.#renewDeadlineMs = options.renewDeadlineMs ?? 10_000;
    this.#retryPeriodMs = options.retryPeriodMs ?? 2_000;
    if (this.#leaseDurationMs < 1000 || this.#leaseDurationMs <= this.#renewDeadlineMs) {
      throw new RangeError('the lease duration must be at least 1 s and longer than the renew deadline');
    }
    if (this.#renewDeadlineMs <= this.#retryPeriodMs * JITTER) {
      throw new RangeError(`the renew deadline must be longer than ${JITTER} retry periods`);
    }
  }

  /** Whether this candidate leads at this very moment. */
  isLeader(): boolean {
    return this.#state.kind === 'leading' && this.#options.clock.monotonic() < this.#state.untilMs;
  }

  /** Who holds the lease, as last seen; `undefined` before the first look, empty when released. */
  holder(): string | undefined {
    return this.#observed?.record.holder;
  }

  /** Contends until stopped. The promise rejects only on a bug. */
  start(): Promise<void> {
    this.#running ??= this.#run();
    return this.#running;
  }

  /** Call it when all acting has ended. Stops leading at once, then releases the lease, so that a successor need not wait for it to run out. */
  async stop(): Promise<void> {
    this.#stopLeading({ kind: 'stopped' });
    this.#stopping.abort();
    await this.#running;
    if (this.#mayHold) await this.#release();
  }

  async #run(): Promise<void> {
    if (this.#state.kind === 'idle') this.#state = { kind: 'contending' };
    const { clock, logger } = this.#options;
    while (!this.#isStopping()) {
      const attempt = await this.#tryAcquireOrRenew();
      if (this.#isStopping()) return;
      switch (attempt.kind) {
        case 'held':
          this.#lead(attempt.sentAtMs);
          break;
        case 'held-by-other':
          this.#stopLeading({ kind: 'contending' });
          break;
        case 'failed':
          // A leader goes on until its term ends: one failed renewal takes nothing away.
          logger.warn('cannot acquire or renew the lease', { error: attempt.error.message });
          break;
        default:
          unreachable(attempt);
      }
      await sleep(clock, this.#waitMs(), this.#stopping.signal);
    }
  }

  /**
   * A candidate waits for no longer than a retry period, nor beyond the end of the lease that it watches: so it takes over
   * within the lease duration and one retry period of the leader's last renewal.
   */
  #waitMs(): number {
    const jitterMs = this.#retryPeriodMs * this.#options.random.next() * (JITTER - 1);
    if (this.#state.kind === 'leading') return this.#retryPeriodMs + jitterMs;
    const periodMs = this.#retryPeriodMs - jitterMs;
    const untilFreeMs = this.#freeAtMs() - this.#options.clock.monotonic();
    return untilFreeMs > 0 ? Math.min(periodMs, Math.ceil(untilFreeMs)) : periodMs;
  }

  /** When (monotonic) the lease of another runs out if it is not renewed; in the past when nobody is known to hold it. */
  #freeAtMs(): number {
    if (this.#observed === undefined || this.#observed.record.holder === this.#options.identity) return -Infinity;
    const { record, atMs } = this.#observed;
    // The holder's own duration counts; a record without one is given ours.
    return atMs + (record.durationSeconds > 0 ? record.durationSeconds * 1000 : this.#leaseDurationMs);
  }

  #isStopping(): boolean {
    return this.#stopping.signal.aborted;
  }

  async #tryAcquireOrRenew(): Promise<Attempt> {
    const { client, clock, lease } = this.#options;
    // Half of the term: a renewal that hangs leaves time for another.
    const limit = deadline(clock, this.#renewDeadlineMs / 2, this.#stopping.signal);
    try {
      const read = await readLease(client, lease, limit.signal);
      if (!read.ok) return { kind: 'failed', error: read.error };
      this.#observe(read.value);
      if (read.value !== undefined && this.#isHeldByOther(read.value.record)) {
        this.#mayHold = false;
        return { kind: 'held-by-other', holder: read.value.record.holder };
      }
      const record = this.#ownRecord(read.value?.record);
      const sentAtMs = clock.monotonic();
      this.#mayHold = true;
      const resourceVersion = read.value?.resourceVersion;
      const written = await writeLease(client, { ...lease, resourceVersion }, record, limit.signal);
      if (!written.ok) return { kind: 'failed', error: written.error };
      this.#observed = { record, atMs: clock.monotonic() };
      return { kind: 'held', sentAtMs };
    } finally {
      limit.release();
    }
  }

  #observe(held: HeldLease | undefined): void {
    if (held === undefined) {
      this.#observed = undefined;
      return;
    }
    const before = this.#observed?.record;
    if (before !== undefined && JSON.stringify(before) === JSON.stringify(held.record)) return;
    this.#observed = { record: held.record, atMs: this.#options.clock.monotonic() };
  }

  #isHeldByOther(record: LeaseRecord): boolean {
    if (record.holder === '' || record.holder === this.#options.identity) return false;
    return this.#options.clock.monotonic() < this.#freeAtMs();
  }

  #ownRecord(before: LeaseRecord | undefined): LeaseRecord {
    const now = leaseTime(this.#options.clock.now());
    const renewed = before !== undefined && before.holder === this.#options.identity;
    return {
      holder: this.#options.identity,
      durationSeconds: Math.ceil(this.#leaseDurationMs / 1000),
      acquireTime: renewed ? before.acquireTime : now,
      renewTime: now,
      transitions: before === undefined ? 0 : renewed ? before.transitions : before.transitions + 1,
    };
  }

  #lead(sentAtMs: number): void {
    const { clock, logger, identity, onStartedLeading } = this.#options;
    const untilMs = sentAtMs + this.#renewDeadlineMs;
    const leftMs = untilMs - clock.monotonic();
    if (leftMs <= 0) {
      // The reply came when the term was over: as if it had not come.
      this.#stopLeading({ kind: 'contending' });
      return;
    }
    // After a pause the timer may not have fired yet: a term that lapsed ends, and a new one starts.
    if (!this.isLeader()) this.#stopLeading({ kind: 'contending' });
    const started = this.#state.kind !== 'leading';
    this.#state = { kind: 'leading', untilMs };
    this.#expiry?.cancel();
    this.#expiry = clock.setTimer(leftMs, () => this.#stopLeading({ kind: 'contending' }));
    if (!started) return;
    logger.info('leading', { identity });
    onStartedLeading();
  }

  #stopLeading(next: State): void {
    const led = this.#state.kind === 'leading';
    this.#expiry?.cancel();
    this.#expiry = undefined;
    this.#state = next;
    if (!led) return;
    this.#options.logger.warn('no longer leading', { identity: this.#options.identity });
    this.#options.onStoppedLeading();
  }

  async #release(): Promise<void> {
    const { client, lease, identity, logger, clock } = this.#options;
    const read = await readLease(client, lease);
    if (!read.ok || read.value === undefined || read.value.record.holder !== identity) return;
    const released = { ...read.value.record, holder: '', durationSeconds: 1, renewTime: leaseTime(clock.now()) };
    const written = await writeLease(client, { ...lease, resourceVersion: read.value.resourceVersion }, released);
    if (!written.ok) logger.warn('cannot release the lease', { error: written.error.message });
  }
}
