/** Ten thousand pods that arrive together: how many passes ask for nodes until all of them are provided for. */
import { Sandbox } from '../../sandbox/sandbox.ts';
import { VirtualClock } from '../../sandbox/time/virtual-clock.ts';
import { defaultOptions } from '../../src/options/options.ts';
import { seededRandom } from '../../src/runtime/random.ts';
import { deploymentOf, startAutoscaler } from '../simulated.ts';
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
    const asked: number[] = [];
    let unhelped = 0;
    const options = { ...defaultOptions(), scaleDown: { ...defaultOptions().scaleDown, enabled: false } };
    const autoscaler = startAutoscaler(
      { clock, random, sandbox },
      {
        options,
        onRecord(record) {
          for (const action of record.actions) if (action.kind === 'resize') asked.push(action.to - action.from);
          unhelped = record.pods.filter(({ outcome }) => outcome.kind === 'cannot-be-helped').length;
        },
      },
    );
    await clock.runFor(SETTLED_MS);
    sandbox.store.create('deployments', deploymentOf('burst', PODS, { cpu: '500m', memory: '512Mi' }));
    await clock.run(() => asked.length > 0, { limitMs: LIMIT_MS });
    await clock.runFor(SETTLED_MS);
    await autoscaler.end();
    if (asked.length === 0 || unhelped > 0) throw new Error(`the burst was not answered: asked ${asked.join(', ')}`);
    return [{ name: 'burst', value: asked.length, unit: 'passes that ask', bar: 1 }];
  },
};
