/**
 * Bad weather: for as long as it lasts, wires fail by chance and incidents happen to the cluster, the account, the clock and
 * the autoscaler itself, while its users' workloads come and go. Everything is drawn from the world's seed.
 */
import { kubernetesErrorBody, randomFaults } from '../../sandbox/faults-random.ts';
import type { RandomStream } from '../../src/runtime/random.ts';
import { type Incident, incidents, telltalePage } from './incidents.ts';
import { MINUTE_MS, SECOND_MS, type World } from './world.ts';

/** Between two incidents. */
const CALM_MS = { least: 4 * MINUTE_MS, most: 20 * MINUTE_MS };
/** Nobody looks after the cluster between a kill and the next start. */
const AWAY_MS = { least: 1 * SECOND_MS, most: 90 * SECOND_MS };

/** Chances per request. Most requests are reads of pools; writes have it harder, being what the invariants are about. */
const VULTR_RATES = {
  rateLimited: 0.005,
  serverError: 0.004,
  unavailable: 0.003,
  loseRequest: 0.003,
  loseReply: 0.003,
  refuseConnection: 0.003,
  hang: 0.002,
  delay: 0.005,
  cutBody: 0.002,
};
const VULTR_WRITE_RATES = {
  rateLimited: 0.04,
  serverError: 0.03,
  loseRequest: 0.06,
  loseReply: 0.12,
  hang: 0.04,
  delay: 0.08,
};
const KUBERNETES_WRITE_RATES = { serverError: 0.03, loseRequest: 0.03, loseReply: 0.06, hang: 0.02, delay: 0.05 };
const KUBERNETES_READ_RATES = {
  rateLimited: 0.01,
  unavailable: 0.02,
  loseReply: 0.01,
  refuseConnection: 0.02,
  cutBody: 0.15,
  freezeBody: 0.08,
};

export class Storm {
  readonly #world: World;
  readonly #random: RandomStream;
  readonly #incidents: readonly Incident[];
  #over = false;
  /** Incidents that happened, by name. */
  readonly #counts = new Map<string, number>();

  constructor(world: World) {
    this.#world = world;
    this.#random = world.random.stream('storm');
    this.#incidents = incidents(world, this.#random);
  }

  begin(): void {
    const { sandbox } = this.#world;
    const random = this.#random;
    const writes = { path: /node-pools\/[^?]*$/ };
    sandbox.vultrFaults.addAll(
      randomFaults(random, VULTR_WRITE_RATES, writes).map((rule) => ({
        ...rule,
        name: `write ${rule.name}`,
        methods: ['PATCH', 'DELETE'] as const,
      })),
    );
    sandbox.vultrFaults.add(telltalePage(sandbox.apiKey));
    sandbox.vultrFaults.addAll(randomFaults(random, VULTR_RATES));
    const errorBody = kubernetesErrorBody;
    sandbox.kubernetesFaults.addAll(
      randomFaults(random, KUBERNETES_WRITE_RATES, { errorBody }).map((rule) => ({
        ...rule,
        name: `write ${rule.name}`,
        methods: ['PATCH', 'POST', 'PUT'] as const,
      })),
    );
    sandbox.kubernetesFaults.addAll(randomFaults(random, KUBERNETES_READ_RATES, { errorBody }));
    this.#schedule();
    this.#watchOverTheAutoscaler();
  }

  /** Wires work again, and what the incidents changed is put right. */
  end(): void {
    this.#over = true;
    const { sandbox } = this.#world;
    sandbox.vultrFaults.clear();
    sandbox.kubernetesFaults.clear();
    for (const incident of this.#incidents) incident.over?.();
  }

  /** The names of all that happened, and of the incidents that could have. */
  get kinds(): { readonly happened: readonly string[]; readonly possible: readonly string[] } {
    const { sandbox } = this.#world;
    const wires = [...sandbox.vultrFaults.log, ...sandbox.kubernetesFaults.log].map(({ effect }) => effect);
    return {
      happened: [...new Set([...wires, ...this.#counts.keys()])],
      possible: this.#incidents.map(({ name }) => name),
    };
  }

  /** How often each incident happened. */
  get counts(): ReadonlyMap<string, number> {
    return this.#counts;
  }

  /** Faults of the wires and incidents. */
  get faults(): number {
    const { sandbox } = this.#world;
    const happened = [...this.#counts.values()].reduce((sum, count) => sum + count, 0);
    return sandbox.vultrFaults.count + sandbox.kubernetesFaults.count + happened;
  }

  #schedule(): void {
    this.#world.clock.setTimer(this.#random.integer(CALM_MS.least, CALM_MS.most), () => {
      if (this.#over) return;
      const incident = this.#random.pick(this.#incidents);
      this.#count(incident.name);
      incident.happen();
      this.#schedule();
    });
  }

  /** As the Deployment of the autoscaler does: when it is killed or ends, another is started after a while. */
  #watchOverTheAutoscaler(): void {
    this.#world.clock.setTimer(this.#random.integer(AWAY_MS.least, AWAY_MS.most), () => {
      const { current } = this.#world;
      if (!current.process.isAlive || current.hasEnded) this.#world.start();
      if (!this.#over) this.#watchOverTheAutoscaler();
    });
  }

  #count(name: string): void {
    this.#counts.set(name, (this.#counts.get(name) ?? 0) + 1);
  }
}
