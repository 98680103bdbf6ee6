import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as z from 'zod';
import type { InstanceEvent } from './instances.ts';
import { poolIn, stage } from './test-client.ts';

const MINUTE_MS = 60_000;

test('a pool is raised: the reply echoes the quantity, the nodes are pending, then active', async () => {
  const { clock, vultr, call, pool } = stage();
  const { path } = pool();
  const events: string[] = [];
  vultr.onInstance((event: InstanceEvent) => events.push(event.kind));

  const patched = await call('PATCH', path, { node_quantity: 3 });
  assert.equal(patched.status, 202);
  assert.equal(poolIn(patched).node_quantity, 3);
  assert.deepEqual(
    poolIn(patched).nodes.map((node) => node.status),
    ['active', 'pending', 'pending'],
  );
  assert.equal(poolIn(patched).status, 'pending');
  assert.match(poolIn(patched).nodes[1]?.label ?? '', /^web-[0-9a-f]{12}$/);

  await clock.runFor(4 * MINUTE_MS);
  const later = poolIn(await call('GET', path));
  assert.equal(later.status, 'active');
  assert.deepEqual(
    later.nodes.map((node) => node.status),
    ['active', 'active', 'active'],
  );
  assert.deepEqual(events, ['created', 'created', 'active', 'active']);
});

test('while a raise lags, lists show the quantity and the nodes of before', async () => {
  const { clock, call, pool } = stage({ listLagMs: { lowest: 8000, highest: 8000 } });
  const { path } = pool();
  assert.equal(poolIn(await call('PATCH', path, { node_quantity: 3 })).node_quantity, 3);
  const lagging = poolIn(await call('GET', path));
  assert.equal(lagging.node_quantity, 1);
  assert.equal(lagging.nodes.length, 1);
  await clock.runFor(8000);
  const settled = poolIn(await call('GET', path));
  assert.equal(settled.node_quantity, 3);
  assert.equal(settled.nodes.length, 3);
});

test('lowering the quantity destroys nodes at random, healthy ones among them', async () => {
  const victims = new Set<number>();
  for (let seed = 0; seed < 20; seed++) {
    const { clock, call, pool } = stage({}, seed);
    const { path } = pool({ quantity: 4 });
    const before = poolIn(await call('GET', path)).nodes.map((node) => node.id);
    await call('PATCH', path, { node_quantity: 3 });
    await clock.runFor(MINUTE_MS);
    const after = new Set(poolIn(await call('GET', path)).nodes.map((node) => node.id));
    assert.equal(after.size, 3);
    victims.add(before.findIndex((id) => !after.has(id)));
  }
  assert.deepEqual(
    [...victims].toSorted((a, b) => a - b),
    [0, 1, 2, 3],
  );
});

test('a node deleted by its id is closed, then gone, and the quantity is lower at once', async () => {
  const { clock, vultr, call, pool } = stage();
  const { path } = pool({ quantity: 3, minNodes: 3 });
  const [first, second] = poolIn(await call('GET', path)).nodes;
  assert.equal((await call('DELETE', `${path}/nodes/${first?.id}`)).status, 204);

  const closing = poolIn(await call('GET', path));
  assert.equal(closing.node_quantity, 2, 'below min_nodes too');
  assert.equal(closing.nodes.find((node) => node.id === first?.id)?.status, 'closed');
  assert.equal((await call('DELETE', `${path}/nodes/${first?.id}`)).status, 404, 'deleting again');

  await clock.runFor(MINUTE_MS);
  const gone = poolIn(await call('GET', path));
  assert.equal(gone.nodes.length, 2);
  assert.ok(gone.nodes.some((node) => node.id === second?.id));
  await clock.runFor(60 * MINUTE_MS);
  assert.equal(vultr.instances().length, 2, 'nothing is built in its place');
});

test('the last node of a pool stays', async () => {
  const { call, pool } = stage();
  const { path } = pool();
  const [only] = poolIn(await call('GET', path)).nodes;
  const refused = await call('DELETE', `${path}/nodes/${only?.id}`);
  assert.equal(refused.status, 400);
  assert.equal(poolIn(await call('GET', path)).nodes.length, 1);
});

test('a node deleted through the instances API comes back under a new name', async () => {
  const { clock, vultr, call, pool } = stage();
  const { path } = pool({ quantity: 2 });
  const [lost, kept] = poolIn(await call('GET', path)).nodes;
  assert.equal((await call('DELETE', `/v2/instances/${lost?.id}`)).status, 204);
  await clock.runFor(MINUTE_MS);
  assert.deepEqual(
    vultr.instances().map(({ instance }) => instance.id),
    [kept?.id],
  );
  assert.equal(poolIn(await call('GET', path)).node_quantity, 2);
  await clock.runFor(10 * MINUTE_MS);
  const nodes = poolIn(await call('GET', path)).nodes;
  assert.equal(nodes.length, 2);
  assert.ok(nodes.every((node) => node.id !== lost?.id && node.label !== lost?.label));
});

test('a loss is not noticed earlier because of what happens elsewhere, but a lower quantity may cover it', async () => {
  const outcomes = new Set<number>();
  for (let seed = 0; seed < 20; seed++) {
    const { clock, vultr, call, pool } = stage({}, seed);
    const { path } = pool({ quantity: 3 });
    vultr.deleteInstanceOutside(vultr.instances()[0]?.instance.id ?? '');
    vultr.setStock('vc2-2c-4gb', 'ewr', true);
    await clock.runFor(30_000);
    assert.equal(vultr.instances().length, 2);
    await call('PATCH', path, { node_quantity: 2 });
    await clock.runFor(30_000);
    outcomes.add(vultr.instances().length);
    await clock.runFor(20 * MINUTE_MS);
    assert.equal(vultr.instances().length, 2);
  }
  assert.deepEqual(
    [...outcomes].toSorted((a, b) => a - b),
    [1, 2],
    'the victim was a healthy node, or the lost one',
  );
});

