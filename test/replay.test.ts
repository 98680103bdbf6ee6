/**
 * I10, from the outside: a snapshot of any moment of a run, written down, redacted, read and decided from again by itself,
 * gives the record of the pass that was made at that moment, byte for byte.
 */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { recordAt } from '../sandbox/kubernetes/json.ts';
import { PLANS } from '../sandbox/vultr/plans.ts';
import { vultrControls } from '../sandbox/workload/cloud-controls.ts';
import { type Story, parseStory } from '../sandbox/workload/story.ts';
import { StoryPlayer } from '../sandbox/workload/story-player.ts';
import { recordDocument } from '../src/explain/record-document.ts';
import { formatTimestamp } from '../src/runtime/timestamps.ts';
import { decided, inputOf } from '../src/snapshot/snapshot.ts';
import { readSnapshot } from '../src/snapshot/snapshot-file.ts';
import { MINUTE_MS, aPool, aWorld, type World, type WorldOptions } from './support/world.ts';
import {
  barePod,
  budget,
  deployment,
  job,
  NOT_SAFE_TO_EVICT,
  SAFE_TO_EVICT,
  statefulSet,
  type Workload,
} from './support/workloads.ts';

function theEvening(): Story {
  const text = readFileSync(new URL('../sandbox/stories/evening.yaml', import.meta.url), 'utf8');
  const story = parseStory(text, PLANS);
  assert.ok(story.ok);
  return story.value;
}

/** Of so many passes one is replayed: each costs as much as the pass itself, and more. */
const EVERY = 4;

/** A world whose passes are compared with their replays. */
function watched(options: Omit<WorldOptions, 'onRecord' | 'onDeciding'>): {
  readonly world: World;
  readonly check: () => void;
} {
  const live: string[] = [];
  const again: (string | undefined)[] = [];
  const world = aWorld({
    ...options,
    onRecord: (record) => void live.push(JSON.stringify(recordDocument(record, formatTimestamp))),
    onDeciding(snapshot) {
      if (again.length % EVERY > 0) again.push(undefined);
      else again.push(JSON.stringify(replayed(snapshot)));
    },
  });
  return {
    world,
    check() {
      assert.ok(live.length > 10 * EVERY, `${live.length} passes`);
      assert.equal(again.length, live.length);
      const differing = live.findIndex((record, index) => again[index] !== undefined && again[index] !== record);
      assert.equal(differing, -1, `replayed:\n${again[differing]}\nlive:\n${live[differing]}`);
    },
  };
}

function replayed(text: string): object {
  const file = readSnapshot(text);
  assert.ok(file.ok, JSON.stringify(file));
  return decided(inputOf(file.value.snapshot));
}

async function playEvening(world: World): Promise<void> {
  const story = theEvening();
  const { clock, random, sandbox } = world;
  const cloud = vultrControls({
    clock,
    random: random.stream('story'),
    vultr: sandbox.cloud,
    faults: sandbox.vultrFaults,
  });
  const player = new StoryPlayer({ story, store: sandbox.store, clock, cloud, onEvent: () => undefined });
  world.start();
  player.start();
  await world.until('the story is over', () => player.isOver, story.untilMs + MINUTE_MS);
  player.stop();
}

/** Workloads with everything that a decision looks at, and an end to the rush. */
async function playEverything(world: World): Promise<void> {
  const { sandbox } = world;
  sandbox.store.create('configmaps', {
    metadata: { namespace: 'kube-system', name: 'cluster-autoscaler-priority-expander' },
    data: { priorities: '10: [".*web.*"]\n5: ["^big$"]' },
  });
  for (let index = 0; index < 3; index += 1) volume(world, index);
  await world.begin();
  sandbox.store.update('configmaps', 'kube-system', 'cluster-autoscaler-priority-expander', (current) => ({
    ...current,
    data: { priorities: 'not a map' },
  }));
  const spread = deployment('spread', 9, { cpu: '700m' });
  world.apply(
    podsWith(spread, {
      topologySpreadConstraints: [constraint('spread')],
      affinity: { podAntiAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [apart('single')] } },
    }),
    podsWith(deployment('single', 3, { cpu: '200m' }), {
      affinity: { podAntiAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [apart('single')] } },
    }),
    deployment('files', 4, { cpu: '1100m', scratch: true }),
    deployment('pinned', 2, { annotations: NOT_SAFE_TO_EVICT }),
    deployment('important', 6, { cpu: '900m', priority: 1000 }),
    deployment('expendable', 4, { cpu: '500m', priority: -20 }),
    statefulSet('frozen', 2, { cpu: '1100m' }),
    budget('frozen', { minAvailable: 2 }),
    budget('files', { maxUnavailable: 1 }),
    barePod('lone', { cpu: '300m', annotations: SAFE_TO_EVICT }),
    barePod('huge', { cpu: '64' }),
    job('batch', 5, { cpu: '1500m', durationMs: 4 * MINUTE_MS }),
    ...[0, 1, 2].map((index) => podsWith(barePod(`reader-${index}`), mounting(`data-${index}`))),
  );
  await world.runFor(6 * MINUTE_MS);
  for (const name of ['spread', 'important', 'files']) world.scale('deployments', name, 1);
  await world.runFor(15 * MINUTE_MS);
}

