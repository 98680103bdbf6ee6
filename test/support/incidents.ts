/** What can happen to a cluster besides failing wires: each incident, and how what it changed is put right. */
import type { FaultRule } from '../../sandbox/faults.ts';
import { DEFAULT_SETTINGS } from '../../sandbox/vultr/settings.ts';
import type { RandomStream } from '../../src/runtime/random.ts';
import type { Secret } from '../../src/runtime/secret.ts';
import { tamperedState } from './tampered-state.ts';
import { MINUTE_MS, SECOND_MS, type World } from './world.ts';

export interface Incident {
  readonly name: string;
  happen(): void;
  /** Puts right what lasts. */
  over?(): void;
}

/** A proxy that shows the whole request, key included, in its error page. */
export function telltalePage(key: Secret): FaultRule {
  const body = `<html>502 upstream sent an invalid answer to: authorization: Bearer ${key.reveal()}</html>`;
  return { name: 'telltale', probability: 0.002, effect: { kind: 'respond', status: 502, body } };
}

export function incidents(world: World, random: RandomStream): readonly Incident[] {
  return [
    ...stockOuts(world, random),
    ...lostMachines(world, random),
    ...edits(world, random),
    ...clocks(world, random),
    ...servers(world, random),
    ...restarts(world),
    ...keptStates(world),
  ];
}

function between(random: RandomStream, leastMs: number, mostMs: number): number {
  return random.integer(leastMs, mostMs);
}

function stockOuts(world: World, random: RandomStream): readonly Incident[] {
  const { cloud } = world.sandbox;
  const plans = [...new Set(cloud.pools().map(({ planId }) => planId))];
  const soldOut = (how: 'refuse' | 'accept') => (): void => {
    const plan = random.pick(plans);
    cloud.setStock(plan, 'ewr', false, how);
    world.clock.setTimer(between(random, 5 * MINUTE_MS, 40 * MINUTE_MS), () => cloud.setStock(plan, 'ewr', true));
  };
  const over = (): void => {
    for (const plan of plans) cloud.setStock(plan, 'ewr', true);
  };
  return [
    { name: 'stock-out, refused', happen: soldOut('refuse'), over },
    { name: 'stock-out, not delivered', happen: soldOut('accept'), over },
  ];
}

function lostMachines(world: World, random: RandomStream): readonly Incident[] {
  const { cloud } = world.sandbox;
  return [
    {
      name: 'instance deleted outside',
      happen() {
        const active = cloud.instances().filter(({ state }) => state === 'active');
        if (active.length > 0) cloud.deleteInstanceOutside(random.pick(active).instance.id);
      },
    },
    {
      name: 'boots fail',
      happen() {
        cloud.configure({ bootFailureProbability: 0.5 });
        const again = (): void => cloud.configure({ bootFailureProbability: 0 });
        world.clock.setTimer(between(random, 10 * MINUTE_MS, 30 * MINUTE_MS), again);
      },
      over: () => cloud.configure({ bootFailureProbability: 0 }),
    },
    {
      name: 'lists lag for longer',
      happen() {
        cloud.configure({ listLagMs: { lowest: 5 * SECOND_MS, highest: 25 * SECOND_MS } });
        const again = (): void => cloud.configure({ listLagMs: DEFAULT_SETTINGS.listLagMs });
        world.clock.setTimer(between(random, 10 * MINUTE_MS, 60 * MINUTE_MS), again);
      },
      over: () => cloud.configure({ listLagMs: DEFAULT_SETTINGS.listLagMs }),
    },
  ];
}

/** Somebody tries other bounds in the console, and takes them back later. */
function edits(world: World, random: RandomStream): readonly Incident[] {
  const original = new Map(world.sandbox.cloud.pools().map((pool) => [pool.label, pool]));
  const restore = (label: string): void => {
    const pool = original.get(label);
    if (pool !== undefined) world.editBounds(label, { minNodes: pool.minNodes, maxNodes: pool.maxNodes });
  };
  return [
    {
      name: 'bounds edited',
      happen() {
        const [label, pool] = random.pick([...original]);
        const minNodes = random.integer(1, 3);
        world.editBounds(label, { minNodes, maxNodes: Math.max(minNodes, pool.maxNodes + random.integer(-3, 2)) });
        world.clock.setTimer(between(random, 10 * MINUTE_MS, 60 * MINUTE_MS), () => restore(label));
      },
      over: () => [...original.keys()].forEach(restore),
    },
  ];
}

function clocks(world: World, random: RandomStream): readonly Incident[] {
  return [
    { name: 'clock jumps forward', happen: () => world.clock.jump(between(random, SECOND_MS, 20 * MINUTE_MS)) },
    { name: 'clock jumps back', happen: () => world.clock.jump(-between(random, SECOND_MS, 20 * MINUTE_MS)) },
  ];
}

function servers(world: World, random: RandomStream): readonly Incident[] {
  const { sandbox } = world;
  return [
    {
      name: 'history compacted, watches ended',
      happen() {
        sandbox.apiServer.endWatches();
        sandbox.store.compact();
      },
    },
    {
      name: 'Vultr is down',
      happen() {
        const body = JSON.stringify({ error: 'Service Unavailable', status: 503 });
        const end = sandbox.vultrFaults.add({ name: 'outage', effect: { kind: 'respond', status: 503, body } });
        world.clock.setTimer(between(random, MINUTE_MS, 10 * MINUTE_MS), end);
      },
    },
    {
      name: 'the API server is down',
      happen() {
        sandbox.apiServer.endWatches();
        const end = sandbox.kubernetesFaults.add({ name: 'outage', effect: { kind: 'refuse-connection' } });
        world.clock.setTimer(between(random, 10 * SECOND_MS, 3 * MINUTE_MS), end);
      },
    },
  ];
}

function restarts(world: World): readonly Incident[] {
  return [
    { name: 'autoscaler killed', happen: () => world.kill() },
    // The rest of the world goes on meanwhile; a bug that ends it shows as a rejection that nobody handles.
    { name: 'autoscaler stopped', happen: () => void world.current.stop() },
  ];
}

/** What the autoscaler keeps over a restart is lost, or says what is not so, just when it is needed. */
function keptStates(world: World): readonly Incident[] {
  const { store } = world.sandbox;
  const [namespace, name] = ['kube-system', 'vke-autoscaler-state'];
  const isThere = (): boolean => store.find('configmaps', namespace, name) !== undefined;
  return [
    {
      name: 'kept state deleted',
      happen() {
        world.kill();
        if (isThere()) store.delete('configmaps', namespace, name);
      },
    },
    {
      name: 'kept state tampered with',
      happen() {
        world.kill();
        const data = tamperedState(world);
        if (isThere()) store.update('configmaps', namespace, name, (object) => ({ ...object, data }));
      },
    },
  ];
}
