/**
 * What all acting shares: the ports, the right to act, the bounds on calls, and the list of what happened.
 *
 * 1. Nothing is sent without the lease: the right is asked for at the very moment of sending (I5).
 * 2. At most {@link MAX_CALLS} calls are under way at once.
 * 3. Its own waiting goes by the monotonic clock; what others are told of, by the wall clock.
 * 4. Work that was begun is never forgotten: {@link Acting.idle} waits for all of it.
 */
import type { CloudProvider, CloudResult } from '../cloud/provider.ts';
import type { Clock } from '../runtime/clock.ts';
import type { Logger } from '../runtime/log.ts';
import type { Result } from '../runtime/result.ts';
import { failure } from '../runtime/result.ts';
import { CallGate } from './call-gate.ts';
import type { ActuationObservation } from './observations.ts';
import { PoolCalls } from './pool-calls.ts';
import type { KubernetesWrites, ObjectEvent, WriteFailure } from './ports.ts';

/** Enough to empty several nodes at once without crowding the API server. */
export const MAX_CALLS = 32;

/** What a task comes to that was refused, and would be again at once: a pass now would only ask the same. */
export const NO_NEWS = Symbol('no news');

export interface ActingOptions {
  readonly kubernetes: KubernetesWrites;
  readonly provider: CloudProvider;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Whether this process holds the lease and is not shutting down. */
  readonly mayAct: () => boolean;
  /** Something was done or tried. `isNews`: a pass should look at it soon. */
  readonly onProgress: (isNews: boolean) => void;
  /** Makes each call to the cloud, and is told the decision that it comes of. Default: just makes it. */
  readonly onBehalf?: OnBehalf | undefined;
}

/** Makes the call; `undefined`: of no decision of this process. */
export type OnBehalf = <T>(decision: string | undefined, call: () => Promise<T>) => Promise<T>;

/** What a call to the cloud waits for and comes of. */
interface Circumstances {
  /** It is sent once this has settled. */
  readonly ready?: Promise<void> | undefined;
  /** The id of the decision. */
  readonly decision?: string | undefined;
}

type Unstamped<T> = T extends { readonly atMs: number } ? Omit<T, 'atMs'> : never;

export class Acting {
  readonly provider: CloudProvider;
  readonly logger: Logger;
  readonly pools: PoolCalls;
  readonly #options: ActingOptions;
  readonly #gate = new CallGate(MAX_CALLS);
  readonly #tasks = new Set<Promise<void>>();
  /** Stamped with monotonic times. */
  #observations: ActuationObservation[] = [];

  constructor(options: ActingOptions) {
    this.#options = options;
    this.provider = options.provider;
    this.logger = options.logger;
    this.pools = new PoolCalls(() => this.monotonic());
  }

  now(): number {
    return this.#options.clock.now();
  }

  monotonic(): number {
    return this.#options.clock.monotonic();
  }

  mayAct(): boolean {
    return this.#options.mayAct();
  }

  /** Runs in the background. It is a bug when it throws: what can fail is a value. */
  spawn(task: () => Promise<unknown>): void {
    let isNews = true;
    const attempt = async (): Promise<void> => {
      try {
        isNews = (await task()) !== NO_NEWS;
      } catch (thrown: unknown) {
        this.logger.error('acting ended unexpectedly', { error: String(thrown) });
      }
    };
    const running = attempt().finally(() => {
      this.#tasks.delete(running);
      this.#options.onProgress(isNews);
    });
    this.#tasks.add(running);
  }

  /** One call to the cloud for a pool that is free, which it holds also while it waits for `ready`. */
  callCloud(
    groupId: string,
    call: () => Promise<CloudResult>,
    { ready, decision }: Circumstances = {},
  ): Promise<CloudResult> {
    const { onBehalf = (_decision, made) => made() } = this.#options;
    return this.pools.call(groupId, async () => {
      if (ready !== undefined) await ready;
      return this.#gate.run<CloudResult>(() =>
        this.mayAct() ? onBehalf(decision, call) : Promise.resolve(NOT_LEADING),
      );
    });
  }

  /** One write to Kubernetes. */
  async write<T>(
    call: (kubernetes: KubernetesWrites) => Promise<Result<T, WriteFailure>>,
  ): Promise<Result<T, WriteFailure>> {
    try {
      return await this.#gate.run(() =>
        this.mayAct() ? call(this.#options.kubernetes) : Promise.resolve(failure(NOT_LEADING.error)),
      );
    } catch (thrown) {
      return failure({ message: thrown instanceof Error ? thrown.message : 'the write ended without an answer' });
    }
  }

  /** A read from within another call, whose place it shares. */
  async look<T>(
    call: (kubernetes: KubernetesWrites) => Promise<Result<T, WriteFailure>>,
  ): Promise<Result<T, WriteFailure>> {
    try {
      return await call(this.#options.kubernetes);
    } catch (thrown) {
      return failure({ message: thrown instanceof Error ? thrown.message : 'the read ended without an answer' });
    }
  }

  /** `decision`: the id of the one that it comes of. */
  record(event: ObjectEvent, decision?: string): void {
    if (!this.mayAct()) return;
    this.#options.kubernetes.recordEvent(decision === undefined ? event : { ...event, decision });
  }

  observe(observation: Unstamped<ActuationObservation>): void {
    this.#observations.push({ ...observation, atMs: this.monotonic() });
  }

  /** What happened since this was last asked, in order; when, by the wall clock as it is set now. */
  takeObservations(): readonly ActuationObservation[] {
    const taken = this.#observations;
    this.#observations = [];
    const offsetMs = this.now() - this.monotonic();
    return taken.map((seen) => ({ ...seen, atMs: seen.atMs + offsetMs }));
  }

  /** Resolves when nothing is under way. */
  async idle(): Promise<void> {
    while (this.#tasks.size > 0) await Promise.all(this.#tasks);
  }
}

/** What a call comes to that was not sent, for want of the lease. */
export const NOT_LEADING = failure({
  kind: 'unavailable',
  message: 'not sent: this process does not hold the lease any more',
} as const);
