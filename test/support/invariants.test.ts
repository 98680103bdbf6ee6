/** The judge is only worth something if it finds what is wrong: here a client does each of the forbidden things. */
import { aRecord } from '../../src/explain/record.test-support.ts';
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { nodeSpec } from '../../sandbox/controllers/shapes.ts';
import type { HttpRequest, HttpTransport } from '../../src/runtime/http.ts';
import type { KubeObject } from '../../sandbox/kubernetes/object.ts';
import { MINUTE_MS, type World, aPool, aWorld } from './world.ts';
import { NOT_SAFE_TO_EVICT, barePod, deployment } from './workloads.ts';

/** A world without an autoscaler, and a client that does as the test says. */
async function aRogue(): Promise<{ world: World; vultr: HttpTransport; kubernetes: HttpTransport }> {
  const world = aWorld({ pools: [aPool('web', { quantity: 3, minNodes: 2 })] });
  await world.runFor(2 * MINUTE_MS);
  const { invariants, sandbox } = world;
  const vultr = invariants.client(invariants.vultr('rogue', sandbox.cloud.handle));
  await vultr(toVultr(world, 'GET', `/node-pools/${world.pool('web').id}`)).then(read);
  return { world, vultr, kubernetes: invariants.kubernetes('rogue', sandbox.apiServer.handle) };
}

function toVultr({ sandbox }: World, method: HttpRequest['method'], path: string, body?: object): HttpRequest {
  const headers = { authorization: `Bearer ${sandbox.apiKey.reveal()}`, 'content-type': 'application/json' };
  const rest = body === undefined ? {} : { body: JSON.stringify(body) };
  return { method, path: `/v2/kubernetes/clusters/${sandbox.clusterId}${path}`, headers, ...rest };
}

async function read({ body }: { readonly body: AsyncIterable<Uint8Array> }): Promise<void> {
  for await (const _ of body);
}

function resize(world: World, quantity: number): HttpRequest {
  return toVultr(world, 'PATCH', `/node-pools/${world.pool('web').id}`, { node_quantity: quantity });
}

function deletion(world: World, node: KubeObject): HttpRequest {
  return toVultr(world, 'DELETE', `/node-pools/${world.pool('web').id}/nodes/${instanceOf(node)}`);
}

function instanceOf(node: KubeObject): string {
  return (nodeSpec(node).providerID ?? '').replace('vultr://', '');
}

function eviction(pod: string): HttpRequest {
  const body = JSON.stringify({
    apiVersion: 'policy/v1',
    kind: 'Eviction',
    metadata: { name: pod, namespace: 'default' },
  });
  const headers = { 'content-type': 'application/json' };
  return { method: 'POST', path: `/api/v1/namespaces/default/pods/${pod}/eviction`, headers, body };
}

function mark(world: World, node: KubeObject): void {
  taint(world, node, [{ key: 'ToBeDeletedByClusterAutoscaler', value: '1', effect: 'NoSchedule' }]);
}

function unmark(world: World, node: KubeObject): void {
  taint(world, node, []);
}

function taint(world: World, node: KubeObject, taints: readonly object[]): void {
  world.sandbox.store.update('nodes', '', node.metadata.name, (now) => ({ ...now, spec: { ...now.spec, taints } }));
}

function found(world: World): readonly string[] {
  return world.invariants.violations.map((violation) => violation.replace(/ at [\d.]+ s:.*/, ''));
}

