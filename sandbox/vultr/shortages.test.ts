import assert from 'node:assert/strict';
import { test } from 'node:test';
import { poolIn, stage } from './test-client.ts';

const MINUTE_MS = 60_000;

test('a region without stock refuses more nodes, and changes nothing', async () => {
  const { vultr, call, pool } = stage();
  const { id, path } = pool();
  vultr.setStock('vc2-4c-8gb', 'ewr', 1);
  assert.equal((await call('PATCH', path, { node_quantity: 3 })).status, 400, 'one is left, two are asked for');
  assert.equal(vultr.pool(id).quantity, 1);
  assert.equal((await call('PATCH', path, { node_quantity: 2 })).status, 202);
  const available = await call('GET', '/v2/regions/ewr/availability?type=vc2');
  assert.ok(!JSON.stringify(available.json).includes('"vc2-4c-8gb"'));
});

test('or it accepts, and the nodes appear only when there is stock again', async () => {
  const { clock, vultr, call, pool } = stage();
  const { path } = pool();
  vultr.setStock('vc2-4c-8gb', 'ewr', false, 'accept');
  assert.equal((await call('PATCH', path, { node_quantity: 3 })).status, 202);
  await clock.runFor(60 * MINUTE_MS);
  const waiting = poolIn(await call('GET', path));
  assert.deepEqual([waiting.status, waiting.node_quantity, waiting.nodes.length], ['pending', 3, 1]);
  vultr.setStock('vc2-4c-8gb', 'ewr', true);
  await clock.runFor(5 * MINUTE_MS);
  const served = poolIn(await call('GET', path));
  assert.deepEqual([served.status, served.nodes.length], ['active', 3]);
});

test('a machine that ends leaves its place to one that waits for it', async () => {
  const { clock, vultr, call, pool } = stage();
  const full = pool({ label: 'full', quantity: 2 });
  const waiting = pool({ label: 'waiting' });
  vultr.setStock('vc2-4c-8gb', 'ewr', 0, 'accept');
  await call('PATCH', waiting.path, { node_quantity: 2 });
  await clock.runFor(10 * MINUTE_MS);
  assert.equal(vultr.pool(waiting.id).active, 1);
  await call('PATCH', full.path, { node_quantity: 1 });
  await clock.runFor(10 * MINUTE_MS);
  assert.deepEqual([vultr.pool(full.id).active, vultr.pool(waiting.id).active], [1, 2]);
});

test('a plan that the region does not sell is out of stock there', async () => {
  const { cluster, call, pool } = stage();
  pool();
  const asked = { label: 'gpu', plan: 'vcg-l40s-16c-180g-48vram', node_quantity: 1 };
  assert.equal((await call('POST', `${cluster}/node-pools`, asked)).status, 400);
});

test('the account is not enabled for GPU plans: 500 with the text that says so', async () => {
  const { cluster, call } = stage({ gpuPlansAllowed: false });
  const refused = await call('POST', `${cluster}/node-pools`, {
    label: 'gpu',
    plan: 'vcg-a16-2c-8g-2vram',
    node_quantity: 1,
  });
  assert.equal(refused.status, 500);
  assert.deepEqual(refused.json, { error: 'Please open a support request for access to this product', status: 500 });
});

test('the caps of the account: monthly fee and number of instances', async () => {
  const { vultr, call, pool } = stage({ monthlyFeeCapUsd: 100 });
  const { path } = pool();
  assert.equal((await call('PATCH', path, { node_quantity: 2 })).status, 202);
  assert.match(JSON.stringify((await call('PATCH', path, { node_quantity: 3 })).json), /maximum monthly fee limit/);
  vultr.configure({ monthlyFeeCapUsd: Infinity, instanceLimit: 2 });
  assert.match(JSON.stringify((await call('PATCH', path, { node_quantity: 3 })).json), /maximum number of active/);
});

test('plans below the minimum and unknown ones are refused', async () => {
  const { cluster, call } = stage();
  for (const plan of ['vc2-1c-1gb', 'no-such-plan']) {
    const refused = await call('POST', `${cluster}/node-pools`, { label: 'small', plan, node_quantity: 1 });
    assert.equal(refused.status, 400, plan);
  }
});

test('a stage that cannot be set says why, instead of playing another play', () => {
  const { vultr, clusterId, pool } = stage();
  pool({ label: 'web' });
  assert.throws(() => pool({ label: 'web' }), /has a pool web already/);
  assert.throws(() => pool({ label: 'gpu', plan: 'vcg-typo' }), /no simulated plan vcg-typo/);
  assert.throws(() => vultr.setStock('vcg-typo', 'ewr', false), /no simulated plan vcg-typo/);
  assert.throws(
    () => vultr.addPool(`${clusterId}x`, { label: 'a', plan: 'vc2-2c-4gb', quantity: 1 }),
    /no simulated cl/,
  );
  assert.throws(() => vultr.changePool('none', { quantity: 2 }), /no simulated pool none/);
  assert.throws(() => vultr.changePool(vultr.pools()[0]?.id ?? '', { minNodes: 20, maxNodes: 2 }), /max_nodes/);
});

test('some machines never boot, and can be deleted all the same', async () => {
  const { clock, vultr, call, pool } = stage({ bootFailureProbability: 1 });
  const { id, path } = pool();
  await call('PATCH', path, { node_quantity: 2 });
  await clock.runFor(600 * MINUTE_MS);
  assert.equal(vultr.pool(id).pending, 1);
  const stuck = poolIn(await call('GET', path)).nodes.find((node) => node.status === 'pending');
  assert.equal((await call('DELETE', `${path}/nodes/${stuck?.id}`)).status, 204);
  await clock.runFor(MINUTE_MS);
  assert.deepEqual([vultr.pool(id).pending, vultr.instances().length], [0, 1]);
});
