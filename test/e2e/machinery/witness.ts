/**
 * The product's own observer once more, in this process and on a wire of its own: what it has been told, change by change
 * through everything that befell the server, can be compared with what a fresh list says. The program beside it runs the
 * same code.
 */
import { writeFileSync } from 'node:fs';
import { isDeepStrictEqual } from 'node:util';
import type { ClusterEvent } from '../../../src/cluster/facts.ts';
import { kubernetesClient } from '../../../src/kubernetes/client.ts';
import { kubeconfigAccess } from '../../../src/kubernetes/kubeconfig.ts';
import { ClusterObserver } from '../../../src/kubernetes/observer.ts';
import { kubernetesTransport } from '../../../src/kubernetes/transport.ts';
import { realClock } from '../../../src/runtime/clock.ts';
import { silentLogger } from '../../../src/runtime/log.ts';
import { seededRandom } from '../../../src/runtime/random.ts';
import { Cable } from './cable.ts';
import type { ControlPlane, Replica } from './control-plane.ts';
import { waitFor } from './waiting.ts';

const CREDENTIAL: Replica = 'autoscaler-b';
const SYNC_TIMEOUT_MS = 60_000;
/** Changes that are under way are no difference. */
const AGREEMENT_TIMEOUT_MS = 60_000;
const SHOWN = 5;

export class Witness {
  readonly cable: Cable;
  readonly tokenPath: string;
  readonly #plane: ControlPlane;
  readonly #observed: Observed;

  private constructor(plane: ControlPlane, cable: Cable, tokenPath: string) {
    this.#plane = plane;
    this.cable = cable;
    this.tokenPath = tokenPath;
    this.#observed = new Observed(this.#kubeconfigPath);
  }

  static async start(plane: ControlPlane): Promise<Witness> {
    const cable = await Cable.to(plane.port);
    const tokenPath = plane.path('witness.token');
    writeFileSync(tokenPath, plane.tokens[CREDENTIAL]);
    const config = plane.kubeconfig(CREDENTIAL, { port: cable.port, tokenFile: tokenPath });
    writeFileSync(plane.path('witness.kubeconfig'), config);
    const witness = new Witness(plane, cable, tokenPath);
    await witness.#observed.synced();
    return witness;
  }

  get size(): number {
    return this.#observed.facts.size;
  }

  /** What it knows otherwise than a fresh list says, once changes under way have arrived; none when nothing was missed. */
  async differences(): Promise<readonly string[]> {
    let found: readonly string[] = [];
    await waitFor('what was observed is what is there', AGREEMENT_TIMEOUT_MS, async () => {
      const fresh = new Observed(this.#kubeconfigPath);
      try {
        await fresh.synced();
        found = differences(this.#observed.facts, fresh.facts);
      } finally {
        await fresh.stop();
      }
      return found.length === 0;
    }).catch((error: unknown) => {
      if (found.length === 0) throw error;
    });
    return found.slice(0, SHOWN);
  }

  async stop(): Promise<void> {
    await this.#observed.stop();
    this.cable.close();
  }

  get #kubeconfigPath(): string {
    return this.#plane.path('witness.kubeconfig');
  }
}

/** An observer and the facts that it has told, the latest of each object. */
class Observed {
  readonly facts = new Map<string, object>();
  readonly #observer: ClusterObserver;
  readonly #transport: ReturnType<typeof kubernetesTransport>;

  constructor(kubeconfigPath: string) {
    const access = kubeconfigAccess({ path: kubeconfigPath, clock: realClock });
    if (!access.ok) throw new Error(access.error.message);
    this.#transport = kubernetesTransport(access.value);
    this.#observer = new ClusterObserver({
      client: kubernetesClient({ transport: this.#transport.send, clock: realClock, userAgent: 'witness' }),
      clock: realClock,
      random: seededRandom(1),
      logger: silentLogger,
      sink: (events) => {
        for (const event of events) this.#learn(event);
      },
    });
    void this.#observer.start();
  }

  async synced(): Promise<void> {
    await waitFor('the witness has seen all', SYNC_TIMEOUT_MS, () => this.#observer.allSynced());
  }

  async stop(): Promise<void> {
    await this.#observer.stop();
    await this.#transport.close();
  }

  /** Of the kinds that change while stories are played. */
  #learn(event: ClusterEvent): void {
    switch (event.kind) {
      case 'pod':
        this.facts.set(`pod ${event.pod.namespace}/${event.pod.name}`, event.pod);
        break;
      case 'pod-gone':
        this.facts.delete(`pod ${event.namespace}/${event.name}`);
        break;
      case 'node':
        this.facts.set(`node ${event.node.name}`, event.node);
        break;
      case 'node-gone':
        this.facts.delete(`node ${event.name}`);
        break;
      case 'controller':
        this.facts.set(`controller ${event.controller.uid}`, event.controller);
        break;
      case 'controller-gone':
        this.facts.delete(`controller ${event.uid}`);
        break;
      case 'namespace':
        this.facts.set(`namespace ${event.namespace.name}`, event.namespace);
        break;
      case 'namespace-gone':
        this.facts.delete(`namespace ${event.name}`);
        break;
      default:
        break;
    }
  }
}

function differences(observed: ReadonlyMap<string, object>, listed: ReadonlyMap<string, object>): readonly string[] {
  const missed = [...listed].flatMap(([key, facts]) => {
    const known = observed.get(key);
    if (known === undefined) return [`${key} is unknown`];
    return isDeepStrictEqual(known, facts) ? [] : [`${key} is known otherwise than it is`];
  });
  const ghosts = [...observed.keys()].filter((key) => !listed.has(key)).map((key) => `${key} is gone, unnoticed`);
  return [...missed, ...ghosts];
}