describe('the judge finds', () => {
  it('a pool asked beyond its maximum, and nodes asked for that nobody needs', async () => {
    const { world, vultr } = await aRogue();
    await vultr(resize(world, 7));
    assert.deepEqual(found(world), ['I1', 'asked twice']);
  });

  it('a pool beyond its maximum asked for more, and not one that is asked for less', async () => {
    const { world, vultr } = await aRogue();
    world.apply(deployment('web', 14));
    await world.runFor(1000);
    world.sandbox.cloud.setStock('vc2-4c-8gb', 'ewr', false, 'accept');
    await vultr(resize(world, 5));
    world.editBounds('web', { maxNodes: 2 });
    await world.runFor(10 * MINUTE_MS);
    await vultr(resize(world, 4));
    assert.deepEqual(found(world), [], 'what never came is given back');
    await vultr(resize(world, 6));
    assert.deepEqual(found(world), ['I1']);
  });

  it('a pool shrunk by quantity, which destroys nodes at random', async () => {
    const { world, vultr } = await aRogue();
    await vultr(resize(world, 1));
    assert.deepEqual(found(world), ['I1', 'I1', 'I1']);
  });

  it('a raise repeated for pods whose nodes are on their way', async () => {
    const { world, vultr } = await aRogue();
    world.apply(deployment('web', 14));
    await world.runFor(1000);
    await vultr(resize(world, 5));
    assert.deepEqual(found(world), []);
    await world.runFor(20_000);
    await vultr(resize(world, 6));
    world.editBounds('web', { maxNodes: 20 });
    await vultr(resize(world, 9));
    assert.deepEqual(found(world), ['asked twice']);
  });

  it('a node deleted without a mark, with pods on it, twice, and below the minimum', async () => {
    const { world, vultr } = await aRogue();
    world.apply(deployment('web', 9));
    await world.runFor(MINUTE_MS);
    const [first, second] = world.nodes();
    assert.ok(first !== undefined && second !== undefined);
    await vultr(deletion(world, first));
    assert.equal(found(world)[0], 'I3');
    assert.ok(
      found(world)
        .slice(1)
        .every((name) => name === 'I2'),
    );
    const before = found(world).length;
    mark(world, second);
    await vultr(deletion(world, second));
    assert.ok(found(world).slice(before).includes('I1'));
  });

  it('a node whose mark went before its deletion was sent, and not one whose mark went while it was on its way', async () => {
    const { world } = await aRogue();
    const arrive = world.invariants.vultr('rogue', world.sandbox.cloud.handle);
    const [first, second] = world.nodes();
    assert.ok(first !== undefined && second !== undefined);
    mark(world, first);
    world.invariants.removals.sent(instanceOf(first));
    await world.runFor(1000);
    unmark(world, first);
    await arrive(deletion(world, first));
    assert.ok(!found(world).includes('I3'));
    mark(world, second);
    unmark(world, second);
    await world.runFor(1000);
    world.invariants.removals.sent(instanceOf(second));
    await arrive(deletion(world, second));
    assert.ok(found(world).includes('I3'));
  });

  it('a pool lowered below machines that were there when it was asked, and not below those made while it was on its way', async () => {
    const { world } = await aRogue();
    const { invariants, sandbox } = world;
    const { id } = world.pool('web');
    const arrive = invariants.vultr('rogue', sandbox.cloud.handle);
    world.editBounds('web', { minNodes: 1 });
    world.apply(deployment('web', 40));
    await world.runFor(1000);
    invariants.resizes.sent(id);
    await world.runFor(1000);
    sandbox.cloud.changePool(id, { quantity: 5 });
    await world.runFor(1000);
    await arrive(resize(world, 3));
    assert.deepEqual(found(world), []);
    assert.equal(invariants.resizes.overtaken, 1);
    invariants.resizes.sent(id);
    await arrive(resize(world, 2));
    assert.deepEqual(found(world), ['I1', 'I1']);
    assert.equal(invariants.resizes.overtaken, 1);
  });

  it('a protected pod evicted, and a pod of a node that nobody removes', async () => {
    const { world, kubernetes } = await aRogue();
    world.apply(barePod('precious', { annotations: NOT_SAFE_TO_EVICT }), barePod('plain'));
    await world.runFor(MINUTE_MS);
    await kubernetes(eviction('plain'));
    assert.deepEqual(found(world), ['I2']);
    await kubernetes(eviction('precious'));
    assert.deepEqual(found(world), ['I2', 'I2', 'I2']);
  });

  it('a resize before the pool was read, at the same time as another, and after a lost reply', async () => {
    const { world, vultr } = await aRogue();
    world.apply(deployment('web', 40));
    await world.runFor(1000);
    const { invariants, sandbox } = world;
    const blind = invariants.client(invariants.vultr('blind', sandbox.cloud.handle));
    await blind(resize(world, 4));
    assert.deepEqual(found(world), ['I4']);
    await Promise.all([vultr(resize(world, 5)), vultr(resize(world, 5))]);
    assert.deepEqual(found(world), ['I4', 'I4']);
    sandbox.vultrFaults.add({ name: 'lost', effect: { kind: 'lose-reply' }, times: 1 });
    const lossy = invariants.client(sandbox.vultrFaults.wrap(invariants.vultr('lossy', sandbox.cloud.handle)));
    sandbox.vultrFaults.clear();
    await lossy(toVultr(world, 'GET', '/node-pools')).then(read);
    sandbox.vultrFaults.add({ name: 'lost', effect: { kind: 'lose-reply' }, times: 1 });
    await assert.rejects(lossy(resize(world, 6)));
    await lossy(resize(world, 6));
    assert.deepEqual(found(world), ['I4', 'I4', 'I4']);
    await lossy(toVultr(world, 'GET', '/node-pools')).then(read);
    await lossy(resize(world, 6));
    assert.equal(found(world).length, 3);
  });

  it('the API key in what is written', async () => {
    const { world, kubernetes } = await aRogue();
    const key = world.sandbox.apiKey.reveal();
    const headers = { 'content-type': 'application/json' };
    const event = { metadata: { name: 'e', namespace: 'default' }, message: `Bearer ${key} was refused` };
    await kubernetes({
      method: 'POST',
      path: '/api/v1/namespaces/default/events',
      headers,
      body: JSON.stringify(event),
    });
    assert.deepEqual(found(world), ['I9']);
  });

  it('a record that leaves out a node and a pod', async () => {
    const { world } = await aRogue();
    world.apply(deployment('web', 40));
    await world.runFor(MINUTE_MS);
    world.invariants.record(aRecord());
    assert.deepEqual(found(world), ['I6', 'I6', 'I6', 'I6']);
  });
});
