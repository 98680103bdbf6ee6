import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { seededRandom } from '../../src/runtime/random.ts';
import { startControllers } from '../controllers/controllers.ts';
import { workloadSpec } from '../controllers/shapes.ts';
import { newPod, testCluster } from '../controllers/test-cluster.ts';
import { Faults } from '../faults.ts';
import { MemoryObjectStore } from '../kubernetes/object-store.ts';
import { VirtualClock } from '../time/virtual-clock.ts';
import { PLANS } from '../vultr/plans.ts';
import { SimulatedVultr } from '../vultr/simulated-vultr.ts';
import { type CloudControls, vultrControls } from './cloud-controls.ts';
import { PodJournal } from './pod-journal.ts';
import { type Story, parsePools, parseStory } from './story.ts';
import { StoryPlayer, type ToldEvent } from './story-player.ts';
import { formatStoryProblem } from './story-problems.ts';

const HEAD = `region: ewr
pools:
  - { label: web, plan: vc2-4c-8gb, max: 8 }
`;

function story(text: string): Story {
  const parsed = parseStory(text, PLANS);
  assert.ok(parsed.ok, parsed.ok ? '' : parsed.error.map((one) => formatStoryProblem('story', one)).join('\n'));
  return parsed.value;
}

function problems(text: string): readonly string[] {
  const parsed = parseStory(text, PLANS);
  return parsed.ok ? [] : parsed.error.map((problem) => formatStoryProblem('s.yaml', problem));
}

/** Writes down what it is asked. */
class CloudDiary implements CloudControls {
  readonly lines: string[] = [];
  stockOut(plan: string, region: string, { durationMs, how }: { durationMs: number; how: string }): void {
    this.lines.push(`stock-out ${plan} ${region} ${durationMs} ${how}`);
  }
  loseNode(poolLabel: string): void {
    this.lines.push(`lose ${poolLabel}`);
  }
  apiOutage(durationMs: number): void {
    this.lines.push(`outage ${durationMs}`);
  }
}

test('a story with defaults: a pool begins at its minimum, events are put in order', () => {
  const { pools, events, untilMs, seed } = story(`${HEAD}
events:
  - { at: 5m, note: later }
  - { at: 90s, note: sooner }
until: 1h30m
`);
  assert.deepEqual([pools[0]?.min, pools[0]?.quantity, pools[0]?.autoScaler], [1, 1, true]);
  assert.deepEqual(
    events.map(({ atMs, note }) => [atMs, note]),
    [
      [90_000, 'sooner'],
      [300_000, 'later'],
    ],
  );
  assert.deepEqual([untilMs, seed], [5_400_000, 1]);
});

test('each mistake is told with its line and field, all at once', () => {
  const text = `region: ewr
pools:
  - label: web
    plan: vc2-4c-8gb
    min: 0
    max: 8
  - { label: Big_Pool, plan: vc2-4c-8gb, max: 2, colour: red }
workloads:
  - deployment: { name: web, cpu: lots, replicas: -1 }
events:
  - at: soon
    note: hello
  - at: 1m
    scale: deployment/web
  - at: 2m
    delete: web
  - { at: 3m, loseNode: web, apiOutage: 1m }
  - { at: 4m }
`;
  assert.deepEqual(problems(text), [
    's.yaml:5: pools[0].min: a VKE pool has at least 1 node',
    's.yaml:7: pools[1].label: expected a Kubernetes name: lower-case letters, digits and dashes',
    's.yaml:7: pools[1].colour: there is no such field',
    's.yaml:9: workloads[0].deployment.cpu: "lots" is no quantity; write 500m, 2, 512Mi or 4Gi',
    's.yaml:9: workloads[0].deployment.replicas: Too small: expected number to be >=0',
    's.yaml:11: events[0].at: "soon" is no duration; write 90s, 2m or 1h50m',
    's.yaml:13: events[1]: scale and replicas go together',
    's.yaml:16: events[2].delete: expected kind/name or kind/namespace/name, such as deployment/web',
    's.yaml:17: events[3]: give one action, not loseNode and apiOutage',
    's.yaml:18: events[4]: give one of scale, apply, delete, job, stockOut, loseNode, apiOutage, note',
    's.yaml:1: until: is missing; expected string',
  ]);
});

