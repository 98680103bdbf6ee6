import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Cluster } from '../cluster/cluster.ts';
import type { NodeFacts, PodFacts, VolumeFacts } from '../cluster/facts.ts';
import { aCluster, aNode, aPod } from '../cluster/fixtures.test-support.ts';
import type { CsiNodeFacts, StorageEvent, VolumeHandle } from '../cluster/storage-facts.ts';
import { aClaim, aStorageClass, aVolume, withStorage } from '../cluster/storage-fixtures.test-support.ts';
import { nodeVolumeLimits } from './node-volume-limits.ts';

const VULTR = 'block.csi.vultr.com';
const EBS = 'ebs.csi.aws.com';

function claim(name: string): VolumeFacts {
  return { kind: 'claim', name, claimName: name, readOnly: false };
}

function using(name: string, ...volumes: readonly VolumeFacts[]): PodFacts {
  return aPod({ name, nodeName: name === 'new' ? '' : 'n', spec: { volumes } });
}

function drivers(limits: Readonly<Record<string, number | undefined>>, migratedPlugins: string[] = []): StorageEvent {
  const csiNode: CsiNodeFacts = { name: 'n', uid: 'u', drivers: new Map(Object.entries(limits)), migratedPlugins };
  return { kind: 'csi-node', csiNode };
}

function disk(driver: string, handle: string, migratedFrom = ''): VolumeHandle {
  return { driver, handle, migratedFrom };
}

/** Claims `a`, `b`, `c` are bound to volumes of the Vultr driver, each with its own; `late` awaits its own. */
function world(
  running: readonly PodFacts[],
  events: readonly StorageEvent[],
  node: NodeFacts = aNode({ name: 'n' }),
): Cluster {
  const names = ['a', 'b', 'c'];
  return withStorage(aCluster({ nodes: [node], pods: running }), {
    classes: [
      aStorageClass('block', { provisioner: VULTR }),
      aStorageClass('in-tree', { provisioner: 'kubernetes.io/aws-ebs' }),
    ],
    volumes: names.map((name) => aVolume(`v-${name}`, { disk: disk(VULTR, name) })),
    claims: [
      ...names.map((name) => aClaim(name, { volumeName: `v-${name}`, bindCompleted: true })),
      aClaim('late', { storageClassName: 'block' }),
      aClaim('late-in-tree', { storageClassName: 'in-tree' }),
    ],
    events,
  });
}

/** What the plugin has against the pod on the node. */
function against(cluster: Cluster, pod: PodFacts): unknown {
  return nodeVolumeLimits.filter(pod, cluster.slotOf('n') ?? -1, cluster)?.reasons[0];
}

function tooMany(attached: number, wanted: number, limit: number, driver = VULTR): unknown {
  return { code: 'TooManyVolumes', driver, attached, wanted, limit };
}

const ebs = (id: string): VolumeFacts => ({
  kind: 'inline',
  name: id,
  source: 'awsElasticBlockStore',
  disk: { id, readOnly: false, monitors: [] },
});

const driver = (preventPodSchedulingIfMissing: boolean): StorageEvent => ({
  kind: 'csi-driver',
  csiDriver: { name: VULTR, uid: 'u', storageCapacity: false, preventPodSchedulingIfMissing },
});

