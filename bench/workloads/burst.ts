/** Ten thousand pods that arrive together: how many passes ask for nodes until all of them are provided for. */
import { Sandbox } from '../../sandbox/sandbox.ts';
import { VirtualClock } from '../../sandbox/time/virtual-clock.ts';
import { buildAutoscaler } from '../../src/autoscaler.ts';
import { defaultOptions } from '../../src/options/options.ts';
import { silentLogger } from '../../src/runtime/log.ts';
import { seededRandom } from '../../src/runtime/random.ts';
import type { Figure, Workload } from '../workload.ts';

const PODS = 10_000;
const LIMIT_MS = 60_000;
const SETTLED_MS = 60_000;

export const burst: Workload = {
  name: 'burst',
  about: `${PODS} pods of one Deployment created at once, through the simulated APIs in virtual time`,
  async run(): Promise<readonly Figure[]> {
    const clock = new VirtualClock();
    const random = seededRandom('burst');
    const sandbox = new Sandbox({
      clock,
      random,
      region: 'ewr',
      pools: [{ label: 'web', plan: 'vc2-24c-96gb', quantity: 1, minNodes: 1, maxNodes: 1000, autoScaler: true }],
    });
    const stop = new AbortController();
    const asked: number[] = [];
    let unhelped = 0;
    const running = buildAutoscaler({
      options: { ...defaultOptions(), scaleDown: { ...defaultOptions().scaleDown, enabled: false } },
      clock,
      random,
      logger: silentLogger,
      kubernetes: sandbox.kubernetes,
      vultr: sandbox.vultr,
      vultrConfig: { clusterId: sandbox.clusterId, token: sandbox.apiKey, apiUrl: 'http://sandbox.invalid' },
      version: 'bench',
      identity: 'bench',
      onRecord(record) {
        for (const action of record.actions) if (action.kind === 'resize') asked.push(action.to - action.from);
        unhelped = record.pods.filter(({ outcome }) => outcome.kind === 'cannot-be-helped').length;
      },
    }).run(stop.signal);
    await clock.runFor(SETTLED_MS);
    sandbox.store.create('deployments', deployment());
    await clock.run(() => asked.length > 0, { limitMs: LIMIT_MS });
    await clock.runFor(SETTLED_MS);
    stop.abort();
    await clock.runFor(SETTLED_MS);
    await running;
    sandbox.stop();
    if (asked.length === 0 || unhelped > 0) throw new Error(`the burst was not answered: asked ${asked.join(', ')}`);
    return [{ name: 'burst', value: asked.length, unit: 'passes that ask', bar: 1 }];
  },
};

function deployment(): Parameters<Sandbox['store']['create']>[1] {
  const requests = { cpu: '500m', memory: '512Mi' };
  return {
    metadata: { name: 'burst', namespace: 'default' },
    spec: {
      replicas: PODS,
      selector: { matchLabels: { app: 'burst' } },
      template: {
        metadata: { labels: { app: 'burst' } },
        spec: { containers: [{ name: 'main', image: 'main', resources: { requests } }] },
      },
    },
  };
}
