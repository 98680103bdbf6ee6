import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Secret } from '../../src/runtime/secret.ts';
import { AccessControl } from './access-control.ts';
import { textAt } from './json.ts';
import { testServer } from './test-client.ts';

const PODS = '/api/v1/namespaces/default/pods';

describe('access', () => {
  it("is everybody's until a token is asked for", async () => {
    const access = new AccessControl();
    const { ask } = testServer({ access });
    assert.equal((await ask('GET /api/v1/nodes')).status, 200);
    const revoke = access.addToken({ token: new Secret('t0ken'), user: 'ann' });
    const refused = await ask('GET /api/v1/nodes', { headers: { authorization: 'Bearer other' } });
    assert.equal(refused.status, 401);
    assert.equal(refused.body['reason'], 'Unauthorized');
    assert.equal((await ask('GET /readyz')).status, 200);
    assert.equal((await ask('GET /api/v1/nodes', { headers: { authorization: 'Bearer t0ken' } })).status, 200);
    revoke();
    assert.equal((await ask('GET /api/v1/nodes')).status, 200);
  });

  it('that is denied is refused in the words of RBAC', async () => {
    const access = new AccessControl([{ token: new Secret('t'), user: 'ann' }]);
    const { ask } = testServer({ access });
    const allow = access.deny({ user: 'ann', verb: 'list', resource: 'poddisruptionbudgets' });
    const headers = { authorization: 'Bearer t' };
    const refused = await ask('GET /apis/policy/v1/poddisruptionbudgets', { headers });
    assert.equal(refused.status, 403);
    assert.equal(
      textAt(refused.body, 'message'),
      'poddisruptionbudgets.policy is forbidden: User "ann" cannot list resource "poddisruptionbudgets" in API group "policy" at the cluster scope',
    );
    const other = await ask('GET /apis/policy/v1/namespaces/default/poddisruptionbudgets/web', { headers });
    assert.equal(other.status, 404, 'only listing is denied');
    allow();
    assert.equal((await ask('GET /apis/policy/v1/poddisruptionbudgets', { headers })).status, 200);
    access.deny({ resource: 'pods/eviction' });
    const eviction = await ask(`POST ${PODS}/p/eviction`, { headers, body: {} });
    assert.match(
      textAt(eviction.body, 'message'),
      /cannot create resource "pods\/eviction" in API group "" in the namespace "default"/,
    );
  });
});
