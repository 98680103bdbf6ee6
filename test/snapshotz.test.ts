/** `/snapshotz`: what a pass decided from, for who debugs; with nothing in it that is nobody's business. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { listAt, recordAt, textAt } from '../sandbox/kubernetes/json.ts';
import { aPool, aWorld, MINUTE_MS, SECOND_MS, type World } from './support/world.ts';
import { barePod, deployment, type Workload } from './support/workloads.ts';

const ENABLED = ['--debugging-snapshot-enabled'];

async function snapshot(world: World): Promise<unknown> {
  const asked = world.current.ask('/snapshotz');
  await world.runFor(15 * SECOND_MS);
  const { status, body } = await asked;
  assert.equal(status, 200, body);
  return JSON.parse(body);
}

function nodeNames(document: unknown): readonly string[] {
  return listAt(document, 'NodeList').map((entry) => textAt(entry, 'Node', 'metadata', 'name'));
}

/** A pod that carries secrets where people put them. */
function careless(): Workload {
  const { resource, object } = barePod('careless', { cpu: '100m' });
  const annotations = {
    'example.com/password': 'annotated-secret',
    'cluster-autoscaler.kubernetes.io/note': 'noted-secret',
    'cluster-autoscaler.kubernetes.io/safe-to-evict': 'false',
  };
  const [container] = listAt(object, 'spec', 'containers');
  const env = [{ name: 'DB_PASSWORD', value: 'env-secret' }];
  const containers = [{ ...recordAt(container), env, command: ['run', '--password=command-secret'] }];
  return {
    resource,
    object: {
      ...object,
      metadata: { ...recordAt(object, 'metadata'), name: 'careless', annotations },
      spec: { ...recordAt(object, 'spec'), containers },
    },
  };
}

describe('/snapshotz', () => {
  it('shows nodes with their pods, those on their way, templates, and pods that need no node', async () => {
    const world = aWorld({ pools: [aPool('web')], flags: ENABLED });
    await world.begin();
    world.apply(deployment('web', 4, { cpu: '2500m' }));
    await world.runFor(5 * SECOND_MS);
    const document = await snapshot(world);
    const [node] = world.nodes();
    assert.ok(nodeNames(document).includes(node?.metadata.name ?? ''));
    const pool = world.pool('web').id;
    const upcoming = nodeNames(document).filter((name) => name.startsWith(`template-node-for-${pool}-upcoming-`));
    assert.equal(upcoming.length, 3);
    const template = recordAt(document, 'TemplateNodes', pool);
    assert.equal(textAt(template, 'Node', 'metadata', 'name'), `template-node-for-${pool}`);
    assert.match(textAt(template, 'Node', 'status', 'allocatable', 'cpu'), /^\d+m$/);
    const waiting = listAt(document, 'UnscheduledPodsCanBeScheduled').map((pod) => textAt(pod, 'metadata', 'name'));
    assert.deepEqual(
      waiting.toSorted(),
      world
        .waitingPods()
        .map(({ metadata }) => metadata.name)
        .toSorted(),
    );
    const [start, end] = [textAt(document, 'StartTimestamp'), textAt(document, 'EndTimestamp')];
    assert.ok(Date.parse(start) <= Date.parse(end), `${start} ${end}`);
    assert.ok(!('Error' in recordAt(document)));
    await world.end();
  });

  it('gives away no value of an environment variable, no command and no annotation that may hold a secret', async () => {
    const world = aWorld({ pools: [aPool('web')], flags: ENABLED });
    await world.begin();
    world.apply(careless());
    await world.runFor(10 * SECOND_MS);
    const document = await snapshot(world);
    const pods = listAt(document, 'NodeList').flatMap((entry) => listAt(entry, 'Pods'));
    const pod = pods.find((one) => textAt(one, 'metadata', 'name') === 'careless');
    assert.deepEqual(recordAt(pod, 'metadata', 'annotations'), {
      'cluster-autoscaler.kubernetes.io/note': '[redacted]',
      'cluster-autoscaler.kubernetes.io/safe-to-evict': 'false',
    });
    assert.doesNotMatch(JSON.stringify(document), /-secret/);
    await world.end();
  });

  it('is not there unless asked for, and not of a replica that does not lead', async () => {
    const world = aWorld({ pools: [aPool('web')] });
    await world.begin();
    assert.equal((await world.current.ask('/snapshotz')).status, 404);
    await world.end();
    const pair = aWorld({ pools: [aPool('web')], flags: [...ENABLED, '--leader-elect=true'] });
    const [first, second] = [pair.start('one'), pair.start('two')];
    await pair.runFor(MINUTE_MS);
    assert.equal((await (first.isLeader ? second : first).ask('/snapshotz')).status, 503);
    await pair.end();
  });

  it('is for one at a time, and answers 500 with the error when the pass comes to nothing', async () => {
    const world = aWorld({ pools: [aPool('web')], flags: ENABLED });
    await world.begin();
    world.sandbox.vultrFaults.add({ name: 'cut', effect: { kind: 'refuse-connection' } });
    const first = world.current.ask('/snapshotz');
    assert.equal((await world.current.ask('/snapshotz')).status, 429);
    await world.runFor(2 * MINUTE_MS);
    const { status, body } = await first;
    assert.equal(status, 500);
    assert.match(textAt(JSON.parse(body), 'Error'), /Unable to collect any data: the pass ended as cloud-unreadable/);
    await world.end();
  });
});
