import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type Logger, silentLogger } from '../runtime/log.ts';
import { type Result, failure, success } from '../runtime/result.ts';
import { Secret } from '../runtime/secret.ts';
import { cloudConfigChanged } from './cloud-config-reload.ts';

const CLUSTER = '01234567-89ab-4def-8123-456789abcdef';
const OTHER = '11234567-89ab-4def-8123-456789abcdef';

function changed(text: Result<string, string>) {
  const config = { clusterId: CLUSTER, token: new Secret('first-key'), apiUrl: 'https://api.vultr.com' };
  const said: string[] = [];
  const say: Logger['info'] = (message, fields) => void said.push(`${message} ${JSON.stringify(fields)}`);
  const logger: Logger = { ...silentLogger, info: say, warn: say };
  cloudConfigChanged(config, text, { logger, environment: {} });
  for (const line of said) assert.doesNotMatch(line, /first-key|second-key/);
  return { token: config.token, said };
}

const config = (fields: object): Result<string, string> => success(JSON.stringify(fields));

describe('a cloud-config that changes while the program runs', () => {
  it('gives the new token to whoever holds the old one', () => {
    const { token, said } = changed(config({ cluster_id: CLUSTER, token: 'second-key' }));
    assert.equal(token.reveal(), 'second-key');
    assert.match(said[0] ?? '', /the API token of the cloud-config was read again/);
    assert.equal(token.cutFrom('first-key or second-key'), '[redacted] or [redacted]');
  });

  it('with the same token is no news', () => {
    assert.deepEqual(changed(config({ cluster_id: CLUSTER, token: 'first-key' })).said, []);
  });

  for (const [what, text, word] of [
    ['is broken', success('{"token": "second-key",'), /not valid JSON/],
    ['has lost its token', config({ cluster_id: CLUSTER }), /\\"token\\" is missing/],
    ['is away', failure('cloud-config: no such file'), /no such file/],
    ['names another cluster', config({ cluster_id: OTHER, token: 'second-key' }), /another cluster or address/],
  ] as const) {
    it(`and ${what} leaves the token as it was, and is told`, () => {
      const { token, said } = changed(text);
      assert.equal(token.reveal(), 'first-key');
      assert.match(said.join(), word);
    });
  }
});