test('what contradicts the rest of the story, or the catalogue of plans, is told too', () => {
  const text = `region: fra
pools:
  - { label: web, plan: vc2-4c-8gb, min: 2, max: 4, quantity: 5 }
  - { label: web, plan: vhf-4c-16gb, max: 2 }
  - { label: odd, plan: vc9-huge, max: 2 }
workloads:
  - manifest: { apiVersion: v1, kind: Gadget, metadata: { name: x } }
events:
  - { at: 1m, scale: deployment/wbe, replicas: 2 }
  - { at: 3h, loseNode: db }
until: 2h
`;
  assert.deepEqual(problems(text), [
    's.yaml:3: pools[0].quantity: 5 is not from min 2 to max 4',
    's.yaml:4: pools[1].label: there is a pool "web" already',
    's.yaml:4: pools[1].plan: plan "vhf-4c-16gb" is not sold in fra; it is in ' +
      (PLANS.find(({ id }) => id === 'vhf-4c-16gb')?.locations.join(', ') ?? ''),
    's.yaml:5: pools[2].plan: there is no plan "vc9-huge"',
    's.yaml:9: events[0].scale: the story has no deployment/wbe',
    's.yaml:10: events[1].at: comes after the end of the story (until)',
    's.yaml:10: events[1].loseNode: there is no pool "db"',
    's.yaml:7: workloads[0].manifest.kind: the sandbox has no kind Gadget',
  ]);
});

test('a file of pools is the head of a story, and is checked like one', () => {
  const read = parsePools(HEAD, PLANS);
  assert.deepEqual(read.ok && [read.value.region, read.value.pools[0]?.quantity], ['ewr', 1]);
  const wrong = parsePools(`${HEAD}until: 2h\n`, PLANS);
  assert.deepEqual(!wrong.ok && wrong.error, [{ line: 4, field: 'until', message: 'there is no such field' }]);
});

test('what is not YAML is told with its line', () => {
  const [first = ''] = problems('region: ewr\npools: [\n');
  assert.match(first, /^s\.yaml:\d: Flow sequence/);
});

test('shorthands become objects: requests, GPU toleration, budget, spread, job duration', () => {
  const { workloads } = story(`${HEAD}
workloads:
  - deployment:
      { name: web, replicas: 3, cpu: 0.5, memory: 512Mi, gpu: 1, spreadOver: kubernetes.io/hostname, gracePeriod: 5s,
        pdb: { maxUnavailable: 25% } }
  - job: { name: train, count: 4, parallel: 2, duration: 1h5m }
  - manifest: { apiVersion: v1, kind: ConfigMap, metadata: { name: notes }, data: { a: b } }
until: 1h
`);
  assert.deepEqual(
    workloads.map(({ resource, object }) => `${resource}/${object.metadata.name}`),
    ['deployments/web', 'poddisruptionbudgets/web', 'jobs/train', 'configmaps/notes'],
  );
  const [web, budget, train] = workloads.map(({ object }) => JSON.stringify(object));
  assert.match(web ?? '', /"requests":\{"cpu":"0.5","memory":"512Mi","nvidia.com\/gpu":"1"\}/);
  assert.match(web ?? '', /"tolerations":\[\{"key":"nvidia.com\/gpu","operator":"Exists"\}\]/);
  assert.match(web ?? '', /"terminationGracePeriodSeconds":5/);
  assert.match(web ?? '', /"whenUnsatisfiable":"DoNotSchedule"/);
  assert.match(budget ?? '', /"maxUnavailable":"25%"/);
  assert.match(train ?? '', /"completions":4,"parallelism":2.*"sandbox.vke-autoscaler.io\/duration":"1h5m"/);
});

test('the player applies, scales and deletes at the given times, and tells what was refused', async () => {
  const cluster = await testCluster({ nodes: 2 });
  const { store, clock, run } = cluster;
  const told: ToldEvent[] = [];
  const cloud = new CloudDiary();
  const player = new StoryPlayer({
    story: story(`${HEAD}
workloads:
  - deployment: { name: web, replicas: 2 }
events:
  - { at: 1m, scale: deployment/web, replicas: 4, note: More! }
  - { at: 2m, apply: { deployment: { name: web, replicas: 3, cpu: 100m } } }
  - { at: 3m, delete: deployment/web }
  - { at: 4m, scale: deployment/web, replicas: 1 }
  - { at: 5m, stockOut: { plan: vc2-4c-8gb, for: 10m } }
  - { at: 6m, loseNode: web }
  - { at: 7m, apiOutage: 90s }
until: 8m
`),
    store,
    clock,
    cloud,
    onEvent: (event) => void told.push(event),
  });
  player.start();
  const replicas = (): unknown => workloadSpec(store.get('deployments', 'default', 'web')).replicas;
  assert.equal(replicas(), 2);
  await run(61_000);
  assert.equal(replicas(), 4);
  await run(60_000);
  assert.equal(replicas(), 3);
  await run(60_000);
  assert.equal(store.find('deployments', 'default', 'web'), undefined);
  assert.equal(player.isOver, false);
  await run(300_000);
  assert.equal(player.isOver, true);
  assert.deepEqual(cloud.lines, ['stock-out vc2-4c-8gb ewr 600000 refuse', 'lose web', 'outage 90000']);
  assert.deepEqual(
    told.map(({ text, refusal }) => (refusal === undefined ? text : `${text}: ${refusal}`)),
    [
      'More!',
      'web is applied',
      'web is deleted',
      'web is scaled to 1: deployments.apps "web" not found',
      'vc2-4c-8gb is sold out in ewr for 10m',
      'a node of pool web dies',
      'the Vultr API is down for 1m30s',
    ],
  );
});

