/**
 * From a pod's creation to the request for its node at Vultr: the shipped bundle as a process of its own, over sockets,
 * against the sandbox in real time.
 *
 * Each pod fills more than half a node and fits none that is there, so the n-th pod's request is the one that brings the
 * pool to its first size plus n. The time includes the scheduler's verdict, the watch, the settling window, the decision,
 * and the provider's fresh look at the pool.
 */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Sandbox } from '../../sandbox/sandbox.ts';
import { cloudConfigOf, kubeconfigOf } from '../../src/commands/sandbox-files.ts';
import { type Clock, realClock, sleep } from '../../src/runtime/clock.ts';
import { silentLogger } from '../../src/runtime/log.ts';
import { seededRandom } from '../../src/runtime/random.ts';
import { type Figure, type Workload, percentile } from '../workload.ts';

const NODES = 100;
/** At 250 milli-CPU each, no node has room for one more. */
const PODS_PER_NODE = 30;
const ARRIVALS = 200;
const MEAN_GAP_MS = 150;
const STARTED_WITHIN_MS = 30_000;
const ANSWERED_WITHIN_MS = 30_000;
/** Of the program's log, when it fails: the last so many characters. */
const LOG_SHOWN = 4_000;
/** The provider distrusts a pool that was changed moments ago, by it does not know whom: this one was not. */
const POOL_AGE_MS = 120_000;

export const reaction: Workload = {
  name: 'reaction',
  about: `pod creation to PATCH at Vultr, ${ARRIVALS} pods arriving at random, ${NODES} nodes / ${NODES * PODS_PER_NODE} pods, over sockets`,
  async run(): Promise<readonly Figure[]> {
    const root = fileURLToPath(new URL('../..', import.meta.url));
    const built = spawnSync('node', ['scripts/build.ts'], { cwd: root, encoding: 'utf8' });
    if (built.status !== 0) throw new Error(`the bundle could not be built: ${built.stderr}`);
    const sandbox = runningCluster();
    const folder = mkdtempSync(join(tmpdir(), 'vke-reaction-'));
    const servers = await sandbox.serve(silentLogger);
    writeFileSync(join(folder, 'kubeconfig'), kubeconfigOf(servers.kubernetes.url));
    writeFileSync(join(folder, 'cloud-config'), cloudConfigOf(sandbox, servers.vultr.url));
    const program = spawn(
      'node',
      [
        'dist/vke-autoscaler.mjs',
        `--kubeconfig=${join(folder, 'kubeconfig')}`,
        `--cloud-config=${join(folder, 'cloud-config')}`,
        '--address=127.0.0.1:0',
        '--scale-down-enabled=false',
      ],
      { cwd: root, stdio: ['ignore', 'ignore', 'pipe'] },
    );
    const log: string[] = [];
    try {
      await started(program, log);
      const latencies = await measure(sandbox);
      return [
        { name: 'reaction-p50', value: percentile(latencies, 0.5), unit: 'ms', bar: 300 },
        { name: 'reaction-p99', value: percentile(latencies, 0.99), unit: 'ms', bar: 1000 },
      ];
    } catch (error) {
      console.error(log.join('').slice(-LOG_SHOWN));
      throw error;
    } finally {
      program.kill('SIGKILL');
      sandbox.stop();
      await Promise.all([servers.kubernetes.close(), servers.vultr.close()]);
      rmSync(folder, { recursive: true, force: true });
    }
  },
};

/** A cluster of full-grown age with its pods in place. */
function runningCluster(): Sandbox {
  let ageMs = POOL_AGE_MS;
  const clock: Clock = { ...realClock, now: () => realClock.now() - ageMs };
  const sandbox = new Sandbox({
    clock,
    random: seededRandom('reaction'),
    region: 'ewr',
    pools: [
      { label: 'web', plan: 'vc2-8c-32gb', quantity: NODES, minNodes: 1, maxNodes: NODES + ARRIVALS, autoScaler: true },
    ],
  });
  ageMs = 0;
  sandbox.store.create('deployments', {
    metadata: { name: 'web', namespace: 'default' },
    spec: {
      replicas: NODES * PODS_PER_NODE,
      selector: { matchLabels: { app: 'web' } },
      template: {
        metadata: { labels: { app: 'web' } },
        spec: {
          containers: [{ name: 'web', image: 'web', resources: { requests: { cpu: '250m', memory: '256Mi' } } }],
        },
      },
    },
  });
  return sandbox;
}

/** Resolves when the program says that it has started; rejects with what it said when it ends before. */
function started(program: ChildProcess, log: string[]): Promise<void> {
  return new Promise((resolve, reject) => {
    program.stderr?.on('data', (chunk: Buffer) => {
      log.push(chunk.toString());
      if (log.join('').includes('"msg":"started"')) resolve();
    });
    program.on('exit', () => reject(new Error('the program ended')));
    realClock.setTimer(STARTED_WITHIN_MS, () => reject(new Error('the program did not start')));
  });
}

/** Creates the pods and returns how long each took, in milliseconds. */
async function measure(sandbox: Sandbox): Promise<readonly number[]> {
  const random = seededRandom('arrivals').stream('gaps');
  while (running(sandbox) < NODES * PODS_PER_NODE) await sleep(realClock, 200);
  // The first lists and passes are part of the start, not of a reaction.
  await sleep(realClock, 3_000);
  const pool = sandbox.cloud.pools()[0];
  if (pool === undefined) throw new Error('the sandbox has a pool');
  const createdAtMs: number[] = [];
  const answeredAtMs: number[] = [];
  const watch = (async () => {
    const giveUpAtMs = realClock.monotonic() + ARRIVALS * MEAN_GAP_MS * 2 + ANSWERED_WITHIN_MS;
    while (answeredAtMs.length < ARRIVALS && realClock.monotonic() < giveUpAtMs) {
      const asked = sandbox.cloud.pool(pool.id).quantity - pool.quantity;
      while (answeredAtMs.length < asked) answeredAtMs.push(realClock.monotonic());
      await sleep(realClock, 1);
    }
  })();
  for (let index = 0; index < ARRIVALS; index++) {
    createdAtMs.push(realClock.monotonic());
    sandbox.store.create('pods', bigPod(index));
    await sleep(realClock, -Math.log(1 - random.next()) * MEAN_GAP_MS);
  }
  await watch;
  if (answeredAtMs.length < ARRIVALS) throw new Error(`${answeredAtMs.length} of ${ARRIVALS} pods were answered`);
  return createdAtMs.map((created, index) => (answeredAtMs[index] ?? Number.NaN) - created);
}

function running(sandbox: Sandbox): number {
  return sandbox.store.list('pods', 'default').filter((pod) => pod.status?.['phase'] === 'Running').length;
}

function bigPod(index: number): Parameters<Sandbox['store']['create']>[1] {
  return {
    metadata: { name: `big-${index}`, namespace: 'default' },
    spec: { containers: [{ name: 'big', image: 'big', resources: { requests: { cpu: '5', memory: '1Gi' } } }] },
  };
}