describe('how many volumes a node takes', () => {
  it('KS-26 SN-31 is up to the driver, and says how many are there', () => {
    const running = [using('old', claim('a'), { kind: 'hostPath', name: 'h' })];
    assert.equal(against(world(running, [drivers({ [VULTR]: 2 })]), using('new', claim('b'))), undefined);
    assert.deepEqual(against(world(running, [drivers({ [VULTR]: 1 })]), using('new', claim('b'))), tooMany(1, 1, 1));
    const two = using('new', claim('b'), claim('c'));
    assert.deepEqual(against(world(running, [drivers({ [VULTR]: 2 })]), two), tooMany(1, 2, 2));
    assert.equal(against(world(running, [drivers({ [VULTR]: undefined })]), two), undefined, 'no limit');
    assert.equal(against(world(running, []), two), undefined, 'nothing known of the node');
  });

  it('counts a volume once, whoever uses it, and asks nothing of a pod that brings none', () => {
    const running = [using('one', claim('a')), using('two', claim('a'))];
    const full = world(running, [drivers({ [VULTR]: 1 })]);
    assert.equal(against(full, using('new', claim('a'))), undefined);
    assert.deepEqual(against(full, using('new', claim('a'), claim('b'))), tooMany(1, 1, 1));
    const overfull = world([using('one', claim('a'), claim('b'))], [drivers({ [VULTR]: 1 })]);
    assert.equal(against(overfull, using('new', claim('a'))), undefined);
    assert.equal(against(overfull, using('new', { kind: 'emptyDir', name: 'tmp', medium: '' })), undefined);
    assert.equal(against(overfull, using('new', claim('no such claim'))), undefined);
    const mixed = using('new', claim('c'), { kind: 'emptyDir', name: 'tmp', medium: '' });
    assert.deepEqual(against(overfull, mixed), tooMany(2, 1, 1));
  });

  it('is each driver’s own, whatever others are there', () => {
    const running = [using('old', claim('a'), claim('b'))];
    const other = (limits: Readonly<Record<string, number | undefined>>): unknown => {
      const cluster = world(running, [drivers(limits)]);
      withStorage(cluster, {
        volumes: [aVolume('v-x', { disk: disk('other', 'x') })],
        claims: [aClaim('x', { volumeName: 'v-x', bindCompleted: true })],
      });
      return against(cluster, using('new', claim('x')));
    };
    assert.equal(other({ [VULTR]: 1, other: 1 }), undefined);
    assert.equal(other({ [VULTR]: undefined, other: 1 }), undefined);
    assert.deepEqual(other({ [VULTR]: undefined, other: 0 }), tooMany(0, 1, 0, 'other'));
  });

  it('includes volumes that are yet to be made, each claim one', () => {
    const full = world([using('old', claim('late'))], [drivers({ [VULTR]: 1 })]);
    assert.equal(against(full, using('new', claim('late'))), undefined, 'the same');
    assert.deepEqual(against(full, using('new', claim('a'))), tooMany(1, 1, 1));
    const lost = withStorage(world([], [drivers({ [VULTR]: 0 })]), {
      claims: [
        aClaim('lost', { storageClassName: 'block', volumeName: 'gone' }),
        aClaim('classless', { storageClassName: '' }),
        aClaim('uncounted', { volumeName: 'nfs', storageClassName: 'block' }),
      ],
      volumes: [aVolume('nfs')],
    });
    assert.deepEqual(against(lost, using('new', claim('lost'))), tooMany(0, 1, 0));
    assert.equal(against(lost, using('new', claim('classless'))), undefined);
    assert.equal(against(lost, using('new', claim('uncounted'))), undefined, 'a volume that no driver counts');
  });

  it('includes an ephemeral volume when its claim is the pod’s own', () => {
    const pod = using('new', { kind: 'ephemeral', name: 'scratch' });
    const owned = (controllerUid: string): unknown => {
      const scratch = aClaim('new-scratch', { storageClassName: 'block', controllerUid });
      return against(withStorage(world([], [drivers({ [VULTR]: 0 })]), { claims: [scratch] }), pod);
    };
    assert.deepEqual(owned(pod.uid), tooMany(0, 1, 0));
    assert.equal(owned('another'), undefined);
    assert.equal(against(world([], [drivers({ [VULTR]: 0 })]), pod), undefined, 'the claim is not there yet');
  });

  it('includes what is attached without a pod, but for in-tree volumes', () => {
    const attached = (handle: VolumeHandle | undefined): unknown => {
      const cluster = withStorage(world([], [drivers({ [VULTR]: 1 })]), {
        volumes: [aVolume('stray', { disk: handle })],
        events: [
          {
            kind: 'volume-attachment',
            volumeAttachment: { name: 'va', uid: 'u', attacher: VULTR, nodeName: 'n', volumeName: 'stray' },
          },
          {
            kind: 'volume-attachment',
            volumeAttachment: { name: 'vb', uid: 'u', attacher: VULTR, nodeName: 'n', volumeName: 'unknown' },
          },
        ],
      });
      return against(cluster, using('new', claim('a')));
    };
    assert.deepEqual(attached(disk(VULTR, 'stray')), tooMany(1, 1, 1));
    assert.equal(attached(disk(VULTR, 'a')), undefined, 'the pod’s own');
    assert.equal(attached(undefined), undefined);
    assert.equal(attached(disk(EBS, 'stray', 'kubernetes.io/aws-ebs')), undefined);
  });
});

describe('in-tree disks', () => {
  it('count for the driver that serves them now', () => {
    const full = world([using('old', ebs('vol-1'))], [drivers({ [EBS]: 1 })]);
    assert.deepEqual(against(full, using('new', ebs('vol-2'))), tooMany(1, 1, 1, EBS));
    assert.equal(against(full, using('new', ebs('vol-1'))), undefined);
    assert.deepEqual(against(full, using('new', claim('late-in-tree'))), tooMany(1, 1, 1, EBS), 'one that is made');
    const inline: VolumeFacts = { kind: 'inline', name: 'csi', source: 'csi' };
    assert.equal(against(full, using('new', inline)), undefined, 'inline CSI volumes are not attached');
  });

  it('do not count where their plugin is not migrated', () => {
    const volume = aVolume('v-px', { disk: disk('pxd.portworx.com', 'px', 'kubernetes.io/portworx-volume') });
    const px = aClaim('px', { volumeName: 'v-px', bindCompleted: true });
    const on = (plugins: string[]): unknown =>
      against(
        withStorage(world([], [drivers({ 'pxd.portworx.com': 0 }, plugins)]), { volumes: [volume], claims: [px] }),
        using('new', claim('px')),
      );
    assert.equal(on([]), undefined);
    assert.deepEqual(on(['kubernetes.io/portworx-volume']), tooMany(0, 1, 0, 'pxd.portworx.com'));
  });
});

describe('a driver that the node lacks', () => {
  it('keeps the pod away when it says so', () => {
    const missing = { code: 'DriverMissing', driver: VULTR };
    const pod = using('new', claim('a'));
    assert.deepEqual(against(world([], [driver(true), drivers({ other: 1 })]), pod), missing);
    assert.deepEqual(against(world([], [driver(true)]), pod), missing);
    assert.equal(against(world([], [driver(false), drivers({ other: 1 })]), pod), undefined);
    assert.equal(against(world([], [drivers({ other: 1 })]), pod), undefined);
    assert.equal(against(world([], [driver(true), drivers({ [VULTR]: 1 })]), pod), undefined);
  });
});

describe('a new node', () => {
  it('takes as many volumes as its provider says, where no node like it lives', () => {
    const node = aNode({ name: 'n', volumeLimits: { [VULTR]: 1 } });
    const cluster = world([using('old', claim('a'))], [], node);
    assert.deepEqual(against(cluster, using('new', claim('b'))), tooMany(1, 1, 1));
    assert.deepEqual(against(cluster, using('new', claim('c'))), tooMany(1, 1, 1), 'asked again');
    assert.equal(
      against(world([using('old', claim('a'))], [drivers({ [VULTR]: 2 })], node), using('new', claim('b'))),
      undefined,
    );
  });
});
