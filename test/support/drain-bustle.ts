/**
 * What keeps nodes coming and going: workloads that grow and shrink every few minutes, with everything that a drain has to
 * deal with among them: budgets, slow pods, priorities, pods that go anywhere, a pod that must not be missed, pods that
 * must not be moved. Drawn from the world's seed.
 */
import type { RandomStream } from '../../src/runtime/random.ts';
import { MINUTE_MS, SECOND_MS, type World } from './world.ts';
import { NOT_SAFE_TO_EVICT, SURGE_EVICTION, barePod, budget, deployment, job, statefulSet } from './workloads.ts';

const PAUSE_MS = { least: MINUTE_MS, most: 12 * MINUTE_MS };

export class DrainBustle {
  readonly #world: World;
  readonly #random: RandomStream;
  #made = 0;
  #over = false;

  constructor(world: World) {
    this.#world = world;
    this.#random = world.random.stream('drain-bustle');
  }

  begin(): void {
    this.#world.apply(
      deployment('web', 4, { stopMs: 20 * SECOND_MS }),
      budget('web', { maxUnavailable: 1 }),
      deployment('api', 2, { cpu: '500m', memory: '2Gi', priority: 1000 }),
      budget('api', { minAvailable: 1 }),
      deployment('single', 1, { annotations: SURGE_EVICTION }),
      deployment('anywhere', 1, { cpu: '200m', toleratesAll: true }),
      statefulSet('db', 1, { memory: '2Gi', stopMs: 45 * SECOND_MS }),
    );
    this.#goOn();
  }

  /** Nothing is left that wants more than the least nodes, but what has its own end runs to it. */
  end(): void {
    this.#over = true;
    for (const name of ['web', 'api', 'anywhere']) this.#world.scale('deployments', name, 1);
    this.#world.scale('deployments', 'single', 0);
    this.#world.scale('statefulsets', 'db', 0);
    // A budget that one replica could never meet would keep its node for ever.
    for (const name of ['web', 'api']) this.#world.sandbox.store.delete('poddisruptionbudgets', 'default', name);
  }

  #goOn(): void {
    this.#world.clock.setTimer(this.#random.integer(PAUSE_MS.least, PAUSE_MS.most), () => {
      if (this.#over) return;
      this.#random.pick(this.#deeds)();
      this.#goOn();
    });
  }

  readonly #deeds: readonly (() => void)[] = [
    () => this.#world.scale('deployments', 'web', this.#random.integer(8, 14)),
    () => this.#world.scale('deployments', 'web', this.#random.integer(1, 5)),
    () => this.#world.scale('deployments', 'web', this.#random.integer(1, 5)),
    () => this.#world.scale('deployments', 'api', this.#random.integer(1, 8)),
    () => this.#world.scale('deployments', 'anywhere', this.#random.integer(0, 3)),
    () => this.#world.scale('statefulsets', 'db', this.#random.integer(0, 3)),
    () => this.#world.apply(job(this.#name('batch'), this.#random.integer(1, 6), this.#duration())),
    () => this.#world.apply(barePod(this.#name('precious'), { ...this.#duration(), annotations: NOT_SAFE_TO_EVICT })),
  ];

  #name(prefix: string): string {
    this.#made += 1;
    return `${prefix}-${this.#made}`;
  }

  #duration(): { readonly durationMs: number } {
    return { durationMs: this.#random.integer(1, 10) * MINUTE_MS };
  }
}