test('a recycled node is replaced by another, the quantity stays', async () => {
  const { clock, call, pool } = stage();
  const { path } = pool({ quantity: 2 });
  const [old] = poolIn(await call('GET', path)).nodes;
  assert.equal((await call('POST', `${path}/nodes/${old?.id}/recycle`)).status, 204);
  await clock.runFor(5 * MINUTE_MS);
  const after = poolIn(await call('GET', path));
  assert.equal(after.node_quantity, 2);
  assert.equal(after.nodes.length, 2);
  assert.ok(after.nodes.every((node) => node.id !== old?.id && node.status === 'active'));
});

test('a pool has at least one node: 0 is refused as a quantity, and read back as 1 as a minimum', async () => {
  const { call, pool } = stage();
  const { path } = pool({ minNodes: 2, quantity: 2 });
  assert.deepEqual((await call('PATCH', path, { node_quantity: 0 })).json, {
    error: '`node_quantity` must be a positive integer.',
    status: 400,
  });
  assert.equal(poolIn(await call('PATCH', path, { min_nodes: 0 })).min_nodes, 1);
});

test('a PATCH merges: labels and taints are added, what is not named stays, label and plan cannot change', async () => {
  const { call, pool } = stage();
  const { path } = pool({ labels: { tier: 'web', zone: 'a' }, maxNodes: 7 });
  const taint = { key: 'dedicated', value: 'web', effect: 'NoSchedule' };
  const patched = await call('PATCH', path, {
    labels: { zone: 'b', extra: 'x' },
    taints: [taint],
    label: 'renamed',
    plan: 'vc2-2c-4gb',
  });
  const after = poolIn(patched);
  assert.deepEqual(after.labels, { tier: 'web', zone: 'b', extra: 'x' });
  assert.deepEqual(after.taints, [taint]);
  assert.equal(after.label, 'web');
  assert.equal(after.max_nodes, 7);
  assert.equal(after.node_quantity, 1);
});

test('labels and taints are taken away by their own routes only', async () => {
  const { call, pool } = stage();
  const { path } = pool({ labels: { tier: 'web' } });
  const added = await call('POST', `${path}/labels`, { key: 'zone', value: 'a' });
  assert.equal(added.status, 201);
  const listed = z.object({ labels: z.array(z.object({ id: z.string(), key: z.string() })) });
  const { labels } = listed.parse((await call('GET', `${path}/labels`)).json);
  assert.deepEqual(
    labels.map((label) => label.key),
    ['tier', 'zone'],
  );
  assert.equal((await call('DELETE', `${path}/labels/${labels[0]?.id}`)).status, 204);
  assert.deepEqual(poolIn(await call('GET', path)).labels, { zone: 'a' });
  assert.equal((await call('GET', `${path}/labels/${labels[0]?.id}`)).status, 404);

  assert.equal((await call('POST', `${path}/taints`, { key: 'a', value: 'b', effect: 'Never' })).status, 422);
  const taint = await call('POST', `${path}/taints`, { key: 'a', value: 'b', effect: 'NoExecute' });
  const { id } = z.object({ taint: z.object({ id: z.string() }) }).parse(taint.json).taint;
  assert.equal((await call('GET', `${path}/taints/${id}`)).status, 200);
  assert.equal((await call('DELETE', `${path}/taints/${id}`)).status, 204);
  assert.deepEqual(poolIn(await call('GET', path)).taints, []);
});

test('a pool is created and deleted, with all its nodes; labels are unique and the last pool stays', async () => {
  const { clock, vultr, cluster, call, pool } = stage();
  const { path } = pool();
  const wanted = { label: 'batch', plan: 'vhf-2c-4gb', node_quantity: 2 };
  const created = await call('POST', `${cluster}/node-pools`, wanted);
  assert.equal(created.status, 201);
  const batch = poolIn(created);
  assert.deepEqual([batch.min_nodes, batch.max_nodes, batch.node_quantity], [1, 1, 2]);
  assert.equal(batch.labels, null);
  assert.equal((await call('POST', `${cluster}/node-pools`, wanted)).status, 400, 'the same label again');

  assert.equal((await call('DELETE', `${cluster}/node-pools/${batch.id}`)).status, 204);
  assert.deepEqual((await call('GET', `${cluster}/node-pools/${batch.id}`)).json, {
    error: 'Invalid NodePool ID',
    status: 404,
  });
  await clock.runFor(MINUTE_MS);
  assert.equal(vultr.instances().length, 1);
  assert.equal((await call('DELETE', path)).status, 400);
});

test('a change in the console shows in the next list, and in no record of writes', async () => {
  const { vultr, call, pool } = stage();
  const { id, path } = pool();
  vultr.changePool(id, { minNodes: 2, maxNodes: 5, quantity: 2 });
  const after = poolIn(await call('GET', path));
  assert.deepEqual([after.min_nodes, after.max_nodes, after.node_quantity], [2, 5, 2]);
  assert.deepEqual(vultr.writes, []);
  assert.deepEqual(vultr.pool(id), {
    id,
    clusterId: vultr.pools()[0]?.clusterId,
    label: 'web',
    planId: 'vc2-4c-8gb',
    quantity: 2,
    minNodes: 2,
    maxNodes: 5,
    pending: 1,
    active: 1,
    closing: 0,
  });
});
