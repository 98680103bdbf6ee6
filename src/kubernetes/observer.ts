/**
 * Observes the cluster: one {@link ListWatch} for each kind, all telling one sink. What it cannot see (a missing right, an
 * API that is away) it says by kind and goes on trying; nothing here ends the program.
 */
import type { ClusterEvent } from '../cluster/facts.ts';
import type { Clock } from '../runtime/clock.ts';
import type { Logger } from '../runtime/log.ts';
import type { Random } from '../runtime/random.ts';
import type { KubernetesClient } from './client.ts';
import { Interner } from './intern.ts';
import { isRefusal, ListWatch } from './list-watch.ts';
import type { WatchHealth } from './watch-health.ts';
import { WATCHED_KINDS, type WatchedKind, type WatchedKindName } from './watched-kind.ts';

export interface ObserverOptions {
  readonly client: KubernetesClient;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  /** Takes batches of events, in order within a kind. Must not throw. */
  readonly sink: (events: readonly ClusterEvent[]) => void;
  readonly onHealth?: (kind: WatchedKindName, health: WatchHealth) => void;
  /** How long each watch is held; simulated months want longer ones than real servers. Default: minutes. */
  readonly watchSeconds?: { readonly least: number; readonly most: number } | undefined;
  /** Defaults to {@link WATCHED_KINDS}. */
  readonly kinds?: readonly WatchedKind[];
}

export interface KindStatus {
  readonly kind: WatchedKindName;
  readonly health: WatchHealth;
  /** Whether one list has been told of completely. */
  readonly listedOnce: boolean;
  readonly silentMs: number | undefined;
}

export class ClusterObserver {
  readonly #options: ObserverOptions;
  readonly #kinds: readonly WatchedKind[];
  readonly #watches: ReadonlyMap<WatchedKindName, ListWatch>;
  /** Kinds whose refusal has been warned of. */
  readonly #warned = new Set<WatchedKindName>();

  constructor(options: ObserverOptions) {
    this.#options = options;
    const interner = new Interner();
    this.#kinds = options.kinds ?? WATCHED_KINDS;
    this.#watches = new Map(this.#kinds.map((kind) => [kind.name, this.#watch(kind, interner)] as const));
  }

  /** Starts all watches; the promise lasts until {@link stop} and rejects only on a bug. */
  async start(): Promise<void> {
    await Promise.all([...this.#watches.values()].map((watch) => watch.start()));
  }

  /** Ends all watches, promptly. */
  async stop(): Promise<void> {
    await Promise.all([...this.#watches.values()].map((watch) => watch.stop()));
  }

  /**
   * Whether every kind has been told of completely at least once: before that, nothing may be decided. An optional kind
   * that is refused counts as empty.
   */
  allSynced(): boolean {
    return this.#kinds.every((kind) => {
      const watch = this.#watches.get(kind.name);
      return watch !== undefined && (watch.listedOnce || isDoneWithout(kind, watch.health));
    });
  }

  status(): readonly KindStatus[] {
    return [...this.#watches].map(([kind, watch]) => ({
      kind,
      health: watch.health,
      listedOnce: watch.listedOnce,
      silentMs: this.silentMs(kind),
    }));
  }

  /** Milliseconds since anything last came from the server for the kind; `undefined` before the first. */
  silentMs(kind: WatchedKindName): number | undefined {
    const heardAtMs = this.#watches.get(kind)?.lastHeardAtMs;
    return heardAtMs === undefined ? undefined : this.#options.clock.monotonic() - heardAtMs;
  }

  #watch(kind: WatchedKind, interner: Interner): ListWatch {
    const { client, clock, random, logger, sink } = this.#options;
    return new ListWatch({
      kind,
      client,
      clock,
      random: random.stream(`watch ${kind.name}`),
      interner,
      logger,
      sink,
      watchSeconds: this.#options.watchSeconds,
      onHealth: (health) => this.#healthChanged(kind, health),
    });
  }

  #healthChanged(kind: WatchedKind, health: WatchHealth): void {
    const { logger } = this.#options;
    const resource = kind.name;
    // What was listed once stays known: a server that is starting refuses for a moment.
    const isKnown = this.#watches.get(kind.name)?.listedOnce === true;
    if (!isKnown && isDoneWithout(kind, health)) {
      const { error, retryInMs } = health;
      if (this.#warned.has(resource)) logger.debug('still doing without a kind', { resource, retryInMs });
      else logger.warn('doing without a kind: it counts as empty', { resource, reason: error.message, retryInMs });
      this.#warned.add(resource);
    } else if (health.kind === 'failed') {
      const { error, retryInMs } = health;
      logger.warn('cannot observe a kind', { resource, error: error.kind, reason: error.message, retryInMs });
    } else if (health.kind === 'lagging') logger.info('resuming a watch', { resource, reason: health.why });
    else logger.debug('watch health', { resource, health: health.kind });
    this.#options.onHealth?.(resource, health);
  }
}

function isDoneWithout({ optional }: WatchedKind, health: WatchHealth): health is WatchHealth & { kind: 'failed' } {
  return optional === true && health.kind === 'failed' && isRefusal(health.error);
}
