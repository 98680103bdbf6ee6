import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { VirtualClock } from '../../sandbox/time/virtual-clock.ts';
import { type KubernetesClient, kubernetesClient } from './client.ts';
import { lookAtNode, registeredProviderIDs } from './look-at-node.ts';
import { FakeTransport, type Exchange, type Reply, jsonReply, statusReply } from './testing/fake-transport.ts';

const NODE = {
  metadata: { name: 'n1', uid: 'u1' },
  spec: { taints: [{ key: 'ToBeDeletedByClusterAutoscaler', effect: 'NoSchedule' }] },
};
const PODS = [
  { metadata: { namespace: 'default', name: 'web', uid: 'p1' }, status: { phase: 'Running' } },
  { metadata: { namespace: 'default', name: 'done', uid: 'p2' }, status: { phase: 'Succeeded' } },
  { metadata: { namespace: 'default', name: 'lost', uid: 'p3' }, status: { phase: 'Failed' } },
  { metadata: { namespace: 'default', name: 'new', uid: 'p4' }, status: { phase: 'Pending' } },
];

function aServer(answer: (exchange: Exchange) => Reply): { client: KubernetesClient; transport: FakeTransport } {
  const transport = new FakeTransport(answer);
  return { client: kubernetesClient({ transport: transport.send, clock: new VirtualClock() }), transport };
}

describe('a look at a node past the watches', () => {
  it('shows its taints, and the pods on it that have not ended', async () => {
    const { client, transport } = aServer(({ url }) =>
      jsonReply(url.pathname.endsWith('/pods') ? { items: PODS } : NODE),
    );
    assert.deepEqual(await lookAtNode(client, { name: 'n1', uid: 'u1' }), {
      ok: true,
      value: {
        kind: 'there',
        taintKeys: ['ToBeDeletedByClusterAutoscaler'],
        pods: [
          { uid: 'p1', key: 'default/web' },
          { uid: 'p4', key: 'default/new' },
        ],
      },
    });
    assert.equal(transport.exchanges[1]?.url.searchParams.get('fieldSelector'), 'spec.nodeName=n1');
  });

  it('tells a node that is gone from one of the same name, and both from a server that fails', async () => {
    const gone = aServer(() => statusReply(404, 'NotFound'));
    assert.deepEqual(await lookAtNode(gone.client, { name: 'n1', uid: 'u1' }), { ok: true, value: { kind: 'gone' } });
    const other = aServer(() => jsonReply(NODE));
    assert.deepEqual(await lookAtNode(other.client, { name: 'n1', uid: 'u0' }), { ok: true, value: { kind: 'gone' } });
    const failing = aServer(({ url }) =>
      url.pathname.endsWith('/pods') ? statusReply(500, 'Broken') : jsonReply(NODE),
    );
    assert.equal((await lookAtNode(failing.client, { name: 'n1', uid: 'u1' })).ok, false);
  });

  it('collects the provider ids of all nodes, page by page', async () => {
    const { client } = aServer(({ url }) =>
      url.searchParams.get('continue') === 'more'
        ? jsonReply({ metadata: {}, items: [{ spec: { providerID: 'vultr://b' } }, { spec: {} }] })
        : jsonReply({ metadata: { continue: 'more' }, items: [{ spec: { providerID: 'vultr://a' } }] }),
    );
    assert.deepEqual(await registeredProviderIDs(client), { ok: true, value: new Set(['vultr://a', 'vultr://b']) });
  });
});
