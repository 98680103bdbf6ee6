import assert from 'node:assert/strict';
import { test } from 'node:test';
import { TransportError } from '../runtime/http.ts';
import { seededRandom } from '../runtime/random.ts';
import { kubernetesClient } from './client.ts';
import { isRecord } from './json-reader.ts';
import { FakeTransport, jsonReply, statusReply, type Exchange, type Reply } from './testing/fake-transport.ts';
import { VirtualClock } from '../../sandbox/time/virtual-clock.ts';
import { readConfigMap, writeConfigMap } from './write-config-map.ts';
import { changeNode, type NodeChange } from './write-node.ts';
import { deletePod, evictPod } from './write-pod.ts';

function world(answer: (exchange: Exchange) => Reply) {
  const clock = new VirtualClock();
  const transport = new FakeTransport(answer);
  const client = kubernetesClient({ transport: transport.send, clock });
  return { clock, transport, client, context: { client, clock, random: seededRandom(3).stream('writes') } };
}

const TAINT = { key: 'ToBeDeletedByClusterAutoscaler', value: '17', effect: 'NoSchedule' } as const;
const OTHERS = { key: 'gpu', effect: 'NoExecute', timeAdded: '2026-11-24T02:00:00Z', unknownField: 1 };

function aNode(more: { uid?: string; taints?: readonly object[]; version?: string; spec?: object } = {}): object {
  return {
    metadata: {
      name: 'n',
      uid: more.uid ?? 'u',
      resourceVersion: more.version ?? '5',
      annotations: { kept: 'x', old: 'y' },
    },
    spec: { taints: more.taints ?? [OTHERS], ...more.spec },
  };
}

/** Runs the change to its end and returns it with the patches that were sent. */
async function change(wanted: NodeChange, answer: (exchange: Exchange, attempt: number) => Reply) {
  let patches = 0;
  const sent: unknown[] = [];
  const { clock, context } = world((exchange) => {
    if (exchange.request.method === 'PATCH') {
      patches += 1;
      sent.push(exchange.body);
    }
    return answer(exchange, patches);
  });
  const result = changeNode(context, { name: 'n', uid: 'u' }, wanted);
  await clock.runFor(20_000);
  return { result: await result, sent };
}

test('TA-01: a taint is added beside those of others, which are kept as they came', async () => {
  const { result, sent } = await change({ addTaints: [TAINT], unschedulable: true }, ({ request }) =>
    request.method === 'GET' ? jsonReply(aNode()) : jsonReply({}),
  );
  assert.deepEqual(result, { ok: true, value: { kind: 'changed' } });
  assert.deepEqual(sent, [
    { metadata: { uid: 'u', resourceVersion: '5' }, spec: { taints: [OTHERS, TAINT], unschedulable: true } },
  ]);
});

test('taints are removed by key, replaced by key and effect; annotations are set and removed', async () => {
  const taints = [
    OTHERS,
    { ...TAINT, value: '1' },
    { ...TAINT, effect: 'NoExecute' },
    { key: 'k', effect: 'NoSchedule' },
  ];
  const wanted = {
    addTaints: [TAINT],
    removeTaintKeys: ['k', 'absent'],
    annotations: { old: null, fresh: 'z', never: null },
  };
  const { sent } = await change(wanted, ({ request }) =>
    request.method === 'GET' ? jsonReply(aNode({ taints })) : jsonReply({}),
  );
  assert.deepEqual(sent, [
    {
      metadata: { uid: 'u', resourceVersion: '5', annotations: { old: null, fresh: 'z' } },
      spec: { taints: [OTHERS, { ...TAINT, effect: 'NoExecute' }, TAINT] },
    },
  ]);
});

/** The taints that are written for the change to a node with these; or that nothing is. */
async function taintsAfter(taints: readonly object[], wanted: NodeChange): Promise<unknown> {
  const { result, sent } = await change(wanted, ({ request }) =>
    request.method === 'GET' ? jsonReply(aNode({ taints })) : jsonReply({}),
  );
  const [patch] = sent;
  return isRecord(patch) && isRecord(patch['spec']) ? patch['spec']['taints'] : result.ok && result.value.kind;
}

