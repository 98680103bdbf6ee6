/**
 * What a process knows outlives it (I8): requests, backoffs, timers, nodes that were given up, launches. Kept in the
 * ConfigMap vke-autoscaler-state, which a restart and a replica that takes over read.
 */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { nodeSpec } from '../sandbox/controllers/shapes.ts';
import type { KubeObject } from '../sandbox/kubernetes/object.ts';
import { TO_BE_DELETED_TAINT } from '../src/node-groups/taints.ts';
import type { LogLine } from './support/recording-logger.ts';
import { deployment } from './support/workloads.ts';
import { MINUTE_MS, SECOND_MS, type World, type WorldOptions, aPool, aWorld } from './support/world.ts';

const PLAN = 'vc2-4c-8gb';
const REGION = 'ewr';
const NAMESPACE = 'kube-system';
const NAME = 'vke-autoscaler-state';
/** Vultr's words for it, as the simulated API has them. */
const SOLD_OUT = /stock|available|capacity/i;
/** The keeper's warnings, not those about the pools. */
const KEEPING = /kept/;

function resizes(world: World): number {
  return world.sandbox.cloud.writes.filter(({ method }) => method === 'PATCH').length;
}

function kept(world: World): KubeObject | undefined {
  return world.sandbox.store.find('configmaps', NAMESPACE, NAME);
}

/** Why the pool may not grow, in the last record. */
function blockedBy(world: World): { readonly code: string; readonly message?: string } | undefined {
  return world.current.records.at(-1)?.groups[0]?.blocked;
}

/** Why each node stays, in the last record. */
function stays(world: World): readonly string[] {
  const nodes = world.current.records.at(-1)?.nodes ?? [];
  return nodes.flatMap(({ outcome }) => (outcome.kind === 'stays' ? [outcome.reason.code] : []));
}

async function begun(options: Partial<WorldOptions> = {}): Promise<World> {
  const world = aWorld({ pools: [aPool('web')], ...options });
  await world.begin();
  return world;
}

/** On wires so slow that there is time between any two steps, and with a listing that shows nothing for a while. */
async function onSlowWires(): Promise<World> {
  const world = await begun({ vultr: { listLagMs: { lowest: 10_000, highest: 10_000 } } });
  for (const faults of [world.sandbox.kubernetesFaults, world.sandbox.vultrFaults]) {
    faults.add({ name: 'slow', effect: { kind: 'delay', ms: 20 } });
  }
  world.apply(deployment('web', 12));
  return world;
}

async function soldOut(flags: readonly string[] = []): Promise<World> {
  const world = await begun({ flags: ['--initial-node-group-backoff-duration=20m', ...flags] });
  world.sandbox.cloud.setStock(PLAN, REGION, false);
  world.apply(deployment('web', 12));
  await world.runFor(MINUTE_MS);
  assert.equal(resizes(world), 1);
  return world;
}

async function oneTooMany(): Promise<World> {
  const world = await begun({ pools: [aPool('web', { quantity: 2 })], flags: ['--scale-down-unneeded-time=10m'] });
  // What begin() let pass is behind it already.
  await world.runFor(7 * MINUTE_MS);
  assert.equal(world.nodes().length, 2);
  return world;
}

describe('killed in the middle of a scale-up', () => {
  // The pools are read at 130 ms, the state is kept at 150, Vultr is asked at 170, and its answer is kept at 190.
  for (let afterMs = 115; afterMs <= 235; afterMs += 10) {
    it(`${afterMs} ms after the pods came, it asks once in all`, async () => {
      const world = await onSlowWires();
      await world.runFor(afterMs);
      world.killAndReplace();
      await world.served();
      await world.runFor(MINUTE_MS);
      assert.equal(resizes(world), 1);
      assert.equal(world.pool('web').quantity, 4);
      await world.end();
    });
  }

  it('after Vultr took the request and before it answered, it asks once in all', async () => {
    const world = await begun({ vultr: { listLagMs: { lowest: 10_000, highest: 10_000 } } });
    world.sandbox.vultrFaults.add({
      name: 'silence',
      methods: ['PATCH'],
      times: 1,
      effect: { kind: 'hang', delivered: true },
    });
    world.apply(deployment('web', 12));
    await world.until('the pool is raised', () => world.pool('web').quantity > 1, 5 * SECOND_MS);
    world.killAndReplace();
    await world.runFor(5 * SECOND_MS);
    assert.equal(blockedBy(world)?.code, 'ResizeInFlight', 'the listing does not show it, and it counts all the same');
    await world.served();
    assert.equal(resizes(world), 1);
    await world.end();
  });

  it('the request keeps its deadline', async () => {
    const world = await begun({ flags: ['--max-node-provision-time=10m'] });
    world.sandbox.cloud.setStock(PLAN, REGION, false, 'accept');
    world.apply(deployment('web', 4));
    await world.runFor(9 * MINUTE_MS);
    assert.equal(blockedBy(world), undefined);
    world.killAndReplace();
    await world.runFor(2 * MINUTE_MS);
    assert.equal(blockedBy(world)?.code, 'GroupInBackoff');
    await world.end();
  });
});

