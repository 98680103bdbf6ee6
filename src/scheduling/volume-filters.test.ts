/** What the volume plugins have against a pod, as a whole and on a node; which volumes a claim finds is volume-plan.test.ts. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Labels, PodFacts, VolumeFacts } from '../cluster/facts.ts';
import { aCluster, aNode, aPod } from '../cluster/fixtures.test-support.ts';
import type { PersistentVolumeClaimFacts, PersistentVolumeFacts } from '../cluster/storage-facts.ts';
import type { StorageSketch } from '../cluster/storage-fixtures.test-support.ts';
import { aClaim, aStorageClass, aVolume, withStorage } from '../cluster/storage-fixtures.test-support.ts';
import { hasCountableVolumes } from './node-volume-limits.ts';
import { claimsOf, existingClaims } from './pod-claims.ts';
import { checkFit, fits } from './runner.ts';
import { inShort } from './verdicts.test-support.ts';

const TMP: VolumeFacts = { kind: 'emptyDir', name: 'tmp', medium: '' };
const SCRATCH: VolumeFacts = { kind: 'ephemeral', name: 'scratch' };

function claim(claimName: string): VolumeFacts {
  return { kind: 'claim', name: claimName, claimName, readOnly: false };
}

function using(...volumes: readonly VolumeFacts[]): PodFacts {
  return aPod({ name: 'new', spec: { volumes } });
}

/** The verdict on the only node, which has these labels and runs these pods. */
function verdict(
  pod: PodFacts,
  storage: StorageSketch,
  on: { readonly labels?: Labels; readonly running?: readonly PodFacts[] } = {},
): string {
  const node = aNode({ name: 'n', labels: on.labels ?? {} });
  const running = (on.running ?? []).map((other, index) => ({
    ...other,
    name: `r${index}`,
    uid: `r${index}`,
    nodeName: 'n',
  }));
  const cluster = withStorage(aCluster({ nodes: [node], pods: running }), storage);
  const slot = cluster.slotOf('n') ?? -1;
  const checked = checkFit(cluster, pod, slot);
  assert.equal(fits(cluster, pod, slot), checked.fits);
  return inShort(checked);
}

const disk = (source: string, id: string, rest: { readOnly?: boolean; monitors?: string[] } = {}): VolumeFacts => ({
  kind: 'inline',
  name: 'd',
  source,
  disk: { id, readOnly: false, monitors: [], ...rest },
});

const besides = (wanted: VolumeFacts, ...used: readonly VolumeFacts[]): string =>
  verdict(using(TMP, wanted), {}, { running: [using(TMP, ...used)] });

const between = (volume: Labels, labels: Labels): string =>
  verdict(
    using(TMP, claim('data')),
    {
      claims: [aClaim('data', { volumeName: 'v', bindCompleted: true })],
      volumes: [aVolume('v', { labels: volume })],
    },
    { labels },
  );

