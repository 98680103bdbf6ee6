import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ClusterEvent } from '../cluster/facts.ts';
import { silentLogger } from '../runtime/log.ts';
import { seededRandom } from '../runtime/random.ts';
import { kubernetesClient } from './client.ts';
import { ClusterObserver } from './observer.ts';
import { FakeTransport, jsonReply, OpenReply, statusReply } from './testing/fake-transport.ts';
import { VirtualClock } from '../../sandbox/time/virtual-clock.ts';

const OBJECTS: Readonly<Record<string, object>> = {
  nodes: { metadata: { name: 'n', uid: 'n' } },
  pods: { metadata: { namespace: 'shop', name: 'p', uid: 'p' }, spec: { containers: [] } },
  daemonsets: { metadata: { namespace: 'shop', name: 'd', uid: 'd' } },
  jobs: { metadata: { namespace: 'shop', name: 'j', uid: 'j' } },
};

/** A cluster with one object of some kinds; `mayListBudgets` says whether RBAC lets us see the budgets. */
function cluster() {
  const clock = new VirtualClock();
  const world = { mayListBudgets: true, hasStorage: true };
  const transport = new FakeTransport(({ request, url }) => {
    const kind = url.pathname.split('/').at(-1) ?? '';
    if (kind === 'poddisruptionbudgets' && !world.mayListBudgets) return statusReply(403, 'Forbidden');
    if (url.pathname.startsWith('/apis/storage.k8s.io/') && !world.hasStorage) return statusReply(404, 'NotFound');
    if (url.searchParams.has('watch')) return new OpenReply('application/json', request.signal).response;
    const object = OBJECTS[kind];
    return jsonReply({ metadata: { resourceVersion: '1' }, items: object === undefined ? [] : [object] });
  });
  const events: ClusterEvent[] = [];
  const observer = new ClusterObserver({
    client: kubernetesClient({ transport: transport.send, clock }),
    clock,
    random: seededRandom(1),
    logger: silentLogger,
    sink: (batch) => events.push(...batch),
  });
  return { clock, world, transport, events, observer };
}

test('all kinds are listed and watched; once each has been told of, all is synced', async () => {
  const { clock, transport, events, observer } = cluster();
  void observer.start();
  assert.equal(observer.allSynced(), false);
  await clock.settle();
  assert.equal(observer.allSynced(), true);
  assert.deepEqual(
    events.map((event) => event.kind).toSorted((a, b) => a.localeCompare(b)),
    ['controller', 'controller', 'node', 'pod'],
  );
  assert.equal(new Set(transport.asked).size, 17);
  const podList = transport.exchanges.find(({ url }) => url.pathname === '/api/v1/pods');
  assert.equal(podList?.request.headers['accept'], 'application/vnd.kubernetes.protobuf,application/json');
  await clock.runFor(5_000);
  assert.ok(observer.status().every(({ health, silentMs }) => health.kind === 'synced' && silentMs === 5_000));
  await observer.stop();
  assert.equal(clock.pendingTimers, 0);
});

test('a right that is missing for one kind is named, holds nothing else up, and is used once granted', async () => {
  const { clock, world, observer } = cluster();
  world.mayListBudgets = false;
  void observer.start();
  await clock.settle();
  const budgets = observer.status().find(({ kind }) => kind === 'poddisruptionbudgets');
  assert.ok(budgets?.health.kind === 'failed' && budgets.health.error.kind === 'forbidden');
  assert.equal(budgets.health.error.missingRight, 'list poddisruptionbudgets.policy');
  assert.equal(observer.status().filter(({ listedOnce }) => listedOnce).length, 16);
  assert.equal(observer.allSynced(), false);
  world.mayListBudgets = true;
  await clock.runFor(5_000);
  assert.equal(observer.allSynced(), true);
  await observer.stop();
});

test('a kind that the cluster does not have, and that scheduling can do without, counts as empty', async () => {
  const { clock, world, observer } = cluster();
  world.hasStorage = false;
  void observer.start();
  await clock.settle();
  assert.equal(observer.allSynced(), true);
  world.hasStorage = true;
  await clock.runFor(600_000);
  assert.ok(
    observer.status().every(({ listedOnce }) => listedOnce),
    'once it is there, it is listed',
  );
  await observer.stop();
});
