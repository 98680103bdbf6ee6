import assert from 'node:assert/strict';
import { test } from 'node:test';
import { aCluster, aNode, aPod } from '../cluster/fixtures.test-support.ts';
import type { PodFacts } from '../cluster/facts.ts';
import type { PersistentVolumeClaimFacts } from '../cluster/storage-facts.ts';
import { placePod } from './place.ts';
import { fits } from './runner.ts';
import { schedulerVerdict } from './scheduler-verdict.ts';
import { inShort } from './verdicts.test-support.ts';

/** The answer on one plain node, in short. */
function answer(pod: PodFacts): string {
  const cluster = aCluster({ nodes: [aNode({ name: 'n' })] });
  const verdict = schedulerVerdict(cluster, pod);
  if (verdict.kind === 'skipped') return verdict.kind;
  if (verdict.kind === 'tried') return inShort(verdict.onNode(cluster.slotOf('n') ?? -1));
  return `${verdict.kind}: ${inShort(verdict.rejection)}`;
}

/** An unbound claim of a class that waits for its pod. */
function waitingClaim(name: string): PersistentVolumeClaimFacts {
  return {
    namespace: 'default',
    name,
    uid: name,
    volumeName: '',
    bindCompleted: false,
    selectedNode: '',
    storageClassName: 'late',
    attributesClassName: '',
    accessModes: ['ReadWriteOnce'],
    volumeMode: 'Filesystem',
    requestedBytes: 1,
    selector: undefined,
    phase: 'Pending',
    deleting: false,
    controllerUid: '',
  };
}

test('a pod that is being deleted is not tried, even if it is gated', () => {
  const deletion = { atMs: 1, graceSeconds: 30 };
  assert.equal(answer(aPod({ deletion, spec: { schedulingGates: ['a'] } })), 'skipped');
});

test('a pod that names its node may go there only; what a simulation moves may go elsewhere', () => {
  const pod = aPod({ nodeName: 'other' });
  assert.equal(answer(pod), "NodeName!: node(s) didn't satisfy plugin(s) [NodeName]");
  assert.equal(answer(aPod({ nodeName: 'n' })), 'fits');
  const cluster = aCluster({ nodes: [aNode({ name: 'n' })] });
  assert.equal(fits(cluster, pod, cluster.slotOf('n') ?? -1), true);
});

test('a pod that cannot be read fits nowhere and says why, whatever else is wrong with it', () => {
  const problem = 'container web: resources.requests.cpu: "1 core" is no quantity';
  assert.equal(
    answer(aPod({ spec: { problem, resourceClaims: ['gpu'] } })),
    `pod-rejected: Validation!: invalid pod: ${problem}`,
  );
});

test('a pod that may run on no node by name is turned away before any is looked at', () => {
  const matchFields = [['n'], ['other']].map((values) => ({ key: 'metadata.name', operator: 'In', values }));
  const terms = [{ matchExpressions: [], matchFields }];
  assert.equal(
    answer(aPod({ spec: { requiredNodeAffinity: terms } })),
    'pod-rejected: NodeAffinity!: pod affinity terms conflict',
  );
});

test('an extended resource that a device class offers is not evaluated; one that none offers is an amount', () => {
  const cluster = aCluster({ nodes: [aNode({ name: 'n', resources: { 'example.com/gpu': 1 } })] });
  const pod = aPod({ cpu: 100, requests: { 'example.com/gpu': 1 } });
  const isFitting = (): boolean => fits(cluster, pod, cluster.slotOf('n') ?? -1);
  assert.equal(isFitting(), true);
  const deviceClass = { name: 'gpu', uid: 'u', extendedResourceName: 'example.com/gpu' };
  cluster.apply({ kind: 'device-class', deviceClass });
  assert.equal(isFitting(), false);
  cluster.apply({ kind: 'device-class', deviceClass: { ...deviceClass, extendedResourceName: '' } });
  assert.equal(isFitting(), true, 'the class offers it no longer');
  cluster.apply({ kind: 'device-class', deviceClass });
  cluster.apply({ kind: 'device-class-gone', name: 'gpu', uid: 'u' });
  assert.equal(isFitting(), true, 'the class is gone');
});

test('a new node has the volume limits of the one that it is modelled on, and its own volumes', () => {
  const driver = 'block.csi.vultr.com';
  const cluster = aCluster({ nodes: [aNode({ name: 'living' })] });
  cluster.apply({
    kind: 'csi-node',
    csiNode: { name: 'living', uid: 'u', drivers: new Map([[driver, 1]]), migratedPlugins: [] },
  });
  cluster.apply({
    kind: 'storage-class',
    storageClass: { name: 'late', uid: 'u', provisioner: driver, waitsForConsumer: true, allowedTopologies: [] },
  });
  const [first, second] = ['a', 'b'].map((name) => {
    cluster.apply({ kind: 'claim', claim: waitingClaim(name) });
    return aPod({ name, spec: { volumes: [{ kind: 'claim', name: 'v', claimName: name, readOnly: false }] } });
  });
  assert.ok(first !== undefined && second !== undefined);
  cluster.trial(() => {
    const living = cluster.slotOf('living') ?? -1;
    const slot = cluster.addNode(aNode({ name: 'new', modelledOn: 'living' }));
    assert.equal(fits(cluster, first, slot), true);
    placePod(cluster, first, slot);
    assert.equal(fits(cluster, second, slot), false, 'the one volume that it takes is there');
    assert.equal(fits(cluster, second, living), true);
    assert.equal(fits(cluster, first, living), false, 'its claim is tied to the new node');
  });
  assert.equal(fits(cluster, first, cluster.slotOf('living') ?? -1), true, 'nothing is left of the trial');
});
