import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { inspect } from 'node:util';
import { parseCloudConfig, type ReadConfig } from './cloud-config.ts';

const ID = '01234567-89ab-cdef-0123-456789abcdef';

function read(text: string | undefined, environment: Record<string, string> = {}): ReadConfig {
  const result = parseCloudConfig(text, environment);
  assert.ok(result.ok, JSON.stringify(result));
  return result.value;
}

function problems(text: string | undefined, environment: Record<string, string> = {}): readonly string[] {
  const result = parseCloudConfig(text, environment);
  assert.ok(!result.ok);
  return result.error.map(({ field, message }) => `${field}: ${message}`);
}

function warningsAt(url: string): number {
  return read(`{"cluster_id": "${ID}", "token": "ABC", "api_url": "${url}"}`).warnings.length;
}

describe('a cloud-config', () => {
  it('is JSON as Cluster Autoscaler reads it', () => {
    const { config, warnings } = read(`{"cluster_id": "${ID}", "token": "ABC"}`);
    assert.equal(config.clusterId, ID);
    assert.equal(config.token.reveal(), 'ABC');
    assert.equal(config.apiUrl, 'https://api.vultr.com');
    assert.deepEqual(warnings, []);
  });

  it('is INI with comments, quotes and either spelling', () => {
    const text = `\uFEFF; our cluster\r\n[Global]\r\ncluster-id = ${ID} ; production\r\n  token="a;b#\\"c" # secret\r\napi_url: http://127.0.0.1:8080/\r\n`;
    const { config } = read(text);
    assert.equal(config.clusterId, ID);
    assert.equal(config.token.reveal(), 'a;b#"c');
    assert.equal(config.apiUrl, 'http://127.0.0.1:8080');
  });

  it('may do without a section', () => {
    assert.equal(read(`cluster_id=${ID}\ntoken=a#b\n`).config.token.reveal(), 'a#b', 'a # inside a word is no comment');
  });

  it('is completed from the environment', () => {
    const { config } = read(`{"cluster_id": "${ID}"}`, { VULTR_API_KEY: 'KEY', VULTR_CLUSTER_ID: 'other' });
    assert.equal(config.token.reveal(), 'KEY');
    assert.equal(config.clusterId, ID);
    assert.equal(read(undefined, { VULTR_API_KEY: 'KEY\n', VULTR_CLUSTER_ID: ID }).config.token.reveal(), 'KEY');
  });

  it('warns of an unknown key and section, with the nearest known one', () => {
    const { warnings } = read(`{"cluster_id": "${ID}", "token": "ABC", "clusterid": "x"}`);
    assert.match(warnings[0]?.message ?? '', /Unknown key "clusterid".*did you mean "cluster_id"/);
    const ini = read(`[global]\ncluster_id=${ID}\ntoken=ABC\n[globl]\nx=1\n`);
    assert.match(ini.warnings[0]?.message ?? '', /Section \[globl\] in line 5.*did you mean "global"/);
  });

  it('warns of an address that would send the token unencrypted, except on this machine', () => {
    assert.deepEqual(
      ['http://vultr.example', 'http://127.0.0.1:8080', 'https://vultr.example'].map(warningsAt),
      [1, 0, 0],
    );
  });

  it('names every field that is missing and what to put there', () => {
    const all = problems(undefined);
    assert.equal(all.length, 2);
    assert.match(all[0] ?? '', /^cluster_id: "cluster_id" is missing\..*VULTR_CLUSTER_ID/);
    assert.match(all[1] ?? '', /^token: "token" is missing\..*VULTR_API_KEY/);
  });

  it('names a value that cannot be right', () => {
    assert.match(problems(`{"cluster_id": "my-cluster", "token": "ABC"}`)[0] ?? '', /"my-cluster".*UUID/);
    assert.match(problems(`{"cluster_id": 7, "token": "ABC"}`)[0] ?? '', /"cluster_id".*text in quotes/);
    assert.match(problems(`{"cluster_id": "${ID}", "token": "A", "api_url": "ftp://x"}`)[0] ?? '', /"api_url"/);
    assert.match(problems('')[0] ?? '', /empty/);
  });

  it('names the line that cannot be read', () => {
    assert.match(problems(`[global]\ncluster_id\n`)[0] ?? '', /Line 2.*`key = value`/);
    assert.match(problems(`[global\n`)[0] ?? '', /Line 1.*\[section\]/);
    assert.match(problems(`token = "abc\n`)[0] ?? '', /Line 1.*quote/);
  });

  it('never quotes the token, however it is misread (I9)', () => {
    const token = 'SECRETTOKEN';
    const texts = [
      `{"cluster_id": "x", "token": "${token}"}`,
      `{"cluster_id": "x", "token": "${token}"`,
      `{"cluster_id": "${ID}", "token": ["${token}"]}`,
      `{"cluster_id": "${ID}", "token": "${token} ${token}"}`,
      `token = "${token}\n`,
      `token ${token}\n`,
    ];
    for (const text of texts) assert.ok(!problems(text).join().includes(token), text);
    const { config } = read(`{"cluster_id": "${ID}", "token": "${token}"}`);
    assert.ok(!`${JSON.stringify(config)} ${inspect(config)} ${String(config.token)}`.includes(token));
  });
});