describe('a pool that is sold out', () => {
  it('is left alone until its backoff ends, over any number of restarts, for reasons in Vultr’s words', async () => {
    const world = await soldOut();
    const before = blockedBy(world);
    for (let minute = 1; minute < 19; minute += 3) {
      if (minute % 2 === 0) world.killAndReplace();
      else await world.restart();
      await world.runFor(3 * MINUTE_MS);
      assert.equal(resizes(world), 1);
      assert.deepEqual(blockedBy(world), before);
    }
    assert.match(before?.message ?? '', SOLD_OUT);
    world.sandbox.cloud.setStock(PLAN, REGION, true);
    await world.runFor(3 * MINUTE_MS);
    assert.equal(resizes(world), 2);
    await world.served();
    await world.end();
  });

  it('backs off for longer after the next failure, also of the next process', async () => {
    const world = await soldOut(['--max-node-group-backoff-duration=60m']);
    world.killAndReplace();
    await world.runFor(20 * MINUTE_MS);
    assert.equal(resizes(world), 2);
    await world.runFor(30 * MINUTE_MS);
    assert.equal(resizes(world), 2, 'for 40 minutes now');
    await world.end();
  });

  it('is forgotten with --compatibility=cluster-autoscaler, as Cluster Autoscaler does', async () => {
    const world = await soldOut(['--compatibility=cluster-autoscaler']);
    world.killAndReplace();
    await world.runFor(MINUTE_MS);
    assert.equal(resizes(world), 2);
    assert.equal(kept(world), undefined);
    await world.end();
  });

  it('is left alone by the replica that takes over too', async () => {
    const world = aWorld({
      pools: [aPool('web')],
      flags: ['--leader-elect=true', '--initial-node-group-backoff-duration=20m'],
    });
    const both = [world.start('one'), world.start('two')];
    await world.runFor(2 * MINUTE_MS);
    world.sandbox.cloud.setStock(PLAN, REGION, false);
    world.apply(deployment('web', 12));
    await world.runFor(MINUTE_MS);
    const leader = both.find(({ isLeader }) => isLeader);
    const other = both.find(({ isLeader }) => !isLeader);
    leader?.kill();
    await world.runFor(5 * MINUTE_MS);
    assert.equal(other?.isLeader, true);
    const group = other.records.at(-1)?.groups[0];
    assert.equal(group?.blocked?.code, 'GroupInBackoff');
    assert.equal(resizes(world), 1);
    await world.end();
  });
});

describe('an unneeded node', () => {
  it('with nine of its ten minutes behind it goes a minute after a restart', async () => {
    const world = await oneTooMany();
    world.killAndReplace();
    await world.until('it goes', () => world.nodes().length === 1, 2 * MINUTE_MS);
    await world.end();
  });

  it('waits its whole time after a longer absence, in which nobody watched it', async () => {
    const world = await oneTooMany();
    world.kill();
    await world.runFor(8 * MINUTE_MS);
    world.start();
    await world.runFor(9 * MINUTE_MS);
    assert.equal(world.nodes().length, 2);
    await world.until('it goes', () => world.nodes().length === 1, 2 * MINUTE_MS);
    await world.end();
  });
});

it('a node that was given up is left alone by the next process too', async () => {
  const world = await begun({ pools: [aPool('web', { quantity: 2 })] });
  world.apply(deployment('slow', 1, { stopMs: MINUTE_MS }));
  await world.until('a removal begins', () => world.markedNodes().length > 0, 20 * MINUTE_MS);
  await stopRemovals(world);
  world.killAndReplace();
  await world.runFor(4 * MINUTE_MS);
  assert.ok(stays(world).includes('RemovalFailedRecently'), stays(world).join(' '));
  assert.deepEqual(world.markedNodes(), []);
  assert.equal(world.nodes().length, 2);
  await world.end();
});