describe('the replay of a snapshot gives the record of the pass, byte for byte', () => {
  const story = theEvening();
  const pools = story.pools.map(({ min, max, ...pool }) => ({ ...pool, minNodes: min, maxNodes: max }));

  for (const flags of [[], ['--compatibility=cluster-autoscaler']]) {
    it(`over the evening at the shop, with ${flags.join(' ') || 'no flags'}`, async () => {
      const { world, check } = watched({ flags, pools });
      await playEvening(world);
      await world.end();
      check();
    });
  }

  it('with volumes, budgets, spread, affinity, priorities, and nodes that are replaced by cheaper ones', async () => {
    const { world, check } = watched({
      flags: ['--consolidation', '--expander=priority,least-waste', '--balance-similar-node-groups'],
      pools: [
        aPool('web'),
        aPool('web-2'),
        aPool('tried', DRY_RUN),
        aPool('big', { plan: 'vhf-4c-16gb', quantity: 2 }),
      ],
    });
    await playEverything(world);
    await world.close();
    check();
  });

  it('and to take one changes nothing: the run is the same without', async () => {
    const runs: string[][] = [];
    for (const onDeciding of [undefined, (): void => undefined]) {
      const records: string[] = [];
      const world = aWorld({
        pools: [aPool('web')],
        onRecord: (record) => void records.push(JSON.stringify(record)),
        ...(onDeciding && { onDeciding }),
      });
      await world.begin();
      world.apply(deployment('web', 12));
      await world.served();
      world.scale('deployments', 'web', 1);
      await world.runFor(8 * MINUTE_MS);
      await world.end();
      runs.push(records);
    }
    assert.deepEqual(runs[1], runs[0]);
  });
});

describe('the snapshot of a running autoscaler', () => {
  it('holds what decides, and nothing secret that does not', async () => {
    const world = aWorld({ pools: [aPool('web')] });
    await world.begin();
    world.apply(
      podsWith(deployment('web', 2, { annotations: { ...NOT_SAFE_TO_EVICT, ...SECRETS } }), {
        containers: [
          {
            name: 'web',
            image: 'registry/hunter2',
            command: ['sh', '-c', 'hunter2'],
            env: [{ name: 'PASSWORD', value: 'hunter2' }],
            resources: { requests: { cpu: '1', memory: '1Gi' } },
          },
        ],
      }),
    );
    await world.served();
    const { status, body } = await world.current.ask('/snapshot');
    assert.equal(status, 200);
    assert.doesNotMatch(body, /hunter2|PASSWORD/);
    assert.match(body, /"cluster-autoscaler\.kubernetes\.io\/safe-to-evict":"false"/);
    assert.match(body, /"vke-autoscaler\.io\/note":"\(redacted\)"/);
    const file = readSnapshot(body);
    assert.ok(file.ok);
    assert.equal(JSON.stringify(replayed(body)), JSON.stringify(file.value.snapshot.decision));
    await world.end();
  });

  it('is refused by a replica that does not lead, and before the first pass', async () => {
    const world = aWorld({ pools: [aPool('web')], flags: ['--leader-elect=true'] });
    world.start();
    assert.equal((await world.current.ask('/snapshot')).status, 503);
    await world.end();
  });
});

const DRY_RUN = { quantity: 2, labels: { 'vke-autoscaler-dry-run': 'true' } };

const SECRETS = {
  'vke-autoscaler.io/note': 'hunter2',
  'cluster-autoscaler.kubernetes.io/owner-token': 'hunter2',
  'example.com/password': 'hunter2',
};

/** With this in the spec of the pod, or of the pods that it makes. */
function podsWith({ resource, object }: Workload, spec: object): Workload {
  if (resource === 'pods') return { resource, object: { ...object, spec: { ...recordAt(object, 'spec'), ...spec } } };
  const template = recordAt(object, 'spec', 'template');
  const changed = { ...template, spec: { ...recordAt(template, 'spec'), ...spec } };
  return { resource, object: { ...object, spec: { ...recordAt(object, 'spec'), template: changed } } };
}

function constraint(app: string): object {
  return {
    maxSkew: 2,
    topologyKey: 'kubernetes.io/hostname',
    whenUnsatisfiable: 'DoNotSchedule',
    labelSelector: { matchLabels: { app } },
  };
}

function apart(app: string): object {
  return { topologyKey: 'kubernetes.io/hostname', labelSelector: { matchLabels: { app } } };
}

function mounting(claimName: string): object {
  return { volumes: [{ name: 'data', persistentVolumeClaim: { claimName } }] };
}

function volume({ sandbox }: World, index: number): void {
  const claimRef = { namespace: 'default', name: `data-${index}` };
  sandbox.store.create('persistentvolumes', {
    metadata: { name: `pv-${index}` },
    spec: {
      capacity: { storage: '10Gi' },
      accessModes: ['ReadWriteOnce'],
      claimRef,
      csi: { driver: 'block.csi.vultr.com', volumeHandle: `v-${index}` },
    },
  });
  sandbox.store.create('persistentvolumeclaims', {
    metadata: { ...claimRef, annotations: { 'pv.kubernetes.io/bind-completed': 'yes' } },
    spec: { accessModes: ['ReadWriteOnce'], volumeName: `pv-${index}`, resources: { requests: { storage: '10Gi' } } },
    status: { phase: 'Bound' },
  });
}
