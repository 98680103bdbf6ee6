import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ClusterEvent } from '../cluster/facts.ts';
import type { PersistentVolumeFacts } from '../cluster/storage-facts.ts';
import { Interner } from './intern.ts';
import { WATCHED_KINDS, type WatchedKindName } from './watched-kind.ts';

type Json = Readonly<Record<string, unknown>>;

function eventOf(kind: WatchedKindName, name: string, object: Json & { readonly metadata?: Json }): ClusterEvent {
  const found = WATCHED_KINDS.find((candidate) => candidate.name === kind) ?? assert.fail(kind);
  const metadata = { name, uid: `uid-${name}`, resourceVersion: '1', ...object.metadata };
  const decoded = found.decodeJson({ ...object, metadata }, new Interner());
  return decoded.ok ? decoded.value.event : assert.fail(decoded.error.reason);
}

test('a bound claim: its volume, class, size, modes and that the binding is complete', () => {
  assert.deepEqual(
    eventOf('persistentvolumeclaims', 'data', {
      metadata: {
        namespace: 'shop',
        annotations: { 'pv.kubernetes.io/bind-completed': 'yes', 'volume.kubernetes.io/selected-node': 'n1' },
        ownerReferences: [{ kind: 'Pod', name: 'p', uid: 'uid-p', controller: true }],
      },
      spec: {
        volumeName: 'pv-1',
        storageClassName: 'block',
        accessModes: ['ReadWriteOnce'],
        resources: { requests: { storage: '1.5Gi' } },
      },
      status: { phase: 'Bound' },
    }),
    {
      kind: 'claim',
      claim: {
        namespace: 'shop',
        name: 'data',
        uid: 'uid-data',
        volumeName: 'pv-1',
        bindCompleted: true,
        selectedNode: 'n1',
        storageClassName: 'block',
        attributesClassName: '',
        accessModes: ['ReadWriteOnce'],
        volumeMode: 'Filesystem',
        requestedBytes: 1.5 * 2 ** 30,
        selector: undefined,
        phase: 'Bound',
        deleting: false,
        controllerUid: 'uid-p',
      },
    },
  );
});

test('the older class annotation goes before the field, and a size that is none is unknown', () => {
  const event = eventOf('persistentvolumeclaims', 'old', {
    metadata: { namespace: 'a', annotations: { 'volume.beta.kubernetes.io/storage-class': 'older' } },
    spec: { storageClassName: 'newer', resources: { requests: { storage: 'much' } } },
  });
  assert.ok(event.kind === 'claim');
  assert.deepEqual([event.claim.storageClassName, event.claim.requestedBytes], ['older', undefined]);
});

function volume(spec: Json, labels: Json = {}): PersistentVolumeFacts {
  const event = eventOf('persistentvolumes', 'pv', { metadata: { labels }, spec });
  return event.kind === 'volume' ? event.volume : assert.fail();
}

test('volumes: a CSI disk by its handle, an in-tree one by what the driver would call it, a local one by its nodes', () => {
  assert.deepEqual(volume({ csi: { driver: 'd', volumeHandle: 'h' } }).disk, {
    driver: 'd',
    handle: 'h',
    migratedFrom: '',
  });
  assert.deepEqual(volume({ awsElasticBlockStore: { volumeID: 'aws://eu-1a/vol-1' } }).disk, {
    driver: 'ebs.csi.aws.com',
    handle: 'vol-1',
    migratedFrom: 'kubernetes.io/aws-ebs',
  });
  const zone = { 'topology.kubernetes.io/zone': 'z1' };
  assert.equal(
    volume({ gcePersistentDisk: { pdName: 'pd' } }, zone).disk?.handle,
    'projects/UNSPECIFIED/zones/z1/disks/pd',
  );
  const matchExpressions = [{ key: 'kubernetes.io/hostname', operator: 'In', values: ['n1'] }];
  const local = volume({
    local: { path: '/x' },
    nodeAffinity: { required: { nodeSelectorTerms: [{ matchExpressions }] } },
  });
  assert.deepEqual([local.disk, local.nodeAffinity], [undefined, [{ matchExpressions, matchFields: [] }]]);
});

test('classes, drivers, nodes, capacities and attachments', () => {
  assert.deepEqual(
    eventOf('storageclasses', 'late', {
      provisioner: 'block.csi.vultr.com',
      volumeBindingMode: 'WaitForFirstConsumer',
      allowedTopologies: [{ matchLabelExpressions: [{ key: 'zone', values: ['z1'] }] }],
    }),
    {
      kind: 'storage-class',
      storageClass: {
        name: 'late',
        uid: 'uid-late',
        provisioner: 'block.csi.vultr.com',
        waitsForConsumer: true,
        allowedTopologies: [[{ key: 'zone', values: ['z1'] }]],
      },
    },
  );
  assert.deepEqual(
    eventOf('csinodes', 'n1', {
      metadata: { annotations: { 'storage.alpha.kubernetes.io/migrated-plugins': 'kubernetes.io/a,kubernetes.io/b' } },
      spec: { drivers: [{ name: 'block.csi.vultr.com', allocatable: { count: 11 } }, { name: 'nfs' }] },
    }),
    {
      kind: 'csi-node',
      csiNode: {
        name: 'n1',
        uid: 'uid-n1',
        drivers: new Map([
          ['block.csi.vultr.com', 11],
          ['nfs', undefined],
        ]),
        migratedPlugins: ['kubernetes.io/a', 'kubernetes.io/b'],
      },
    },
  );
  const largest = (amounts: Json): number | undefined => {
    const event = eventOf('csistoragecapacities', 'c', { metadata: { namespace: 'a' }, ...amounts });
    return event.kind === 'storage-capacity' ? event.storageCapacity.largestBytes : assert.fail();
  };
  assert.deepEqual(
    [largest({ capacity: '9Gi', maximumVolumeSize: '1Gi' }), largest({ capacity: '9Gi' }), largest({})],
    [2 ** 30, 9 * 2 ** 30, undefined],
  );
  assert.deepEqual(
    eventOf('volumeattachments', 'va', {
      spec: { attacher: 'd', nodeName: 'n1', source: { persistentVolumeName: 'pv' } },
    }),
    {
      kind: 'volume-attachment',
      volumeAttachment: { name: 'va', uid: 'uid-va', attacher: 'd', nodeName: 'n1', volumeName: 'pv' },
    },
  );
  assert.deepEqual(eventOf('deviceclasses', 'gpu', { spec: { extendedResourceName: 'example.com/gpu' } }), {
    kind: 'device-class',
    deviceClass: { name: 'gpu', uid: 'uid-gpu', extendedResourceName: 'example.com/gpu' },
  });
});