/** Somebody takes the marks off, and keeps the nodes so. */
async function stopRemovals(world: World): Promise<void> {
  for (const name of world.markedNodes()) {
    world.sandbox.store.update('nodes', '', name, (node) => {
      const taints = (nodeSpec(node).taints ?? []).filter(({ key }) => key !== TO_BE_DELETED_TAINT);
      return { ...node, spec: { ...node.spec, taints: taints.map((taint) => ({ ...taint })) } };
    });
  }
  await world.until('it is given up', () => world.markedNodes().length === 0, MINUTE_MS);
  await world.runFor(SECOND_MS);
}

it('the guard against launching without end counts what earlier processes have launched', async () => {
  const world = await begun({ flags: ['--max-node-launches-per-hour=3'] });
  world.apply(deployment('web', 12));
  await world.until('the pool is raised', () => world.pool('web').quantity === 4, 5 * SECOND_MS);
  world.killAndReplace();
  await world.served();
  world.apply(deployment('more', 4));
  await world.runFor(10 * MINUTE_MS);
  assert.equal(resizes(world), 1);
  assert.equal(world.waitingPods().length > 0, true);
  await world.end();
});

describe('the ConfigMap', () => {
  it('is one that the rights of deploy/rbac.yaml are for', () => {
    const text = readFileSync(new URL('../deploy/rbac.yaml', import.meta.url), 'utf8');
    const rule = `resources: [configmaps] resourceNames: [${NAME}] verbs: [get, update]`;
    assert.ok(text.replaceAll(/\s+/g, ' ').includes(rule));
  });

  it('is left alone while nothing happens', async () => {
    const world = await begun();
    world.apply(deployment('web', 12));
    await world.served();
    await world.runFor(10 * MINUTE_MS);
    const { resourceVersion } = kept(world)?.metadata ?? {};
    assert.notEqual(resourceVersion, undefined);
    await world.runFor(30 * MINUTE_MS);
    assert.equal(kept(world)?.metadata.resourceVersion, resourceVersion);
    await world.end();
  });

  it('edited into something else is set aside with one warning, and nothing else is harmed', async () => {
    const warnings: LogLine[] = [];
    const world = await begun({
      onLog: (line) => KEEPING.test(line.message) && line.level === 'warn' && warnings.push(line),
    });
    world.apply(deployment('web', 12));
    await world.served();
    world.sandbox.store.update('configmaps', NAMESPACE, NAME, (object) => ({ ...object, data: { version: '99' } }));
    warnings.length = 0;
    world.killAndReplace();
    await world.runFor(MINUTE_MS);
    world.apply(deployment('more', 4));
    await world.served();
    assert.deepEqual(
      warnings.map(({ message, fields }) => [message, fields['problem']]),
      [['what was kept is set aside', 'version 99 is not known; this program writes version 1']],
    );
    await world.end();
  });

  it('that may not be read or written stops nothing', async () => {
    const warnings: string[] = [];
    const world = aWorld({
      pools: [aPool('web')],
      onLog: ({ level, message }) => KEEPING.test(message) && level === 'warn' && warnings.push(message),
    });
    world.sandbox.kubernetesFaults.add({
      name: 'no rights',
      path: /configmaps/,
      effect: { kind: 'respond', status: 403, body: '{"kind":"Status","reason":"Forbidden","code":403}' },
    });
    await world.begin();
    world.apply(deployment('web', 12));
    await world.served();
    assert.deepEqual(warnings, [
      'what was kept cannot be read; starting without',
      'the state cannot be kept: a restart would forget timers and backoffs',
    ]);
    await world.end();
  });

  it('that is not answered for delays a scale-up by seconds, not more', async () => {
    const world = await begun();
    world.sandbox.kubernetesFaults.add({
      name: 'silence',
      path: /configmaps/,
      effect: { kind: 'hang', delivered: true },
    });
    world.apply(deployment('web', 12));
    await world.until('the pool is raised', () => world.pool('web').quantity === 4, 5 * SECOND_MS);
    await world.served();
    await world.end();
  });
});