test('TA-04 TA-10 TA-11: a taint that is there is not added, one that is not is not removed', async () => {
  const t2 = { key: 't2', value: '', effect: 'NoSchedule' } as const;
  assert.deepEqual(await taintsAfter([TAINT], { addTaints: [TAINT, t2] }), [TAINT, t2]);
  assert.deepEqual(await taintsAfter([TAINT], { removeTaintKeys: ['t2', 't3'] }), 'unchanged');
  assert.deepEqual(await taintsAfter([t2, TAINT], { removeTaintKeys: ['t2'] }), [TAINT]);
  assert.deepEqual(await taintsAfter([TAINT], { removeTaintKeys: [TAINT.key] }), []);
});

test('a node that is so already is not written', async () => {
  const node = aNode({ taints: [TAINT], spec: { unschedulable: true } });
  const { result, sent } = await change({ addTaints: [TAINT], unschedulable: true, annotations: { kept: 'x' } }, () =>
    jsonReply(node),
  );
  assert.deepEqual(result, { ok: true, value: { kind: 'unchanged' } });
  assert.deepEqual(sent, []);
});

test('an account that may update nodes and not patch them, as with the roles of Cluster Autoscaler, replaces the node', async () => {
  const updates: unknown[] = [];
  const wanted = { addTaints: [TAINT], unschedulable: true, annotations: { old: null, fresh: 'z' } };
  const { result } = await change(wanted, ({ request, body }) => {
    if (request.method === 'GET') return jsonReply(aNode({ spec: { providerID: 'vultr://1' } }));
    if (request.method === 'PATCH') return statusReply(403, 'Forbidden');
    updates.push(body);
    return jsonReply({});
  });
  assert.deepEqual(result, { ok: true, value: { kind: 'changed' } });
  assert.deepEqual(updates, [
    {
      metadata: { name: 'n', uid: 'u', resourceVersion: '5', annotations: { kept: 'x', fresh: 'z' } },
      spec: { taints: [OTHERS, TAINT], providerID: 'vultr://1', unschedulable: true },
    },
  ]);
});

test('an account that may do neither is told to patch', async () => {
  const { result } = await change({ addTaints: [TAINT] }, ({ request }) =>
    request.method === 'GET' ? jsonReply(aNode()) : statusReply(403, 'Forbidden'),
  );
  assert.equal(!result.ok && result.error.kind === 'forbidden' && result.error.missingRight, 'patch nodes');
});

test('TA-03: after a conflict the change is made on what the other left', async () => {
  const { result, sent } = await change({ addTaints: [TAINT] }, ({ request }, attempt) => {
    if (request.method === 'PATCH') return attempt === 1 ? statusReply(409, 'Conflict') : jsonReply({});
    return jsonReply(
      attempt === 0 ? aNode() : aNode({ version: '6', taints: [{ key: 'theirs', effect: 'NoSchedule' }] }),
    );
  });
  assert.equal(result.ok && result.value.kind, 'changed');
  assert.deepEqual(sent[1], {
    metadata: { uid: 'u', resourceVersion: '6' },
    spec: { taints: [{ key: 'theirs', effect: 'NoSchedule' }, TAINT] },
  });
});

test('a conflict that keeps coming back is handed to the caller after a bounded number of attempts', async () => {
  const { result, sent } = await change({ addTaints: [TAINT] }, ({ request }) =>
    request.method === 'GET' ? jsonReply(aNode()) : statusReply(409, 'Conflict'),
  );
  assert.equal(result.ok ? '' : result.error.kind, 'conflict');
  assert.equal(sent.length, 6);
});

test('a lost reply is resolved by reading: the change that was made is not made again', async () => {
  const { result, sent } = await change({ addTaints: [TAINT] }, ({ request }, attempt) => {
    if (request.method === 'PATCH') return new TransportError('reply-lost', 'reset');
    return jsonReply(attempt === 0 ? aNode({ taints: [] }) : aNode({ taints: [TAINT] }));
  });
  assert.deepEqual(result, { ok: true, value: { kind: 'unchanged' } });
  assert.equal(sent.length, 1);
});

test('a node that is gone, or another one of its name, is not touched', async () => {
  for (const reply of [statusReply(404, 'NotFound'), jsonReply(aNode({ uid: 'other' }))]) {
    const { result, sent } = await change({ addTaints: [TAINT] }, () => reply);
    assert.deepEqual(result, { ok: true, value: { kind: 'gone' } });
    assert.deepEqual(sent, []);
  }
});

const POD = { namespace: 'shop', name: 'web', uid: 'u1' };

