import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { listAt, textAt } from '../json.ts';
import { podNamed, testServer } from '../test-client.ts';
import type { TestServer } from '../test-client.ts';
import { humanDuration } from './human-duration.ts';

const PODS = '/api/v1/namespaces/default/pods';
const TABLE = { accept: 'application/json;as=Table;v=v1;g=meta.k8s.io,application/json' };

function withPod(): TestServer {
  const server = testServer();
  server.store.create('pods', podNamed('pod-0'));
  return server;
}

function waiting(reason: string): object {
  return { state: { waiting: { reason } } };
}

describe('a table', () => {
  it('shows pods as kubectl prints them', async () => {
    const { ask, store, clock } = withPod();
    store.bind('default', 'pod-0', 'node-1');
    store.update('pods', 'default', 'pod-0', (pod) => ({
      ...pod,
      status: { ...pod.status, phase: 'Running', containerStatuses: [{ ready: true, restartCount: 2 }] },
    }));
    await clock.runFor(5 * 60_000 + 20_000);
    const { body } = await ask(`GET ${PODS}`, { headers: TABLE });
    assert.equal(body['kind'], 'Table');
    const columns = listAt(body, 'columnDefinitions');
    assert.deepEqual(
      columns.slice(0, 5).map((column) => textAt(column, 'name')),
      ['Name', 'Ready', 'Status', 'Restarts', 'Age'],
    );
    const [row] = listAt(body, 'rows');
    assert.deepEqual(listAt(row, 'cells').slice(0, 7), ['pod-0', '1/1', 'Running', '2', '5m20s', '<none>', 'node-1']);
    assert.equal(textAt(row, 'object', 'kind'), 'PartialObjectMetadata');
  });

  it('sums up a pod in the word of its first container, and of what happens to it', async () => {
    const { ask, store } = withPod();
    const word = async (status: object): Promise<unknown> => {
      store.update('pods', 'default', 'pod-0', (pod) => ({ ...pod, status: { phase: 'Running', ...status } }));
      const { body } = await ask(`GET ${PODS}/pod-0`, { headers: TABLE });
      return listAt(listAt(body, 'rows')[0], 'cells')[2];
    };
    assert.equal(
      await word({ containerStatuses: [waiting('CrashLoopBackOff'), waiting('ContainerCreating')] }),
      'CrashLoopBackOff',
    );
    assert.equal(
      await word({ phase: 'Succeeded', containerStatuses: [{ state: { terminated: { reason: 'Completed' } } }] }),
      'Completed',
    );
    assert.equal(await word({ phase: 'Failed', reason: 'Evicted' }), 'Evicted');
    assert.equal(await word({ phase: 'Pending', conditions: [{ reason: 'SchedulingGated' }] }), 'SchedulingGated');
    assert.equal(await word({ phase: 'Pending', initContainerStatuses: [waiting('PodInitializing')] }), 'Init:0/0');
    store.bind('default', 'pod-0', 'node-1');
    store.delete('pods', 'default', 'pod-0');
    assert.equal(await word({}), 'Terminating');
  });

  it('shows whether a node is ready and cordoned', async () => {
    const { ask, store } = testServer();
    store.create('nodes', {
      metadata: { name: 'node-1' },
      spec: { unschedulable: true },
      status: { conditions: [{ type: 'Ready', status: 'True' }], nodeInfo: { kubeletVersion: 'v1.35.2' } },
    });
    const { body } = await ask('GET /api/v1/nodes', { headers: TABLE });
    const cells = listAt(listAt(body, 'rows')[0], 'cells');
    assert.deepEqual(cells.slice(0, 5), ['node-1', 'Ready,SchedulingDisabled', '<none>', '0s', 'v1.35.2']);
  });

  it('has a name and an age for every kind, and columns of its own for many', async () => {
    const { ask, store } = testServer();
    store.create('poddisruptionbudgets', {
      metadata: { name: 'b', namespace: 'default' },
      spec: { maxUnavailable: '10%' },
    });
    const budgets = await ask('GET /apis/policy/v1/poddisruptionbudgets', { headers: TABLE });
    assert.deepEqual(listAt(listAt(budgets.body, 'rows')[0], 'cells'), ['b', 'N/A', '10%', 0, '0s']);
    store.create('csidrivers', { metadata: { name: 'd' } });
    const drivers = await ask('GET /apis/storage.k8s.io/v1/csidrivers', { headers: TABLE });
    assert.deepEqual(listAt(listAt(drivers.body, 'rows')[0], 'cells'), ['d', '0s']);
  });
});

describe('an age', () => {
  it('gets coarser as it grows', () => {
    const cases: readonly (readonly [seconds: number, text: string])[] = [
      [0, '0s'],
      [119, '119s'],
      [120, '2m'],
      [200, '3m20s'],
      [600, '10m'],
      [3 * 3600, '3h'],
      [5 * 3600 + 180, '5h3m'],
      [30 * 3600, '30h'],
      [50 * 3600, '2d2h'],
      [20 * 86_400, '20d'],
      [800 * 86_400, '2y70d'],
      [10 * 365 * 86_400, '10y'],
      [-5, '<invalid>'],
    ];
    for (const [seconds, text] of cases) assert.equal(humanDuration(seconds * 1000), text);
  });
});
