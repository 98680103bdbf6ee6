import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { listAt, textAt, valueAt } from './json.ts';
import { testServer } from './test-client.ts';

describe('discovery', () => {
  it('tells of every resource, one by one and all at once', async () => {
    const { ask } = testServer();
    assert.match(textAt((await ask('GET /version')).body, 'gitVersion'), /^v1\.\d+\.\d+$/);
    assert.equal(textAt((await ask('GET /readyz')).body, 'text'), 'ok');
    const { body: core } = await ask('GET /api/v1');
    const eviction = listAt(core, 'resources').find((one) => textAt(one, 'name') === 'pods/eviction');
    assert.deepEqual(
      [textAt(eviction, 'kind'), textAt(eviction, 'group'), textAt(eviction, 'version')],
      ['Eviction', 'policy', 'v1'],
    );
    const { body: groups } = await ask('GET /apis');
    for (const group of listAt(groups, 'groups')) {
      const version = textAt(group, 'preferredVersion', 'groupVersion');
      const { body: resources } = await ask(`GET /apis/${version}`);
      for (const resource of listAt(resources, 'resources')) {
        const name = textAt(resource, 'name');
        if (!name.includes('/')) assert.equal((await ask(`GET /apis/${version}/${name}`)).status, 200, name);
      }
    }
    const accept = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,application/json';
    const aggregated = await ask('GET /apis', { headers: { accept } });
    assert.equal(
      aggregated.headers['content-type'],
      'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList',
    );
    assert.equal(listAt(aggregated.body, 'items').length, listAt(groups, 'groups').length);
  });

  it('describes patches well enough for kubectl to validate on the server', async () => {
    const { ask } = testServer();
    const { body: index } = await ask('GET /openapi/v3');
    const url = textAt(index, 'paths', 'apis/apps/v1', 'serverRelativeURL');
    const { body: document } = await ask(`GET ${url}`);
    const path = valueAt(document, 'paths', '/apis/apps/v1/namespaces/{namespace}/deployments/{name}');
    assert.equal(textAt(listAt(path, 'patch', 'parameters')[0], 'name'), 'fieldValidation');
  });
});
