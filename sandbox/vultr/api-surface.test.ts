import assert from 'node:assert/strict';
import { Buffer } from 'node:buffer';
import { test } from 'node:test';
import * as z from 'zod';
import { Secret } from '../../src/runtime/secret.ts';
import { type Answer, callerOf, stage } from './test-client.ts';

const clusterJson = z.object({
  id: z.string(),
  label: z.string(),
  status: z.string(),
  ip: z.string(),
  version: z.string(),
  node_pools: z.array(z.object({ nodes: z.array(z.unknown()) })),
});

function clusterIn(answer: Answer): z.infer<typeof clusterJson> {
  return z.object({ vke_cluster: clusterJson }).parse(answer.json).vke_cluster;
}

test('without the right key: 401; plans and regions are open to all', async () => {
  const { vultr, cluster } = stage({ apiKey: new Secret('the right one') });
  for (const headers of [{}, { authorization: 'Bearer another' }]) {
    const call = callerOf(vultr.handle, headers);
    assert.deepEqual((await call('GET', cluster)).json, { error: 'Invalid API token.', status: 401 });
    assert.equal((await call('GET', '/v2/plans')).status, 200);
    assert.equal((await call('GET', '/v2/regions')).status, 200);
  }
  const call = callerOf(vultr.handle, { authorization: 'Bearer the right one' });
  assert.equal((await call('GET', cluster)).status, 200);
});

test('an address that is not on the allow-list is told so', async () => {
  const { cluster, call } = stage({ allowedAddresses: ['203.0.113.7'], callerAddress: '198.51.100.9' });
  assert.deepEqual((await call('GET', cluster)).json, {
    error: 'Unauthorized IP address: 198.51.100.9',
    status: 401,
  });
});

test('what does not exist, what may not be done to it, what makes no sense', async () => {
  const { cluster, vultr, call } = stage();
  assert.equal((await call('GET', '/v2/nonsense')).status, 404);
  assert.deepEqual((await call('PATCH', cluster, {})).json, {
    error: 'Method not allowed. Must be one of: DELETE, GET, PUT',
    status: 405,
  });
  assert.deepEqual((await call('GET', '/v2/kubernetes/clusters/none')).json, {
    error: 'Invalid resource ID',
    status: 404,
  });
  const malformed = await vultr.handle({
    method: 'PUT',
    path: cluster,
    headers: { authorization: 'Bearer sandbox-api-key' },
    body: '{"label":',
  });
  assert.equal(malformed.status, 400);
});

test('the thirty-first request in a second is refused, and told when to come back', async () => {
  const { clock, call } = stage({ requestsPerSecond: 30 });
  for (let request = 0; request < 30; request++) assert.equal((await call('GET', '/v2/account')).status, 200);
  const refused = await call('GET', '/v2/account');
  assert.equal(refused.status, 429);
  assert.equal(refused.headers['retry-after'], '1');
  await clock.runFor(1000);
  assert.equal((await call('GET', '/v2/account')).status, 200);
});

test('a list of many pools comes in pages, forwards and backwards', async () => {
  const { cluster, call, pool } = stage({ pageSize: 2 });
  const labels = ['a', 'b', 'c', 'd', 'e'];
  for (const label of labels) pool({ label });
  const shape = z.object({
    node_pools: z.array(z.object({ label: z.string() })),
    meta: z.object({ total: z.number(), links: z.object({ next: z.string(), prev: z.string() }) }),
  });
  const read = async (query: string): Promise<z.infer<typeof shape>> =>
    shape.parse((await call('GET', `${cluster}/node-pools?${query}`)).json);
  const seen: string[] = [];
  let cursor = '';
  let last;
  do {
    last = await read(`cursor=${encodeURIComponent(cursor)}`);
    assert.ok(last.node_pools.length <= 2);
    seen.push(...last.node_pools.map((each) => each.label));
    cursor = last.meta.links.next;
  } while (cursor !== '');
  assert.deepEqual(seen, labels);
  assert.equal(last.meta.total, 5);
  assert.notEqual(last.meta.links.prev, '');
  const whole = await read('per_page=500');
  assert.equal(whole.node_pools.length, 5);
  assert.deepEqual(whole.meta.links, { next: '', prev: '' });
  assert.equal((await call('GET', `${cluster}/node-pools?cursor=nonsense`)).status, 400);
});