test('on the simulated Vultr a stock-out ends, a lost node is gone, and an outage answers 503', async () => {
  const clock = new VirtualClock();
  const random = seededRandom(3);
  const vultr = new SimulatedVultr({ clock, random });
  vultr.addPool(vultr.addCluster({ label: 'c', region: 'ewr' }), { label: 'web', plan: 'vc2-4c-8gb', quantity: 2 });
  const faults = new Faults(clock, random);
  const controls = vultrControls({ clock, random: random.stream('story'), vultr, faults });
  const api = faults.wrap(vultr.handle);
  const status = async (): Promise<number> => (await api({ method: 'GET', path: '/v2/plans', headers: {} })).status;
  controls.apiOutage(60_000);
  assert.equal(await status(), 503);
  controls.loseNode('web');
  await clock.runFor(61_000);
  assert.notEqual(await status(), 503);
  assert.equal(vultr.instances().filter(({ state }) => state === 'active').length, 1);
});

test('the story of npm start plays to its end without a refusal, and serves every pod when all nodes are there', async () => {
  const evening = story(readFileSync(new URL('../stories/evening.yaml', import.meta.url), 'utf8'));
  const clock = new VirtualClock();
  const random = seededRandom(evening.seed);
  const store = new MemoryObjectStore({ clock, random: random.stream('store') });
  const vultr = new SimulatedVultr({ clock, random });
  const clusterId = vultr.addCluster({ label: 'shop', region: evening.region });
  for (const pool of evening.pools) vultr.addPool(clusterId, { ...pool, quantity: pool.max });
  const controllers = startControllers({ store, clock, random, instances: vultr, plans: PLANS });
  const journal = new PodJournal({ store, clock });
  const told: ToldEvent[] = [];
  const cloud = vultrControls({ clock, random: random.stream('story'), vultr, faults: new Faults(clock, random) });
  const player = new StoryPlayer({ story: evening, store, clock, cloud, onEvent: (event) => void told.push(event) });
  player.start();
  assert.equal(await clock.run(() => player.isOver), 'reached');
  assert.deepEqual(
    told.filter(({ refusal }) => refusal !== undefined),
    [],
  );
  assert.equal(told.length, evening.events.length);
  const { pods, served, waiting, waitMs } = journal.statistics();
  assert.equal(waiting, 0);
  assert.equal(served, pods);
  assert.ok(pods >= 4 + 2 + 1 + 26 + 12 + 3 + 18, `${pods} pods`);
  assert.ok(waitMs.p99 < 60_000, `a wait of ${waitMs.p99} ms`);
  assert.equal(store.get('jobs', 'default', 'training').status?.['succeeded'], 3);
  assert.equal(store.list('pods', 'default').filter((pod) => pod.status?.['phase'] === 'Running').length, 5);
  controllers.stop();
  vultr.stop();
});

test('a journal tells served pods from those that still wait and those that went unserved', async () => {
  const { store, clock, run } = await testCluster({ nodes: 1 });
  const journal = new PodJournal({ store, clock });
  store.create('pods', newPod('quick', { cpu: '1' }));
  store.create('pods', newPod('huge-1', { cpu: '64' }));
  store.create('pods', newPod('huge-2', { cpu: '64' }));
  await run(10_000);
  store.delete('pods', 'default', 'huge-2');
  await run(10_000);
  const { pods, served, neverServed, waiting, waitMs, bindMs } = journal.statistics();
  assert.deepEqual({ pods, served, neverServed, waiting }, { pods: 3, served: 1, neverServed: 1, waiting: 1 });
  assert.ok(bindMs.p50 < waitMs.p50 && waitMs.max < 4000);
});