async function evict(reply: Reply) {
  const { client, transport } = world(() => reply);
  const result = await evictPod(client, POD, 15);
  return {
    outcome: result.ok ? result.value.kind : result.error.kind,
    result,
    body: transport.exchanges[0]?.body,
    asked: transport.asked,
  };
}

test('an eviction asks for this very pod, with the grace given (I2)', async () => {
  const { outcome, body, asked } = await evict(jsonReply({}, 201));
  assert.equal(outcome, 'evicted');
  assert.deepEqual(asked, ['POST /api/v1/namespaces/shop/pods/web/eviction']);
  assert.deepEqual(body, {
    apiVersion: 'policy/v1',
    kind: 'Eviction',
    metadata: { namespace: 'shop', name: 'web' },
    deleteOptions: { preconditions: { uid: 'u1' }, gracePeriodSeconds: 15 },
  });
});

test('a refusal by a PodDisruptionBudget keeps its words and its time', async () => {
  const { result } = await evict(
    statusReply(429, 'TooManyRequests', {
      message: "Cannot evict pod as it would violate the pod's disruption budget.",
      details: { retryAfterSeconds: 10, causes: [{ reason: 'DisruptionBudget', message: 'needs 2' }] },
    }),
  );
  assert.ok(result.ok && result.value.kind === 'refused');
  assert.match(result.value.message, /create pods\/eviction "web" in namespace shop: Cannot evict pod/);
  assert.equal(result.value.retryAfterMs, 10_000);
});

test('a busy server is no refusal; two budgets on one pod are', async () => {
  assert.equal(
    (await evict(statusReply(429, 'TooManyRequests', { message: 'too many requests' }))).outcome,
    'too-many-requests',
  );
  const two = 'This pod has more than one PodDisruptionBudget, which the eviction subresource does not support.';
  assert.equal((await evict(statusReply(500, 'InternalError', { message: two }))).outcome, 'refused');
});

test('a pod that is gone, or remade under its name, counts as gone', async () => {
  assert.equal((await evict(statusReply(404, 'NotFound'))).outcome, 'gone');
  assert.equal((await evict(statusReply(409, 'Conflict'))).outcome, 'gone');
  assert.equal((await evict(new TransportError('reply-lost', 'reset'))).outcome, 'unknown-outcome');
});

test('a deletion carries uid and grace, and finds a pod gone', async () => {
  const { client, transport } = world(() => jsonReply({}));
  assert.deepEqual(await deletePod(client, POD, 0), { ok: true, value: { kind: 'deleted' } });
  const body = transport.exchanges[0]?.body;
  assert.ok(isRecord(body));
  assert.deepEqual([body['gracePeriodSeconds'], body['preconditions']], [0, { uid: 'u1' }]);
  transport.answer = () => statusReply(404, 'NotFound');
  assert.deepEqual(await deletePod(client, POD), { ok: true, value: { kind: 'gone' } });
});

const STATUS_MAP = { namespace: 'kube-system', name: 'cluster-autoscaler-status' };

test('a ConfigMap is patched, or made where there is none, also when another makes it first', async () => {
  const { client, transport } = world(() => jsonReply({}));
  assert.deepEqual(await writeConfigMap(client, STATUS_MAP, { data: { status: 'ok' } }), {
    ok: true,
    value: 'patched',
  });
  transport.answer = ({ request }) => (request.method === 'PATCH' ? statusReply(404, 'NotFound') : jsonReply({}, 201));
  assert.deepEqual(await writeConfigMap(client, STATUS_MAP, { data: {} }), { ok: true, value: 'created' });
  let made = false;
  transport.answer = ({ request }) => {
    if (request.method === 'PATCH') return made ? jsonReply({}) : statusReply(404, 'NotFound');
    made = true;
    return statusReply(409, 'AlreadyExists');
  };
  assert.deepEqual(await writeConfigMap(client, STATUS_MAP, { data: {} }), { ok: true, value: 'patched' });
});

test('a ConfigMap that is not there reads as undefined', async () => {
  const { client, transport } = world(() => jsonReply({ data: { a: '1', b: 2 } }));
  assert.deepEqual(await readConfigMap(client, STATUS_MAP), { ok: true, value: { a: '1' } });
  transport.answer = () => statusReply(404, 'NotFound');
  assert.deepEqual(await readConfigMap(client, STATUS_MAP), { ok: true, value: undefined });
});
