/**
 * The same objects as the Kubernetes API's own Go library (v0.37) encodes them in both formats: an encoder that knows
 * nothing of our reader.
 */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import type { PodFacts } from '../cluster/facts.ts';
import { statusFromJson } from './client.ts';
import { Interner } from './intern.ts';
import { isRecord } from './json-reader.ts';
import { openEnvelope, PROTOBUF_TYPE, readStatus } from './protobuf-envelope.ts';
import type { DecodeResult } from './decode-result.ts';
import { readPage } from './list-page.ts';
import { cutInto } from './testing/fake-transport.ts';
import { decodeFrame } from './watch-events.ts';
import { WATCHED_KINDS, type WatchedKindName } from './watched-kind.ts';

const recorded: unknown = JSON.parse(readFileSync(new URL('testing/recorded-wire.json', import.meta.url), 'utf8'));

function recording(name: string): { readonly json: unknown; readonly jsonBytes: Buffer; readonly protobuf: Buffer } {
  const entry = isRecord(recorded) ? recorded[name] : undefined;
  assert.ok(isRecord(entry) && typeof entry['protobuf'] === 'string');
  const jsonBytes = Buffer.from(JSON.stringify(entry['json']));
  return { json: entry['json'], jsonBytes, protobuf: Buffer.from(entry['protobuf'], 'base64') };
}

function kindOf(name: WatchedKindName) {
  return WATCHED_KINDS.find((kind) => kind.name === name) ?? assert.fail();
}

for (const name of ['pods', 'nodes'] as const) {
  test(`a page of ${name} says the same in protobuf, however it is cut, and in JSON`, async () => {
    const { protobuf, jsonBytes } = recording(name);
    const fromJson = await read(name, 'application/json', jsonBytes);
    assert.ok(fromJson.page.ok && fromJson.objects.length > 0 && fromJson.objects.every((object) => object.ok));
    for (const chunkBytes of [1, 7, 100, protobuf.length]) {
      assert.deepEqual(await read(name, PROTOBUF_TYPE, protobuf, chunkBytes), fromJson);
    }
  });
}

async function read(name: WatchedKindName, contentType: string, bytes: Buffer, chunkBytes = bytes.length) {
  const objects: DecodeResult[] = [];
  const page = await readPage(
    { contentType, body: cutInto(bytes, chunkBytes) },
    { kind: kindOf(name), interner: new Interner(), onObjects: (some) => objects.push(...some) },
  );
  return { page, objects };
}

async function firstPod(): Promise<PodFacts> {
  const { objects } = await read('pods', PROTOBUF_TYPE, recording('pods').protobuf);
  const item = objects[0];
  return item?.ok === true && item.value.event.kind === 'pod' ? item.value.event.pod : assert.fail();
}

const decode = (frame: Buffer, type: string): unknown =>
  decodeFrame(frame, type, { kind: kindOf('pods'), interner: new Interner() });

test('the facts of the recorded pod are those that went in', async () => {
  const pod = await firstPod();
  const { spec } = pod;
  // 500m asked + 100m sidecar + 10m overhead. The pod's own status speaks of memory alone, 4Gi in use, and stands for
  // what its containers' statuses say.
  assert.deepEqual({ ...spec.requests }, { cpu: 610, memory: 4 * 2 ** 30, 'nvidia.com/gpu': 1 });
  assert.equal(spec.priority, -5);
  assert.equal(spec.preemptionPolicy, 'Never');
  assert.deepEqual(
    spec.volumes.map((volume) => [volume.kind, volume.name]),
    [
      ['emptyDir', 'tmp'],
      ['claim', 'data'],
      ['inline', 'nfs'],
      ['hostPath', 'host'],
    ],
  );
  assert.deepEqual(spec.topologySpread[0]?.minDomains, 3);
  assert.deepEqual(spec.requiredPodAffinity[0]?.namespaceSelector, { requirements: [] });
  assert.equal(spec.requiredPodAntiAffinity[0]?.namespaceSelector, undefined);
  assert.deepEqual(pod.deletion, { atMs: Date.parse('2026-11-24T02:03:04Z'), graceSeconds: 30 });
  assert.equal(pod.nodeName, 'node-1');
  assert.equal(pod.ready, true);
});

for (const name of ['added', 'bookmark', 'error']) {
  test(`a watch frame (${name}) says the same in protobuf and in JSON`, () => {
    const { protobuf, jsonBytes } = recording(name);
    const fromProtobuf = decode(protobuf, PROTOBUF_TYPE);
    assert.deepEqual(fromProtobuf, decode(jsonBytes, 'application/json'));
    assert.ok(isRecord(fromProtobuf) && fromProtobuf['ok'] === true);
  });
}

test('a Status says the same in protobuf and in JSON', () => {
  const { protobuf, json } = recording('status');
  const fromProtobuf = readStatus(openEnvelope(protobuf).raw);
  assert.deepEqual(fromProtobuf, isRecord(json) ? statusFromJson(json) : undefined);
  assert.deepEqual(fromProtobuf.causes, ['DisruptionBudget']);
  assert.equal(fromProtobuf.retryAfterSeconds, 10);
});