describe('a claim', () => {
  const classes = [aStorageClass('local'), aStorageClass('now', { waitsForConsumer: false })];
  const UNBOUND = 'VolumeBinding!: pod has unbound immediate PersistentVolumeClaims';
  const free = [aVolume('v')];
  const on = (rest: Partial<PersistentVolumeClaimFacts>, volumes: readonly PersistentVolumeFacts[] = free): string =>
    verdict(using(TMP, claim('data')), { classes, volumes, claims: [aClaim('data', rest)] });

  it('has to be there', () => {
    assert.equal(
      verdict(using(claim('data')), { classes }),
      'VolumeRestrictions!: persistentvolumeclaim "data" not found',
    );
    assert.equal(verdict(using(TMP), {}), 'fits', 'other volumes need none');
    const pod = using(TMP, claim('gone'), claim('data'), SCRATCH);
    const { storage } = withStorage(aCluster({}), { claims: [aClaim('data')] });
    assert.deepEqual(
      claimsOf(pod, storage).map(({ name, ephemeral, claim: found }) => [name, ephemeral, found?.name]),
      [
        ['gone', false, undefined],
        ['data', false, 'data'],
        ['new-scratch', true, undefined],
      ],
    );
    assert.deepEqual(
      existingClaims(pod, storage).map(({ name }) => name),
      ['data'],
    );
    assert.deepEqual(existingClaims(using(), storage), []);
  });

  it('has to be alive, with its volume', () => {
    assert.equal(
      on({ phase: 'Lost', volumeName: 'v' }),
      'VolumeBinding!: persistentvolumeclaim "data" bound to non-existent persistentvolume "v"',
    );
    assert.equal(on({ deleting: true }), 'VolumeBinding!: persistentvolumeclaim "data" is being deleted');
    assert.equal(on({ volumeName: 'gone', bindCompleted: true }), 'VolumeZone!: persistentvolume "gone" not found');
  });

  it('KS-27 has to be bound, unless its class waits for the pod', () => {
    assert.equal(on({ volumeName: 'v', bindCompleted: true, storageClassName: 'now' }), 'fits');
    assert.equal(on({}), 'fits', 'it can be bound to v');
    assert.equal(on({ storageClassName: 'now' }), UNBOUND);
    assert.equal(on({ storageClassName: 'no such class' }), UNBOUND);
    assert.equal(on({ storageClassName: 'now', bindCompleted: true }), UNBOUND, 'bound to nothing');
    assert.equal(on({ storageClassName: 'now', volumeName: 'v' }), UNBOUND, 'not yet for good');
    assert.equal(on({ volumeName: 'v' }), UNBOUND, 'waiting is over once a volume is named');
  });

  it('of an ephemeral volume has to be made for the pod, by name and by owner', () => {
    const pod = using(SCRATCH);
    const owned = (controllerUid: string, of = pod): string =>
      verdict(of, { classes, volumes: free, claims: [aClaim('new-scratch', { controllerUid })] });
    assert.equal(
      verdict(pod, { classes }),
      'VolumeBinding!: waiting for ephemeral volume controller to create the persistentvolumeclaim "new-scratch"',
    );
    assert.equal(owned(pod.uid), 'fits');
    const notOwner = 'VolumeBinding!: PVC default/new-scratch was not created for pod default/new (pod is not owner)';
    assert.equal(owned('another'), notOwner);
    assert.equal(owned(''), notOwner);
    assert.equal(owned('', { ...pod, uid: '' }), notOwner, 'a pod that is not there yet owns nothing');
  });

  it('that one pod alone may have is in use while another pod has it', () => {
    const once = (rest: Partial<PersistentVolumeClaimFacts> = {}): StorageSketch => ({
      classes,
      volumes: free,
      claims: [aClaim('data', { accessModes: ['ReadWriteOnce', 'ReadWriteOncePod'], ...rest }), aClaim('other')],
    });
    const sketch = once({ volumeName: 'v', bindCompleted: true });
    const IN_USE =
      'VolumeRestrictions: node(s) unavailable due to PersistentVolumeClaim with ReadWriteOncePod access mode already in-use by another pod';
    const running = [using(TMP, claim('data'))];
    assert.equal(verdict(using(TMP, claim('data')), sketch, { running }), IN_USE);
    assert.equal(verdict(using(claim('data')), sketch), 'fits');
    assert.equal(
      verdict(using(claim('data')), once({ ...sketch.claims?.[0], accessModes: ['ReadWriteOnce'] }), { running }),
      'fits',
    );
    const elsewhere = { ...aPod({ namespace: 'other', spec: { volumes: [claim('data')] } }) };
    assert.equal(verdict(using(claim('data')), sketch, { running: [elsewhere] }), 'fits');
    const without = withStorage(aCluster({ nodes: [aNode({ name: 'n' })] }), { classes });
    without.apply({ kind: 'pod', pod: { ...using(claim('gone')), name: 'old', uid: 'old', nodeName: 'n' } });
    assert.equal(checkFit(without, using(claim('gone')), 0).fits, false, 'a claim that is in use and is no more');
  });
});

describe('an in-tree disk', () => {
  const BUSY = 'VolumeRestrictions: node(s) had no available disk';

  it('KS-23 is attached once, unless all of its users only read, where its kind allows that', () => {
    for (const [source, readersShare] of [
      ['awsElasticBlockStore', false],
      ['gcePersistentDisk', true],
      ['iscsi', true],
      ['rbd', true],
    ] as const) {
      const at = (readOnly: boolean): VolumeFacts => disk(source, 'x', { readOnly, monitors: ['m1', 'm2'] });
      assert.equal(besides(at(false), at(false)), BUSY, source);
      assert.equal(besides(at(true), at(false)), BUSY, source);
      assert.equal(besides(at(false), at(true)), BUSY, source);
      assert.equal(besides(at(true), at(true)), readersShare ? 'fits' : BUSY, source);
      assert.equal(besides(at(false), disk(source, 'y', { monitors: ['m1'] })), 'fits', source);
      assert.equal(besides(at(false), disk(source, 'y', { monitors: ['m1'] }), at(false)), BUSY, 'among others');
    }
  });

  it('is the same only of the same kind, and with RBD on the same monitor', () => {
    assert.equal(besides(disk('iscsi', 'x'), disk('gcePersistentDisk', 'x')), 'fits');
    assert.equal(besides(disk('rbd', 'x', { monitors: ['m1'] }), disk('rbd', 'x', { monitors: ['m2'] })), 'fits');
    assert.equal(besides(disk('rbd', 'x', { monitors: ['m1'] }), disk('rbd', 'x', { monitors: ['m2', 'm1'] })), BUSY);
    assert.equal(besides(disk('nfs', 'x'), disk('nfs', 'x')), 'fits', 'a kind that is not compared');
    const unnamed: VolumeFacts = { kind: 'inline', name: 'c', source: 'csi' };
    assert.equal(besides(unnamed, unnamed), 'fits');
    assert.equal(besides({ ...unnamed, source: 'iscsi' }, { ...unnamed, source: 'iscsi' }), 'fits', 'no disk is named');
    assert.equal(besides(disk('iscsi', 'x'), unnamed), 'fits');
  });
});

