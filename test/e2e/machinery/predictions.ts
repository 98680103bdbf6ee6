/**
 * What the program said of pods, held against what the real scheduler then did: each pod that was told (by the event
 * TriggeredScaleUp) that named pools grow for it has to be bound to a node of one of these pools.
 */
import * as z from 'zod';
import type { KubeObject } from '../../../sandbox/kubernetes/object.ts';
import { podSpec } from '../../../sandbox/controllers/shapes.ts';
import type { KubernetesApi } from './kubernetes-api.ts';
import type { RealStore } from './real-store.ts';
import { NotInTime, waitFor } from './waiting.ts';

interface Prediction {
  readonly pod: string;
  readonly pools: readonly string[];
}

export interface PredictionTally {
  readonly told: number;
  readonly asPredicted: number;
  /** Deleted, by the story, before a node took it. */
  readonly withdrawn: number;
  readonly mismatches: readonly string[];
}

/** Where a pod of a uid was bound: the node's pool. */
interface Fate {
  pool: string | undefined;
  gone: boolean;
}

/** From the end of a story: machines of the simulated cloud take seconds. */
const FULFILMENT_TIMEOUT_MS = 30_000;
const scaleUpEvent = z.object({ involvedObject: z.object({ uid: z.string(), name: z.string() }), message: z.string() });
const POOL_LABEL = 'vke.vultr.com/node-pool';
const POOLS_IN_MESSAGE = /\{(\S+) \d+->\d+/g;

export class PredictionJudge {
  readonly #store: RealStore;
  readonly #fates = new Map<string, Fate>();
  readonly #unwatch: () => void;

  constructor(store: RealStore) {
    this.#store = store;
    this.#unwatch = store.watch('pods', ({ type, object }) => this.#see(object, type === 'DELETED'));
  }

  stop(): void {
    this.#unwatch();
  }

  #see(pod: KubeObject, gone: boolean): void {
    const fate = this.#fates.get(pod.metadata.uid) ?? { pool: undefined, gone };
    fate.gone = gone;
    const { nodeName } = podSpec(pod);
    if (nodeName !== undefined && fate.pool === undefined) {
      fate.pool = this.#store.find('nodes', '', nodeName)?.metadata.labels?.[POOL_LABEL];
    }
    this.#fates.set(pod.metadata.uid, fate);
  }

  /** The tally once every prediction has come true, or the time for it is up. */
  async settled(api: KubernetesApi, namespace: string): Promise<PredictionTally> {
    let tally = await this.#tally(api, namespace);
    await waitFor('every prediction comes true', FULFILMENT_TIMEOUT_MS, async () => {
      tally = await this.#tally(api, namespace);
      return tally.mismatches.length === 0;
    }).catch((error: unknown) => {
      if (!(error instanceof NotInTime)) throw error;
    });
    return tally;
  }

  async #tally(api: KubernetesApi, namespace: string): Promise<PredictionTally> {
    const { items } = await api.list(`/api/v1/namespaces/${namespace}/events`);
    const predictions = new Map<string, Prediction>();
    for (const event of items) {
      if (event['reason'] !== 'TriggeredScaleUp') continue;
      const { involvedObject, message } = scaleUpEvent.parse(event);
      const { uid, name } = involvedObject;
      const pools = [...message.matchAll(POOLS_IN_MESSAGE)].map(([, pool = '']) => pool);
      const before = predictions.get(uid)?.pools ?? [];
      predictions.set(uid, { pod: `${namespace}/${name}`, pools: [...before, ...pools] });
    }
    return this.#judge(predictions);
  }

  #judge(predictions: ReadonlyMap<string, Prediction>): PredictionTally {
    let [asPredicted, withdrawn] = [0, 0];
    const mismatches: string[] = [];
    for (const [uid, { pod, pools }] of predictions) {
      const fate = this.#fates.get(uid);
      if (fate?.pool !== undefined && pools.includes(fate.pool)) asPredicted++;
      else if (fate?.pool === undefined && fate?.gone === true) withdrawn++;
      else mismatches.push(`${pod}: said ${pools.join(', ')}; is ${fate?.pool ?? 'bound nowhere'}`);
    }
    return { told: predictions.size, asPredicted, withdrawn, mismatches };
  }
}
