/** Cases about where volumes are or can be made: binding, provisioning, capacities, limits, zones. */
import {
  claim,
  csiDriver,
  csiNode,
  node,
  pod,
  running,
  storageClass,
  uses,
  volume,
  type ApiObject,
  type Json,
} from './objects.ts';
import { FITS, forGood, forNow, type Sketch } from './outcomes.ts';

const BLOCK = 'block.example.com';
const NOTHING_TO_BIND = forGood('VolumeBinding', "node(s) didn't find available persistent volumes to bind");
const TOO_MANY = forNow('NodeVolumeLimits', 'node(s) exceed max volume count');

const claiming = (name: string, claimName: string): ApiObject => pod(name, { spec: uses(claimName) });

export const VOLUME_CASES: readonly Sketch[] = [
  {
    id: 'bound-elsewhere',
    why: 'A bound volume is reached from the nodes of its affinity only.',
    objects: {
      nodes: [node('a'), node('b')],
      storageClasses: [storageClass('local', 'kubernetes.io/no-provisioner')],
      persistentVolumeClaims: [claim('data', 'local', { volumeName: 'v' })],
      persistentVolumes: [volume('v', 'local', { claimName: 'data', on: ['b'] })],
    },
    asked: [
      {
        pod: claiming('p', 'data'),
        on: { a: forGood('VolumeBinding', "node(s) didn't match PersistentVolume's node affinity"), b: FITS },
      },
    ],
  },
  {
    id: 'local-volumes',
    why: 'The smallest free volume that is large enough is taken, and is gone for the next claim.',
    objects: {
      nodes: [node('a'), node('b')],
      storageClasses: [storageClass('local', 'kubernetes.io/no-provisioner')],
      persistentVolumeClaims: [
        claim('small', 'local', { size: '4Gi' }),
        claim('large', 'local', { size: '8Gi' }),
        claim('third', 'local', { size: '4Gi' }),
      ],
      persistentVolumes: [
        volume('v-10', 'local', { size: '10Gi', on: ['a'] }),
        volume('v-5', 'local', { size: '5Gi', on: ['a'] }),
      ],
    },
    asked: [
      { pod: claiming('p1', 'small'), on: { a: FITS, b: NOTHING_TO_BIND } },
      { pod: claiming('p2', 'large'), on: { a: FITS, b: NOTHING_TO_BIND } },
      { pod: claiming('p3', 'third'), on: { a: FITS, b: NOTHING_TO_BIND } },
    ],
    sequence: ['a', 'a', null],
  },
  {
    id: 'provisioning',
    why: 'Where no volume is free one is made, if the class allows the node; a claim is then tied to the node chosen first.',
    objects: {
      nodes: [node('a', { labels: { zone: 'z1' } }), node('b', { labels: { zone: 'z2' } })],
      storageClasses: [
        storageClass('late', BLOCK),
        storageClass('zonal', BLOCK, {
          allowedTopologies: [{ matchLabelExpressions: [{ key: 'zone', values: ['z2'] }] }],
        }),
      ],
      persistentVolumeClaims: [
        claim('shared', 'late'),
        claim('zonal', 'zonal'),
        claim('chosen', 'late', { annotations: { 'volume.kubernetes.io/selected-node': 'b' } }),
      ],
    },
    asked: [
      { pod: claiming('p1', 'shared'), on: { a: FITS, b: FITS } },
      { pod: claiming('p2', 'zonal'), on: { a: NOTHING_TO_BIND, b: FITS } },
      { pod: claiming('p3', 'chosen'), on: { a: NOTHING_TO_BIND, b: FITS } },
    ],
    sequence: ['a', 'b', 'b'],
  },
  {
    id: 'storage-capacity',
    why: 'A driver that publishes its capacities is held to them: the largest volume first, where it is said.',
    objects: {
      nodes: [node('a', { labels: { zone: 'z1' } }), node('b', { labels: { zone: 'z2' } }), node('c')],
      storageClasses: [storageClass('measured', BLOCK)],
      csiDrivers: [csiDriver(BLOCK, { storageCapacity: true })],
      csiStorageCapacities: [
        capacity('c1', 'z1', { capacity: '100Gi', maximumVolumeSize: '4Gi' }),
        capacity('c2', 'z2', { capacity: '5Gi' }),
      ],
      persistentVolumeClaims: [claim('data', 'measured')],
    },
    asked: [{ pod: claiming('p', 'data'), on: { a: noStorage(), b: FITS, c: noStorage() } }],
  },
  {
    id: 'volume-limits',
    why: 'Volumes are counted, not pods: one that is attached already is free. An unbound claim counts by its class.',
    objects: {
      nodes: [node('a'), node('b')],
      pods: [running('a', 'owner', { spec: uses('one') })],
      storageClasses: [storageClass('late', BLOCK)],
      csiNodes: [csiNode('a', { [BLOCK]: 1 })],
      persistentVolumeClaims: [
        claim('one', 'late', { volumeName: 'v1' }),
        claim('two', 'late', { volumeName: 'v2' }),
        claim('new', 'late'),
      ],
      persistentVolumes: [
        volume('v1', 'late', { claimName: 'one', driver: BLOCK }),
        volume('v2', 'late', { claimName: 'two', driver: BLOCK }),
      ],
    },
    asked: [
      { pod: claiming('same', 'one'), on: { a: FITS, b: FITS } },
      { pod: claiming('other', 'two'), on: { a: TOO_MANY, b: FITS } },
      { pod: claiming('unbound', 'new'), on: { a: TOO_MANY, b: FITS } },
    ],
  },
  {
    id: 'driver-not-installed',
    why: 'A driver that says so keeps its pods off nodes where it does not run.',
    objects: {
      nodes: [node('a'), node('b')],
      storageClasses: [storageClass('late', BLOCK)],
      csiDrivers: [csiDriver(BLOCK, { preventPodSchedulingIfMissing: true })],
      csiNodes: [csiNode('a', { [BLOCK]: 9 })],
      persistentVolumeClaims: [claim('data', 'late')],
    },
    asked: [
      {
        pod: claiming('p', 'data'),
        on: { a: FITS, b: forNow('NodeVolumeLimits', `${BLOCK} CSI driver is not installed on the node`) },
      },
    ],
  },
  {
    id: 'volume-zone',
    why: 'A volume of two zones goes to either; a node without zone or region takes every volume.',
    objects: {
      nodes: [zoned('a', 'z1'), zoned('b', 'z3'), node('c')],
      storageClasses: [storageClass('late', BLOCK)],
      persistentVolumeClaims: [claim('data', 'late', { volumeName: 'v' })],
      persistentVolumes: [
        volume('v', 'late', { claimName: 'data', driver: BLOCK, labels: { 'topology.kubernetes.io/zone': 'z1__z2' } }),
      ],
    },
    asked: [
      {
        pod: claiming('p', 'data'),
        on: { a: FITS, b: forGood('VolumeZone', 'node(s) had no available volume zone'), c: FITS },
      },
    ],
  },
];

function noStorage(): ReturnType<typeof forGood> {
  return forGood('VolumeBinding', 'node(s) did not have enough free storage');
}

function zoned(name: string, zone: string): ApiObject {
  return node(name, { labels: { 'topology.kubernetes.io/zone': zone } });
}

function capacity(name: string, zone: string, amounts: Json): ApiObject {
  return {
    metadata: { name, namespace: 'default', uid: `uid-${name}` },
    storageClassName: 'measured',
    nodeTopology: { matchLabels: { zone } },
    ...amounts,
  };
}
