/**
 * Two replicas, of which one acts. Who acted when is read from the API server's audit log and from Vultr's history of
 * requests; the lease is 5 s long, its renew deadline 3 s, so that a story is short.
 */
import type { AutoscalerProcess } from '../machinery/autoscaler.ts';
import type { Replica } from '../machinery/control-plane.ts';
import { waitFor } from '../machinery/waiting.ts';
import { deployment } from '../machinery/workloads.ts';
import { actsOf, overlaps } from './acts.ts';
import type { Stage, Story } from '../story.ts';

const LEASE_PATH = '/apis/coordination.k8s.io/v1/namespaces/kube-system/leases/cluster-autoscaler';
const LEASE_MS = 5000;
/** What a take-over may take beyond the lease. */
const GRACE_MS = 2000;
/** Less than the half minute for which a pool is left alone of which it is not known what was asked for. */
const SERVED_TIMEOUT_MS = 25_000;
const FLAGS = [
  '--leader-elect-lease-duration=5s',
  '--leader-elect-renew-deadline=3s',
  '--leader-elect-retry-period=1s',
];

interface Pair {
  readonly first: AutoscalerProcess;
  readonly second: AutoscalerProcess;
}

/** The first leads when this returns. */
async function startPair(stage: Stage): Promise<Pair> {
  const first = await stage.world.startReplica('autoscaler', FLAGS);
  await waitFor('the first replica leads', 20_000, async () => (await holder(stage)) === 'autoscaler');
  await stage.world.calm();
  const second = await stage.world.startReplica('autoscaler-b', FLAGS);
  return { first, second };
}

/** Name of the replica that holds the lease; '' when nobody does. */
async function holder(stage: Stage): Promise<string> {
  const lease = await stage.world.plane.admin.find(LEASE_PATH);
  const identity = lease?.spec?.['holderIdentity'];
  return typeof identity === 'string' ? identity.replace(/_.*/, '') : '';
}

/** Somebody leads: the lease is written anew. */
async function renewedAgain(stage: Stage): Promise<void> {
  const before = await stage.world.plane.admin.get(LEASE_PATH);
  await stage.within('the lease is renewed again', 30_000, async () => {
    const { metadata } = await stage.world.plane.admin.get(LEASE_PATH);
    return metadata.resourceVersion !== before.metadata.resourceVersion;
  });
}

async function takesOver(stage: Stage, name: Replica, withinMs: number): Promise<void> {
  await stage.within(
    `${name} takes over within ${withinMs / 1000} s`,
    withinMs,
    async () => (await holder(stage)) === name,
  );
}

/** The cluster is served again, and never two at a time have served it. */
async function servedByOne(stage: Stage, sinceMs: number): Promise<void> {
  await stage.scale('bustle', 0);
  await stage.create('deployments', deployment('after', 12, { cpu: '3200m' }));
  const running = (): number => stage.running().filter(({ metadata }) => metadata.labels?.['app'] === 'after').length;
  await stage.within('new pods get nodes', SERVED_TIMEOUT_MS, () => running() === 12);
  const acts = actsOf(stage.world, sinceMs);
  stage.check('there was something to do', acts.length >= 2, `${acts.length} acts`);
  const wrong = overlaps(acts);
  stage.check('at any time at most one replica acted', wrong.length === 0, wrong[0]);
}

function story(name: string, during: (stage: Stage, pair: Pair) => Promise<void>): Story {
  return {
    name: `two replicas: ${name}`,
    async run(stage) {
      const sinceMs = Date.now();
      const pair = await startPair(stage);
      try {
        // The leader is in the midst of work when it happens.
        await stage.create('deployments', deployment('bustle', 12, { cpu: '1500m' }));
        await stage.within('the leader asks for nodes', 20_000, () => stage.world.cloud.pool('workers').quantity > 1);
        await during(stage, pair);
        await servedByOne(stage, sinceMs);
      } finally {
        await Promise.all([pair.first.kill(), pair.second.kill()]);
        await stage.world.plane.admin.delete(LEASE_PATH);
      }
    },
  };
}

export const highAvailabilityStories: readonly Story[] = [
  story('kill -9 of the leader', async (stage, { first }) => {
    await first.kill();
    await takesOver(stage, 'autoscaler-b', LEASE_MS + GRACE_MS);
  }),
  story('SIGTERM to the leader', async (stage, { first }) => {
    first.process.signal('SIGTERM');
    await takesOver(stage, 'autoscaler-b', GRACE_MS);
    await stage.within('the old leader ends', 10_000, () => !first.process.isRunning);
    stage.check('with exit code 0', first.process.exitCode === 0);
  }),
  story('the leader is stopped (SIGSTOP) for longer than the lease', async (stage, { first }) => {
    first.process.signal('SIGSTOP');
    await stage.create('deployments', deployment('meanwhile', 4, { cpu: '1500m' }));
    await takesOver(stage, 'autoscaler-b', LEASE_MS + GRACE_MS);
    first.process.signal('SIGCONT');
    await stage.within('it knows that it leads no more', 10_000, () => first.says('no longer leading'));
    await stage.holds('the second goes on leading', 3000, async () => (await holder(stage)) === 'autoscaler-b');
  }),
  story('the leader is cut off from the network', async (stage, { first }) => {
    first.cable.cut();
    await takesOver(stage, 'autoscaler-b', LEASE_MS + GRACE_MS);
    stage.check('the old leader had stopped leading by itself', first.says('no longer leading'));
    first.cable.mend();
  }),
  story('the API server restarts', async (stage, { first, second }) => {
    await stage.world.plane.stopApiServer('crash');
    await stage.world.plane.startApiServer();
    await renewedAgain(stage);
    stage.check('both still run', first.process.isRunning && second.process.isRunning);
  }),
  story('etcd stands still for longer than the lease', async (stage, { first, second }) => {
    stage.world.plane.etcd.signal('SIGSTOP');
    try {
      await stage.within('the leader stops leading at its renew deadline', 10_000, () =>
        first.says('no longer leading'),
      );
    } finally {
      stage.world.plane.etcd.signal('SIGCONT');
    }
    await renewedAgain(stage);
    stage.check('both still run', first.process.isRunning && second.process.isRunning);
  }),
];
