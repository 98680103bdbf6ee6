/** Cases about the claims and disks that a pod names, before any node is looked at or beside other pods. */
import { claim, node, pod, running, storageClass, uses, volume, type ApiObject, type Json } from './objects.ts';
import { FITS, forGood, forNow, type Sketch } from './outcomes.ts';

const BLOCK = 'block.example.com';
const DISK_IN_USE = forNow('VolumeRestrictions', 'node(s) had no available disk');

const claiming = (name: string, claimName: string): ApiObject => pod(name, { spec: uses(claimName) });
const disk = (name: string, source: Json): ApiObject => pod(name, { spec: { volumes: [{ name: 'disk', ...source }] } });
const pd = (readOnly: boolean): Json => ({ gcePersistentDisk: { pdName: 'pd-1', readOnly } });
const rbd = (...monitors: readonly string[]): Json => ({ rbd: { monitors, pool: 'rbd', image: 'img' } });

function owned(name: string, podName: string, more: Parameters<typeof claim>[2] = {}): ApiObject {
  const made = claim(name, 'late', more);
  const { metadata } = made;
  const owner = { apiVersion: 'v1', kind: 'Pod', name: podName, uid: `uid-${podName}`, controller: true };
  return { ...made, metadata: { ...metadata, ownerReferences: [owner] } };
}

const ephemeral = (name: string): ApiObject =>
  pod(name, { spec: { volumes: [{ name: 'scratch', ephemeral: { volumeClaimTemplate: { spec: {} } } }] } });

export const CLAIM_CASES: readonly Sketch[] = [
  {
    id: 'claim-missing',
    why: 'A claim that is not there turns the pod away before any node; the plugin that is asked first says so.',
    objects: { nodes: [node('a')] },
    asked: [
      {
        pod: claiming('lost', 'data'),
        whole: forGood('VolumeRestrictions', 'persistentvolumeclaim "data" not found'),
      },
    ],
  },
  {
    id: 'read-write-once-pod',
    why: 'A ReadWriteOncePod claim that a pod has, anywhere, keeps every other pod off every node.',
    objects: {
      nodes: [node('a'), node('b')],
      pods: [running('a', 'owner', { spec: uses('only') })],
      storageClasses: [storageClass('late', BLOCK)],
      persistentVolumeClaims: [claim('only', 'late', { volumeName: 'v', modes: ['ReadWriteOncePod'] })],
      persistentVolumes: [volume('v', 'late', { claimName: 'only', driver: BLOCK })],
    },
    asked: [{ pod: claiming('second', 'only'), on: { a: inUse(), b: inUse() } }],
  },
  {
    id: 'in-tree-disks',
    why: 'A disk is attached once to a node, unless both pods only read it.',
    objects: {
      nodes: [node('a'), node('b')],
      pods: [running('a', 'reader', { spec: { volumes: [{ name: 'disk', ...pd(true) }] } })],
    },
    asked: [
      { pod: disk('reads', pd(true)), on: { a: FITS, b: FITS } },
      { pod: disk('writes', pd(false)), on: { a: DISK_IN_USE, b: FITS } },
    ],
    sequence: ['a', 'b'],
  },
  {
    id: 'ebs-and-rbd',
    why: 'An EBS volume clashes even when both read it; an RBD image does where any monitor is shared.',
    objects: {
      nodes: [node('a')],
      pods: [
        running('a', 'ebs', {
          spec: { volumes: [{ name: 'd', awsElasticBlockStore: { volumeID: 'vol-1', readOnly: true } }] },
        }),
        running('a', 'rbd', { spec: { volumes: [{ name: 'd', ...rbd('m1', 'm2') }] } }),
      ],
    },
    asked: [
      {
        pod: disk('same-ebs', { awsElasticBlockStore: { volumeID: 'vol-1', readOnly: true } }),
        on: { a: DISK_IN_USE },
      },
      { pod: disk('same-rbd', rbd('m3', 'm2')), on: { a: DISK_IN_USE } },
      { pod: disk('other-rbd', rbd('m3')), on: { a: FITS } },
    ],
  },
  {
    id: 'unbound-immediate',
    why: 'A claim whose class binds at once has to be bound before its pod is looked at.',
    objects: {
      nodes: [node('a')],
      storageClasses: [storageClass('now', BLOCK, { volumeBindingMode: 'Immediate' })],
      persistentVolumeClaims: [claim('data', 'now')],
    },
    asked: [
      {
        pod: claiming('early', 'data'),
        whole: forGood('VolumeBinding', 'pod has unbound immediate PersistentVolumeClaims'),
      },
    ],
  },
  {
    id: 'claim-states',
    why: 'A lost claim, one whose volume was deleted, and one that is being deleted each say so.',
    objects: {
      nodes: [node('a')],
      storageClasses: [storageClass('late', BLOCK)],
      persistentVolumeClaims: [
        claim('lost', 'late', { volumeName: 'gone', phase: 'Lost' }),
        claim('dangling', 'late', { volumeName: 'gone' }),
        leaving(claim('leaving', 'late')),
      ],
    },
    asked: [
      {
        pod: claiming('p1', 'lost'),
        whole: forGood('VolumeBinding', 'persistentvolumeclaim "lost" bound to non-existent persistentvolume "gone"'),
      },
      { pod: claiming('p2', 'dangling'), whole: forGood('VolumeZone', 'persistentvolume "gone" not found') },
      {
        pod: claiming('p3', 'leaving'),
        whole: forGood('VolumeBinding', 'persistentvolumeclaim "leaving" is being deleted'),
      },
    ],
  },
  {
    id: 'ephemeral',
    why: 'The claim of an ephemeral volume is made by its controller, for that very pod.',
    objects: {
      nodes: [node('a')],
      storageClasses: [storageClass('late', BLOCK)],
      persistentVolumeClaims: [
        owned('mine-scratch', 'mine'),
        owned('bereft-scratch', 'bereft', { volumeName: 'gone' }),
        claim('theirs-scratch', 'late'),
      ],
    },
    asked: [
      { pod: ephemeral('mine'), on: { a: FITS } },
      {
        pod: ephemeral('bereft'),
        on: {
          a: forGood('VolumeBinding', 'node(s) unavailable due to one or more pvc(s) bound to non-existent pv(s)'),
        },
      },
      {
        pod: ephemeral('early'),
        whole: forGood(
          'VolumeBinding',
          'waiting for ephemeral volume controller to create the persistentvolumeclaim "early-scratch"',
        ),
      },
      {
        pod: ephemeral('theirs'),
        whole: forGood(
          'VolumeBinding',
          'PVC default/theirs-scratch was not created for pod default/theirs (pod is not owner)',
        ),
      },
    ],
  },
];

function inUse(): ReturnType<typeof forNow> {
  return forNow(
    'VolumeRestrictions',
    'node(s) unavailable due to PersistentVolumeClaim with ReadWriteOncePod access mode already in-use by another pod',
  );
}

function leaving(object: ApiObject): ApiObject {
  const { metadata } = object;
  return { ...object, metadata: { ...metadata, deletionTimestamp: '2026-01-05T09:01:00Z' } };
}
