/** Which pods a plugin has to be asked about at all: a plain one asks for a place and for amounts, and that is it. */
import assert from 'node:assert/strict';
import { it } from 'node:test';
import type { PodFacts, PodSpecFacts, ResourceList, VolumeFacts } from '../cluster/facts.ts';
import { aCluster, aNode, anAffinityTerm, aPod, aSpec, aSpread } from '../cluster/fixtures.test-support.ts';
import { concernedAsWhole } from './pod-filters.ts';
import { concerned } from './runner.ts';

const web = { labels: { app: 'web' } };
const TMP: VolumeFacts = { kind: 'emptyDir', name: 'tmp', medium: '' };
const TERMS = [anAffinityTerm(web.labels)];

function plugins(pod: PodFacts, running: readonly PodFacts[] = []): string[] {
  const cluster = aCluster({
    nodes: [aNode({ name: 'n' })],
    pods: running.map((other) => ({ ...other, nodeName: 'n' })),
  });
  return concerned(cluster, pod).map(({ name }) => name);
}

function besidesAmounts(spec: Partial<PodSpecFacts>): string[] {
  return plugins(aPod({ ...web, spec })).filter((name) => name !== 'NodeResourcesFit');
}

it('a plain pod concerns the plugin of amounts alone, however many pods it is among', () => {
  const others = [aPod({ name: 'other', ...web }), aPod({ name: 'near', spec: { requiredPodAffinity: TERMS } })];
  assert.deepEqual(plugins(aPod(web), others), ['NodeResourcesFit']);
});

it('each thing that a pod asks for concerns its own plugin', () => {
  assert.deepEqual(besidesAmounts({ hostPorts: [{ hostIP: '0.0.0.0', protocol: 'TCP', port: 80 }] }), ['NodePorts']);
  assert.deepEqual(besidesAmounts({ requiredFeatures: ['A'] }), ['NodeDeclaredFeatures']);
  assert.deepEqual(besidesAmounts({ topologySpread: [aSpread(web.labels)] }), ['PodTopologySpread']);
  assert.deepEqual(besidesAmounts({ requiredPodAffinity: TERMS }), ['InterPodAffinity']);
  assert.deepEqual(besidesAmounts({ requiredPodAntiAffinity: TERMS }), ['InterPodAffinity']);
  const ofClaims = ['NodeVolumeLimits', 'VolumeBinding', 'VolumeZone'];
  const data: VolumeFacts = { kind: 'claim', name: 'data', claimName: 'data', readOnly: false };
  assert.deepEqual(besidesAmounts({ volumes: [TMP] }), []);
  assert.deepEqual(besidesAmounts({ volumes: [TMP, data] }), ['VolumeRestrictions', ...ofClaims]);
  assert.deepEqual(besidesAmounts({ volumes: [TMP, { kind: 'ephemeral', name: 'scratch' }] }), ofClaims);
  assert.deepEqual(besidesAmounts({ volumes: [TMP, { kind: 'inline', name: 'nfs', source: 'nfs' }] }), [
    'VolumeRestrictions',
    'NodeVolumeLimits',
  ]);
});

it('a plain pod that others want away concerns affinity, too', () => {
  const guard = aPod({ name: 'guard', spec: { requiredPodAntiAffinity: TERMS } });
  assert.deepEqual(plugins(aPod(web), [guard]), ['NodeResourcesFit', 'InterPodAffinity']);
  assert.deepEqual(plugins(aPod({ labels: { app: 'db' } }), [guard]), ['NodeResourcesFit']);
});

/** The filters that are asked about a pod as a whole, where it also asks for cpu, as most do. */
function asWhole(rest: Partial<PodSpecFacts>, requests: ResourceList = {}): string[] {
  const spec = aSpec({ cpu: 100, memory: 1, ...requests }, rest);
  return concernedAsWhole(aCluster({}), spec).map(({ name }) => name);
}

it('a plain pod concerns no filter as a whole', () => {
  assert.deepEqual(asWhole({}), []);
  assert.deepEqual(asWhole({ volumes: [TMP] }), []);
  assert.deepEqual(asWhole({ requiredNodeAffinity: [{ matchExpressions: [], matchFields: [] }] }), []);
});

it('each thing that may turn a pod away as a whole concerns its own filter', () => {
  assert.deepEqual(asWhole({ problem: 'no quantity' }), ['Validation']);
  assert.deepEqual(asWhole({ schedulingGates: ['wait'] }), ['SchedulingGates']);
  assert.deepEqual(asWhole({ resourceClaims: ['gpu'] }), ['DynamicResources']);
  assert.deepEqual(asWhole({}, { 'example.com/gpu': 1 }), ['DynamicResources']);
  const byName = { key: 'metadata.name', operator: 'In', values: ['n'] };
  const pinned = [{ matchExpressions: [], matchFields: [byName] }];
  assert.deepEqual(asWhole({ requiredNodeAffinity: pinned }), ['NodeAffinity']);
  const scratch: VolumeFacts = { kind: 'ephemeral', name: 'scratch' };
  assert.deepEqual(asWhole({ volumes: [TMP, scratch] }), ['VolumeRestrictions', 'VolumeBinding', 'VolumeZone']);
});
