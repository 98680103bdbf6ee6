/**
 * A day of a busy cluster in virtual time: whether the program holds more after it than it did in the beginning. The same
 * tide of pods comes and goes each hour, so that nodes do; what is held is looked at once each has ebbed.
 */
import { Sandbox } from '../../sandbox/sandbox.ts';
import { VirtualClock } from '../../sandbox/time/virtual-clock.ts';
import { invariant } from '../../src/cluster/invariant.ts';
import { defaultOptions } from '../../src/options/options.ts';
import { ask } from '../../src/report/http/answer.ts';
import { Reporting } from '../../src/report/reporting.ts';
import { silentLogger } from '../../src/runtime/log.ts';
import { seededRandom } from '../../src/runtime/random.ts';
import { deploymentOf, startAutoscaler } from '../simulated.ts';
import type { Figure, Workload } from '../workload.ts';

const HOURS = 24;
const MINUTE_MS = 60_000;
const POOLS = 10;
const NODES = 1000;
/** Three of a node's four CPUs: neither does a node stay empty, nor has it room for a pod of the tide. */
const BASE_PODS = 3 * NODES;
/** As many nodes an hour: within the day half of the cluster is another. */
const TIDE_PODS = 20;
/** After so long of the hour it ebbs. */
const EBB_MINUTES = 20;
const MB = 1e6;

export const day: Workload = {
  name: 'day-1000',
  about: `${HOURS} simulated hours with ${NODES} nodes, of which ${TIDE_PODS} come and go each hour: what is held on the heap`,
  slow: true,
  async run(): Promise<readonly Figure[]> {
    const world = aWorld();
    await world.clock.runFor(10 * MINUTE_MS);
    const heaps: number[] = [];
    const asked: number[] = [];
    for (let hour = 1; hour <= HOURS; hour += 1) {
      const before = world.actions();
      world.tide(TIDE_PODS);
      await world.clock.runFor(EBB_MINUTES * MINUTE_MS);
      world.tide(0);
      await world.clock.runFor((60 - EBB_MINUTES) * MINUTE_MS);
      world.forget();
      await world.look();
      asked.push(world.actions() - before);
      heaps.push(heldBytes());
    }
    await world.end();
    invariant(Math.min(...asked) >= TIDE_PODS, `nodes come and go in each hour: ${asked.join(', ')}`);
    const [, second = Number.NaN] = heaps;
    const last = heaps.at(-1) ?? Number.NaN;
    return [
      { name: 'day-1000-growth', value: (100 * (last - second)) / second, unit: '% of the second hour', bar: 5 },
      { name: 'day-1000-heap', value: last / MB, unit: 'MB, the simulated cluster included', bar: 600 },
    ];
  },
};

function aWorld() {
  const clock = new VirtualClock();
  const random = seededRandom('day');
  const sandbox = new Sandbox({
    clock,
    random,
    region: 'ewr',
    pools: Array.from({ length: POOLS }, (_, index) => {
      const size = NODES / POOLS;
      return {
        label: `pool-${index}`,
        plan: 'vc2-4c-8gb',
        quantity: size,
        minNodes: 1,
        maxNodes: 2 * size,
        autoScaler: true,
      };
    }),
  });
  sandbox.store.create('deployments', deploymentOf('base', BASE_PODS, { cpu: '1', memory: '1Gi' }));
  sandbox.store.create('deployments', deploymentOf('tide', 0, { cpu: '3', memory: '1Gi' }));
  const options = defaultOptions();
  let reporting: Reporting | undefined;
  let actions = 0;
  const autoscaler = startAutoscaler(
    { clock, random, sandbox },
    {
      options,
      reporting: (built) =>
        (reporting = new Reporting({ options, clock, logger: silentLogger, version: 'bench', ...built })),
      onRecord: (record) => void (actions += record.actions.length),
    },
  );
  return {
    clock,
    actions: () => actions,
    tide(replicas: number): void {
      sandbox.store.update('deployments', 'default', 'tide', (current) => ({
        ...current,
        spec: { ...current.spec, replicas },
      }));
    },
    /** As a real API server does with the events of the last hour, and with the versions that objects had. */
    forget(): void {
      for (const { metadata } of sandbox.store.list('events')) {
        sandbox.store.delete('events', metadata.namespace ?? 'default', metadata.name);
      }
      sandbox.store.compact();
    },
    /** Somebody looks on. */
    async look(): Promise<void> {
      invariant(reporting !== undefined, 'there is something to look at');
      for (const path of ['/metrics', '/decisions?limit=256']) {
        invariant((await ask(reporting.handlers, path)).status === 200, `${path} is answered`);
      }
    },
    end: () => autoscaler.end(),
  };
}

function heldBytes(): number {
  if (globalThis.gc === undefined) throw new Error('run with --expose-gc: without it memory cannot be told');
  globalThis.gc();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}