describe('the zone of a bound volume', () => {
  const ELSEWHERE = 'VolumeZone!: node(s) had no available volume zone';
  const ZONE = 'topology.kubernetes.io/zone';
  const REGION = 'topology.kubernetes.io/region';
  const OLD_ZONE = 'failure-domain.beta.kubernetes.io/zone';
  const OLD_REGION = 'failure-domain.beta.kubernetes.io/region';

  it('KS-33 has to be the node’s, be they labelled the old or the new way', () => {
    for (const [key, newKey] of [
      [ZONE, ZONE],
      [REGION, REGION],
      [OLD_ZONE, ZONE],
      [OLD_REGION, REGION],
    ] as const) {
      assert.equal(between({ [key]: 'a' }, { [key]: 'a' }), 'fits', key);
      assert.equal(between({ [key]: 'a' }, { [key]: 'b' }), ELSEWHERE, key);
      assert.equal(between({ [key]: 'a' }, { [newKey]: 'a' }), 'fits', key);
      assert.equal(between({ [key]: 'a' }, { [newKey]: 'b' }), ELSEWHERE, key);
      assert.equal(between({ [key]: 'a' }, { [key]: 'a', [newKey]: key === newKey ? 'a' : 'b' }), 'fits', key);
      assert.equal(between({ [key]: 'b__a' }, { [key]: 'a' }), 'fits', 'in several zones');
      assert.equal(between({ [key]: 'b____c' }, { [key]: 'a' }), 'fits', 'a list that makes no sense says nothing');
      assert.equal(between({}, { [key]: 'a' }), 'fits');
    }
    assert.equal(
      between({ [ZONE]: 'a' }, { [OLD_ZONE]: 'a' }),
      ELSEWHERE,
      'the new label is not looked for by the old',
    );
    assert.equal(between({ [ZONE]: 'a' }, { [REGION]: 'a' }), ELSEWHERE);
  });

  it('KS-33 is no matter on a node without any such label', () => {
    assert.equal(between({ [ZONE]: 'a' }, { pool: 'a' }), 'fits');
  });

  it('is said with the label', () => {
    const cluster = withStorage(aCluster({ nodes: [aNode({ name: 'n', labels: { [ZONE]: 'b' } })] }), {
      claims: [aClaim('data', { volumeName: 'v', bindCompleted: true })],
      volumes: [aVolume('v', { labels: { [ZONE]: 'a' } })],
    });
    const said = checkFit(cluster, using(claim('data')), 0);
    assert.deepEqual(said.fits || said.reasons, [{ code: 'VolumeInAnotherZone', volume: 'v', label: `${ZONE}=a` }]);
  });

  it('is not asked of ephemeral volumes, nor of claims without a volume', () => {
    const labels = { [ZONE]: 'b' };
    const volumes = [aVolume('v', { labels: { [ZONE]: 'a' } })];
    const pod = using(SCRATCH);
    const own = aClaim('new-scratch', { volumeName: 'v', bindCompleted: true, controllerUid: pod.uid });
    assert.equal(verdict(pod, { claims: [own], volumes }, { labels }), 'fits');
    const classes = [aStorageClass('local')];
    assert.equal(verdict(using(claim('data')), { classes, claims: [aClaim('data')], volumes }, { labels }), 'fits');
  });
});

describe('volumes that are counted', () => {
  it('are claims and inline ones', () => {
    assert.equal(hasCountableVolumes(using(TMP, { kind: 'hostPath', name: 'h' })), false);
    for (const volume of [claim('data'), SCRATCH, { kind: 'inline', name: 'i', source: 'csi' } as const]) {
      assert.equal(hasCountableVolumes(using(TMP, volume)), true);
    }
  });

  it('are no matter for a driver without a limit, whatever the limits of others', () => {
    const drivers = new Map<string, number | undefined>([
      ['csi', undefined],
      ['full', 0],
    ]);
    const storage: StorageSketch = {
      claims: [aClaim('data', { volumeName: 'v', bindCompleted: true })],
      volumes: [aVolume('v', { disk: { driver: 'csi', handle: 'h', migratedFrom: '' } })],
      events: [{ kind: 'csi-node', csiNode: { name: 'n', uid: 'u', drivers, migratedPlugins: [] } }],
    };
    assert.equal(verdict(using(claim('data')), storage), 'fits');
  });
});