test('a cluster is created with a pool, becomes active, is renamed, upgraded and deleted', async () => {
  const { clock, vultr, call } = stage();
  const created = await call('POST', '/v2/kubernetes/clusters', {
    label: 'second',
    region: 'ams',
    version: 'v1.36.1+3',
    node_pools: [{ label: 'web', plan: 'vc2-2c-4gb', node_quantity: 2 }],
  });
  assert.equal(created.status, 201);
  const cluster = clusterIn(created);
  assert.deepEqual([cluster.status, cluster.ip], ['pending', '0.0.0.0']);
  const path = `/v2/kubernetes/clusters/${cluster.id}`;
  await clock.runFor(600_000);
  assert.equal((await call('PUT', path, { label: 'renamed' })).status, 204);
  assert.deepEqual((await call('GET', `${path}/available-upgrades`)).json, { available_upgrades: ['v1.36.2+1'] });
  assert.equal((await call('POST', `${path}/upgrades`, { upgrade_version: 'v1.36.2+1' })).status, 202);
  const after = clusterIn(await call('GET', path));
  assert.deepEqual([after.label, after.status, after.version], ['renamed', 'active', 'v1.36.2+1']);
  assert.equal(after.node_pools[0]?.nodes.length, 2);
  assert.equal((await call('GET', `${path}/resources`)).status, 200);
  const { kube_config: config } = z
    .object({ kube_config: z.string() })
    .parse((await call('GET', `${path}/config`)).json);
  assert.match(Buffer.from(config, 'base64').toString(), /current-context: vke/);
  assert.equal((await call('DELETE', path)).status, 204);
  await clock.runFor(60_000);
  assert.deepEqual([(await call('GET', path)).status, vultr.instances().length], [404, 0]);
});

test('a cluster needs a known region and version, and pools with labels of their own', async () => {
  const { call } = stage();
  const pool = { label: 'web', plan: 'vc2-2c-4gb', node_quantity: 1 };
  const good = { label: 'x', region: 'ams', version: 'v1.36.1+3', node_pools: [pool] };
  const wrong = [
    { ...good, region: 'moon' },
    { ...good, version: 'v0.1.0+1' },
    { ...good, node_pools: [] },
    { ...good, node_pools: [pool, pool] },
    { ...good, node_pools: [{ ...pool, plan: 'none' }] },
  ];
  for (const body of wrong) {
    assert.equal((await call('POST', '/v2/kubernetes/clusters', body)).status, 400, JSON.stringify(body));
  }
});

test('the plans are listed with their prices and GPUs, by type', async () => {
  const { call } = stage();
  const listed = z.object({ plans: z.array(z.looseObject({ id: z.string() })) });
  const { plans } = listed.parse((await call('GET', '/v2/plans?type=vcg')).json);
  const a16 = plans.find((plan) => plan.id === 'vcg-a16-12c-128g-32vram');
  const fields = ['monthly_cost', 'hourly_cost', 'gpu_count', 'name'].map((field) => a16?.[field]);
  assert.deepEqual(fields, [688, 0.942, 2, undefined], 'the real rows have no name');
  assert.deepEqual((await call('GET', '/v2/plans-metal')).json, {
    plans_metal: [],
    meta: { total: 0, links: { next: '', prev: '' } },
  });
});

test('instances are found by label, with the state of their machine', async () => {
  const { call, pool } = stage();
  pool({ quantity: 3 });
  const row = z.looseObject({ id: z.string(), label: z.string(), status: z.string(), power_status: z.string() });
  const listed = z.object({ instances: z.array(row) });
  const { instances } = listed.parse((await call('GET', '/v2/instances')).json);
  assert.equal(instances.length, 3);
  const found = listed.parse((await call('GET', `/v2/instances?label=${instances[1]?.label}`)).json);
  assert.deepEqual(found.instances, [instances[1]]);
  assert.deepEqual([instances[1]?.status, instances[1]?.power_status], ['active', 'running']);
  assert.equal((await call('POST', `/v2/instances/${instances[1]?.id}/reboot`)).status, 204);
  assert.deepEqual((await call('GET', '/v2/instances/none')).json, { error: 'instance not found', status: 404 });
});

test('every write is on record with its outcome, and the key is nowhere in it (I9)', async () => {
  const { clock, vultr, call, pool } = stage();
  const { path } = pool();
  await clock.runFor(5000);
  await call('PATCH', path, { node_quantity: 2 });
  await call('PATCH', path, { node_quantity: -1 });
  await call('GET', path);
  assert.deepEqual(vultr.writes, [
    { atMs: clock.now(), method: 'PATCH', path, body: { node_quantity: 2 }, status: 202, error: undefined },
    {
      atMs: clock.now(),
      method: 'PATCH',
      path,
      body: { node_quantity: -1 },
      status: 400,
      error: '`node_quantity` must be a positive integer.',
    },
  ]);
  assert.equal(vultr.requests, 3);
  assert.doesNotMatch(JSON.stringify(vultr.writes), /sandbox-api-key/);
});
