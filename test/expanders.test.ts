/** Expanders in the running product: what they follow from outside, and that a choice of theirs is what is carried out. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { CounselAnswer, CounselQuestion } from '../src/scale-up/counsel.ts';
import { type World, aPool, aWorld, MINUTE_MS, SECOND_MS } from './support/world.ts';
import { deployment } from './support/workloads.ts';

const CONFIG_MAP = { namespace: 'kube-system', name: 'cluster-autoscaler-priority-expander' };

function setPriorities({ sandbox: { store } }: World, priorities: string): void {
  const { namespace, name } = CONFIG_MAP;
  const data = { priorities };
  if (store.find('configmaps', namespace, name) === undefined)
    store.create('configmaps', { metadata: CONFIG_MAP, data });
  else store.update('configmaps', namespace, name, (current) => ({ ...current, data }));
}

/** The pools that grew, and why, in order. */
function growths(world: World): readonly string[] {
  return world.current.records.flatMap(({ actions }) =>
    actions.flatMap((action) => (action.kind === 'resize' ? [`${action.group}: ${action.because}`] : [])),
  );
}

function eventsAbout(world: World, objectName: string): readonly string[] {
  return world.sandbox.store
    .list('events')
    .filter((event) => Reflect.get(Object(event['involvedObject']), 'name') === objectName)
    .map((event) => String(event['reason']));
}

describe('the expander priority', () => {
  it('follows its ConfigMap as it changes, keeps the last that can be read, and tells who wrote it', async () => {
    const world = aWorld({ pools: [aPool('web'), aPool('fast'), aPool('spare')], flags: ['--expander=priority'] });
    setPriorities(world, '10: [web]\n50: [^fast$]');
    await world.begin();
    world.apply(deployment('first', 10));
    await world.served();
    assert.deepEqual(growths(world), ['fast: priority: 50, by ^fast$']);
    assert.deepEqual(eventsAbout(world, CONFIG_MAP.name), ['PriorityConfigMapNotMatchedGroup']);

    setPriorities(world, '10: [fast]\n50: [we.]');
    await world.runFor(SECOND_MS);
    world.apply(deployment('second', 4));
    await world.served();
    assert.deepEqual(growths(world).slice(1), ['web: priority: 50, by we.']);

    setPriorities(world, '10: [fast\n');
    await world.runFor(SECOND_MS);
    world.apply(deployment('third', 4));
    await world.served();
    assert.deepEqual(growths(world).slice(2), ['web: priority: 50, by we.']);
    assert.ok(eventsAbout(world, CONFIG_MAP.name).includes('PriorityConfigMapInvalid'));
    await world.end();
  });

  it('may be without its ConfigMap, and then has no say', async () => {
    const world = aWorld({ pools: [aPool('web'), aPool('fast')], flags: ['--expander=priority,least-nodes'] });
    await world.begin();
    world.apply(deployment('first', 8));
    await world.served();
    assert.match(growths(world)[0] ?? '', /^fast: least-nodes: /);
    await world.end();
  });
});

describe('the expander price', () => {
  const pools = [aPool('shared'), aPool('dedicated', { plan: 'vhf-4c-16gb' })];
  const grown = async (...flags: readonly string[]): Promise<string> => {
    const world = aWorld({ pools, flags: ['--expander=price', ...flags] });
    await world.begin();
    world.apply(deployment('web', 7));
    await world.served();
    await world.end();
    return growths(world).join();
  };

  it('goes by the catalogue, or by what the operator says that plans cost', async () => {
    assert.match(await grown(), /^shared: price: \$\d/);
    assert.match(await grown('--price=vhf-4c-16gb=0.001'), /^dedicated: price: \$0\.00/);
  });
});

function nothing(): Promise<CounselAnswer> {
  return Promise.resolve({ kind: 'best', groupIds: [] });
}

describe('the expander grpc', () => {
  const flags = ['--expander=grpc,least-waste', '--grpc-expander-url=x:1', '--grpc-expander-cert=ca.pem'];
  const pools = [aPool('web'), aPool('fast')];

  it('is asked once for a choice, and what it names is what grows', async () => {
    const asked: CounselQuestion[] = [];
    const world = aWorld({
      pools,
      flags,
      expanderService: {
        bestOptions(question) {
          asked.push(question);
          const best = question.options.find(({ template }) => template.labels['vke.vultr.com/node-pool'] === 'web');
          return Promise.resolve({ kind: 'best', groupIds: best === undefined ? [] : [best.groupId] });
        },
        close: () => undefined,
      },
    });
    await world.begin();
    world.apply(deployment('first', 8));
    await world.served();
    assert.deepEqual(growths(world), ['web: grpc: the expander service’s choice']);
    assert.equal(asked.length, 1);
    const [option] = asked[0]?.options ?? [];
    assert.ok((option?.pods.length ?? 0) > 0);
    await world.end();
  });

  it('that fails leaves the choice to the next, and is asked anew in the next pass', async () => {
    let times = 0;
    const failing: () => Promise<CounselAnswer> = () => {
      times += 1;
      return Promise.resolve({ kind: 'no-say', why: 'away' });
    };
    const world = aWorld({ pools, flags, expanderService: { bestOptions: failing, close: () => undefined } });
    await world.begin();
    world.apply(deployment('first', 8));
    await world.served();
    assert.match(growths(world)[0] ?? '', /least-waste/);
    assert.equal(times, 1);
    await world.runFor(MINUTE_MS);
    world.apply(deployment('second', 8));
    await world.served();
    assert.equal(times, 2);
    await world.end();
  });

  it('that names no group keeps all of them as they are', async () => {
    const world = aWorld({ pools, flags, expanderService: { bestOptions: nothing, close: () => undefined } });
    await world.begin();
    world.apply(deployment('first', 8));
    await world.runFor(2 * MINUTE_MS);
    assert.deepEqual(growths(world), []);
    assert.ok(world.waitingPods().length > 0);
    const reasons = world.current.records
      .at(-1)
      ?.pods.flatMap(({ perGroup }) => perGroup.map(({ reason }) => reason.code));
    assert.deepEqual([...new Set(reasons)], ['RefusedByExpander']);
    await world.end();
  });
});
