/** Against a server on loopback. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { after, before, describe, it } from 'node:test';
import { Agent } from 'undici';
import { TransportError } from './http.ts';
import { lastGate } from './last-gate.ts';

describe('the last gate', () => {
  let asked = 0;
  const server = createServer((_request, response) => {
    asked += 1;
    response.end('done');
  });
  const agent = new Agent();
  let origin: string;
  before(async () => {
    await once(server.listen(0, '127.0.0.1'), 'listening');
    const address = server.address();
    origin = typeof address === 'object' && address !== null ? `http://127.0.0.1:${address.port}` : assert.fail();
  });
  after(async () => {
    await agent.destroy();
    server.close();
  });

  async function ask(mayBeSent: (() => boolean) | undefined): Promise<string> {
    const request = { origin, path: '/', method: 'PATCH', body: 'x' } as const;
    const { body } = await lastGate(agent, mayBeSent).request(request);
    return body.text();
  }

  it('lets pass what may be sent', async () => {
    assert.deepEqual([await ask(undefined), await ask(() => true), asked], ['done', 'done', 2]);
  });

  it('asks when the connection is there: what may not be sent by then is not, and says so', async () => {
    const fresh = new Agent();
    let mayBeSent = true;
    const pending = lastGate(fresh, () => mayBeSent).request({ origin, path: '/', method: 'PATCH', body: 'x' });
    mayBeSent = false;
    await assert.rejects(pending, (error) => error instanceof TransportError && error.failure === 'not-sent');
    await fresh.destroy();
    assert.equal(asked, 2);
  });

  it('does the same on a connection that has been used, and the next request finds another', async () => {
    await assert.rejects(
      ask(() => false),
      TransportError,
    );
    assert.equal(asked, 2);
    assert.equal(await ask(() => true), 'done');
  });
});
