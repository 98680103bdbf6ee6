/** What the users of a cluster do all day: workloads of every kind come, grow, shrink and go. Drawn from the world's seed. */
import type { RandomStream } from '../../src/runtime/random.ts';
import type { World } from './world.ts';
import { MINUTE_MS } from './world.ts';
import { NOT_SAFE_TO_EVICT, barePod, budget, deployment, job, statefulSet } from './workloads.ts';

const PAUSE_MS = { least: 3 * MINUTE_MS, most: 25 * MINUTE_MS };

export class Bustle {
  readonly #world: World;
  readonly #random: RandomStream;
  #made = 0;
  #over = false;

  constructor(world: World) {
    this.#world = world;
    this.#random = world.random.stream('bustle');
  }

  begin(): void {
    this.#world.apply(
      deployment('web', 2),
      budget('web', { maxUnavailable: 2 }),
      deployment('api', 2, { cpu: '500m', memory: '2Gi' }),
      budget('api', { minAvailable: 1 }),
      deployment('frozen', 1, { cpu: '250m', memory: '256Mi', annotations: NOT_SAFE_TO_EVICT }),
      statefulSet('db', 1, { cpu: '1', memory: '3Gi' }),
    );
    this.#goOn();
  }

  /** Nobody starts anything new, and what runs for good wants about half of what the pools can give. */
  calm(): void {
    this.#over = true;
    this.#world.scale('deployments', 'web', 10);
    this.#world.scale('deployments', 'api', 4);
    this.#world.scale('deployments', 'frozen', 2);
    this.#world.scale('statefulsets', 'db', 2);
  }

  /** Everybody goes home: nothing that wants more than the least nodes is left, but what has its own end runs to it. */
  end(): void {
    this.#over = true;
    this.#world.scale('deployments', 'web', 1);
    this.#world.scale('deployments', 'api', 0);
    this.#world.scale('deployments', 'frozen', 0);
    this.#world.scale('statefulsets', 'db', 0);
  }

  #goOn(): void {
    this.#world.clock.setTimer(this.#random.integer(PAUSE_MS.least, PAUSE_MS.most), () => {
      if (this.#over) return;
      this.#random.pick(this.#deeds)();
      this.#goOn();
    });
  }

  readonly #deeds: readonly (() => void)[] = [
    () => this.#world.scale('deployments', 'web', this.#random.integer(1, 24)),
    () => this.#world.scale('deployments', 'web', this.#random.integer(1, 6)),
    () => this.#world.scale('deployments', 'api', this.#random.integer(1, 12)),
    () => this.#world.scale('deployments', 'frozen', this.#random.integer(0, 4)),
    () => this.#world.scale('statefulsets', 'db', this.#random.integer(0, 5)),
    () =>
      this.#world.apply(job(this.#name('batch'), this.#random.integer(1, 10), { ...this.#duration(), memory: '2Gi' })),
    () => this.#world.apply(job(this.#name('train'), this.#random.integer(1, 3), { ...this.#duration(), gpu: 1 })),
    () => this.#world.apply(barePod(this.#name('precious'), { ...this.#duration(), annotations: NOT_SAFE_TO_EVICT })),
  ];

  #name(prefix: string): string {
    this.#made += 1;
    return `${prefix}-${this.#made}`;
  }

  #duration(): { readonly durationMs: number } {
    return { durationMs: this.#random.integer(2, 30) * MINUTE_MS };
  }
}
