/** The program on a simulated cluster, in virtual time: for what shows only when all of it runs. */
import type { Sandbox } from '../sandbox/sandbox.ts';
import type { VirtualClock } from '../sandbox/time/virtual-clock.ts';
import { type AutoscalerParts, buildAutoscaler } from '../src/autoscaler.ts';
import { silentLogger } from '../src/runtime/log.ts';
import type { Random } from '../src/runtime/random.ts';

/** What runs it all, and how to end it. */
interface Running {
  end(): Promise<void>;
}

const ENDED_MS = 60_000;

export function startAutoscaler(
  { clock, random, sandbox }: { readonly clock: VirtualClock; readonly random: Random; readonly sandbox: Sandbox },
  rest: Pick<AutoscalerParts, 'options' | 'onRecord'> & Partial<Pick<AutoscalerParts, 'reporting'>>,
): Running {
  const stop = new AbortController();
  const running = buildAutoscaler({
    clock,
    random,
    logger: silentLogger,
    kubernetes: sandbox.kubernetes,
    vultr: sandbox.vultr,
    vultrConfig: { clusterId: sandbox.clusterId, token: sandbox.apiKey, apiUrl: 'http://sandbox.invalid' },
    version: 'bench',
    identity: 'bench',
    ...rest,
  }).run(stop.signal);
  return {
    async end(): Promise<void> {
      stop.abort();
      await clock.runFor(ENDED_MS);
      await running;
      sandbox.stop();
    },
  };
}

/** A Deployment of pods that ask for so much. */
export function deploymentOf(
  name: string,
  replicas: number,
  requests: Readonly<Record<string, string>>,
): Parameters<Sandbox['store']['create']>[1] {
  return {
    metadata: { name, namespace: 'default' },
    spec: {
      replicas,
      selector: { matchLabels: { app: name } },
      template: {
        metadata: { labels: { app: name } },
        spec: { containers: [{ name: 'main', image: 'main', resources: { requests } }] },
      },
    },
  };
}
