import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Cluster } from '../cluster/cluster.ts';
import type { NodeSelectorTerm } from '../cluster/facts.ts';
import { aNode, aSelector } from '../cluster/fixtures.test-support.ts';
import type {
  PersistentVolumeClaimFacts,
  PersistentVolumeFacts,
  StorageClassFacts,
  StorageEvent,
} from '../cluster/storage-facts.ts';
import { aClaim, aStorageClass, aVolume, withStorage } from '../cluster/storage-fixtures.test-support.ts';
import type { StorageSketch } from '../cluster/storage-fixtures.test-support.ts';
import { planVolumes } from './volume-plan.ts';

const NODE = aNode({ name: 'n', labels: { zone: 'a', disk: 'ssd' } });
const NO_VOLUME = [{ code: 'NoVolumeToBind', claim: 'data' }];

/** Nothing is provisioned for `local`, a driver serves `block`. */
const CLASSES = [aStorageClass('local'), aStorageClass('block', { provisioner: 'block.csi.vultr.com' })];

/** The plan for these claims on {@link NODE}, in names: what each claim is bound to, and which are provisioned. */
function plan(
  claims: readonly PersistentVolumeClaimFacts[],
  sketch: StorageSketch,
): { reasons: readonly unknown[]; bound: Readonly<Record<string, string>>; provisioned: readonly string[] } {
  const { storage } = withStorage(new Cluster(), { classes: CLASSES, claims, ...sketch });
  const { reasons, bindings, provisions } = planVolumes(claims, NODE, storage);
  return {
    reasons,
    bound: Object.fromEntries(bindings.map(({ claim, volume }) => [claim.name, volume.name])),
    provisioned: provisions.map(({ name }) => name),
  };
}

function bindsTo(claim: PersistentVolumeClaimFacts, ...volumes: readonly PersistentVolumeFacts[]): string | undefined {
  const { reasons, bound } = plan([claim], { volumes });
  assert.deepEqual(reasons, bound['data'] === undefined ? NO_VOLUME : []);
  return bound['data'];
}

function onlyIn(...zones: readonly string[]): NodeSelectorTerm[] {
  return zones.map((zone) => ({
    matchExpressions: [{ key: 'zone', operator: 'In', values: [zone] }],
    matchFields: [],
  }));
}

const sizes = (...bytes: number[]): PersistentVolumeFacts[] =>
  bytes.map((capacityBytes, index) => aVolume(`v${index}`, { capacityBytes }));

const asideFor = (claim: PersistentVolumeFacts['claim'], rest: Partial<PersistentVolumeFacts> = {}): string =>
  bindsTo(aClaim('data'), aVolume('a'), aVolume('b', { capacityBytes: 5, phase: 'Bound', claim, ...rest })) ?? '';

const tied = (selectedNode: string): PersistentVolumeClaimFacts =>
  aClaim('data', { selectedNode, storageClassName: 'block' });

const inZones = (...values: string[]): { key: string; values: string[] } => ({ key: 'zone', values });

const driver = (storageCapacity: boolean): StorageEvent => ({
  kind: 'csi-driver',
  csiDriver: { name: 'csi', uid: 'u', storageCapacity, preventPodSchedulingIfMissing: false },
});

const room = (largestBytes: number | undefined, zone = 'a'): StorageEvent => ({
  kind: 'storage-capacity',
  storageCapacity: {
    namespace: 'kube-system',
    name: `room-${zone}`,
    uid: 'u',
    storageClassName: 'block',
    nodeTopology: aSelector({ zone }),
    largestBytes,
  },
});

describe('a claim that waits for its pod', () => {
  it('gets the smallest volume that is big enough, the first by name of equals', () => {
    const claim = aClaim('data', { requestedBytes: 4 });
    assert.equal(bindsTo(claim, ...sizes(9, 5, 7)), 'v1');
    assert.equal(bindsTo(claim, ...sizes(5, 5)), 'v0');
    assert.equal(bindsTo(claim, ...sizes(3, 4)), 'v1');
    assert.equal(bindsTo(claim, ...sizes(3)), undefined);
    assert.equal(bindsTo(aClaim('data', { requestedBytes: undefined }), ...sizes(3)), 'v0');
  });

  it('gets only a volume that suits it in every respect', () => {
    const unlike: readonly Partial<PersistentVolumeFacts>[] = [
      { capacityBytes: undefined },
      { phase: 'Released' },
      { deleting: true },
      { volumeMode: 'Block' },
      { attributesClassName: 'gold' },
      { storageClassName: 'block' },
      { accessModes: ['ReadWriteMany'] },
      { nodeAffinity: onlyIn('b') },
    ];
    for (const rest of unlike) assert.equal(bindsTo(aClaim('data'), aVolume('v', rest)), undefined);
    const choosy = aClaim('data', { selector: aSelector({ tier: 'fast' }) });
    assert.equal(bindsTo(choosy, aVolume('v')), undefined);
    assert.equal(bindsTo(choosy, aVolume('v', { labels: { tier: 'fast' } })), 'v');
    const shared = aClaim('data', { accessModes: ['ReadWriteOnce', 'ReadOnlyMany'] });
    assert.equal(bindsTo(shared, aVolume('v')), undefined, 'both modes are needed');
  });

  it('gets a volume that any of its terms brings to the node', () => {
    assert.equal(bindsTo(aClaim('data'), aVolume('v', { nodeAffinity: onlyIn('b', 'a') })), 'v');
  });

  it('gets the volume that was set aside for it, or none where that is out of reach', () => {
    const own = { namespace: 'default', name: 'data', uid: 'uid-data' };
    assert.equal(asideFor(own), 'b');
    assert.equal(asideFor({ ...own, uid: '' }), 'b', 'by name, before the claim was there');
    assert.equal(asideFor(own, { nodeAffinity: onlyIn('b') }), '', 'though another is here');
    assert.equal(asideFor({ ...own, uid: 'of an earlier claim' }), 'a');
    assert.equal(asideFor({ ...own, namespace: 'other' }), 'a');
    assert.equal(asideFor({ ...own, name: 'other' }), 'a');
  });

  it('shares no volume with another claim of the pod, and the smaller claim chooses first', () => {
    const small = aClaim('small', { requestedBytes: 1 });
    const big = aClaim('big', { requestedBytes: 8 });
    const volumes = [aVolume('nine', { capacityBytes: 9 }), aVolume('eight', { capacityBytes: 8 })];
    const expected = { reasons: [], bound: { small: 'eight', big: 'nine' }, provisioned: [] };
    assert.deepEqual(plan([small, big], { volumes }), expected);
    assert.deepEqual(plan([big, small], { volumes }), expected);
    const unsaid = aClaim('unsaid', { requestedBytes: undefined });
    assert.deepEqual(plan([big, unsaid], { volumes }).bound, { unsaid: 'eight', big: 'nine' });
    assert.deepEqual(plan([unsaid, big], { volumes }).bound, { unsaid: 'eight', big: 'nine' });
    const [nine] = volumes;
    assert.deepEqual(plan([small, aClaim('data')], { volumes: nine === undefined ? [] : [nine] }).reasons, NO_VOLUME);
  });

  it('KS-29 that was promised a volume on another node stays away, and on this node takes no other', () => {
    const volumes = [aVolume('v', { storageClassName: 'block' })];
    assert.deepEqual(plan([tied('other')], { volumes }), { reasons: NO_VOLUME, bound: {}, provisioned: [] });
    assert.deepEqual(plan([tied('n')], { volumes }), { reasons: [], bound: {}, provisioned: ['data'] });
    assert.deepEqual(plan([tied('')], { volumes }), { reasons: [], bound: { data: 'v' }, provisioned: [] });
  });
});

describe('a bound claim', () => {
  const bound = aClaim('data', { volumeName: 'v', bindCompleted: true });

  it('KS-28 goes where its volume is', () => {
    const at = (nodeAffinity: PersistentVolumeFacts['nodeAffinity']): readonly unknown[] =>
      plan([bound], { volumes: [aVolume('v', { nodeAffinity })] }).reasons;
    assert.deepEqual(at(undefined), []);
    assert.deepEqual(at(onlyIn('b', 'a')), []);
    assert.deepEqual(at(onlyIn('b')), [{ code: 'VolumeElsewhere', volume: 'v' }]);
    assert.deepEqual(plan([bound], {}).reasons, [{ code: 'BoundVolumeGone', volume: 'v' }]);
  });

  it('that lacks either sign of being bound is looked for anew', () => {
    const volumes = [aVolume('free')];
    assert.deepEqual(plan([{ ...bound, volumeName: '' }], { volumes }).bound, { data: 'free' });
    assert.deepEqual(plan([{ ...bound, bindCompleted: false }], { volumes }).bound, { data: 'free' });
    assert.deepEqual(plan([bound], { volumes }).bound, {});
  });

  it('elsewhere is said before what the other claims lack', () => {
    const volumes = [aVolume('v', { nodeAffinity: onlyIn('b') })];
    assert.deepEqual(plan([aClaim('data'), { ...bound, name: 'logs' }], { volumes }).reasons, [
      { code: 'VolumeElsewhere', volume: 'v' },
      ...NO_VOLUME,
    ]);
  });
});

describe('a volume that has to be made', () => {
  const claim = aClaim('data', { storageClassName: 'block', requestedBytes: 4 });
  const made = (rest: Partial<StorageClassFacts>, events: readonly StorageEvent[] = []): readonly unknown[] =>
    plan([claim], { classes: [aStorageClass('block', { provisioner: 'csi', ...rest })], events }).reasons;

  it('KS-27 needs a class with a provisioner', () => {
    assert.deepEqual(made({}), []);
    assert.deepEqual(made({ provisioner: '' }), NO_VOLUME);
    assert.deepEqual(made({ provisioner: 'kubernetes.io/no-provisioner' }), NO_VOLUME);
    assert.deepEqual(plan([claim], { classes: [] }).reasons, NO_VOLUME);
  });

  it('KS-32 is made where one of the allowed topologies is, all of it', () => {
    assert.deepEqual(made({ allowedTopologies: [[inZones('b')], [inZones('b', 'a')]] }), []);
    assert.deepEqual(made({ allowedTopologies: [[inZones('b')]] }), NO_VOLUME);
    assert.deepEqual(made({ allowedTopologies: [[inZones('a'), { key: 'disk', values: ['hdd'] }]] }), NO_VOLUME);
    assert.deepEqual(made({ allowedTopologies: [[inZones('a'), { key: 'rack', values: [''] }]] }), NO_VOLUME);
    assert.deepEqual(made({ allowedTopologies: [[]] }), NO_VOLUME, 'a term that says nothing');
  });

  it('KS-31 needs room where the driver says how much it has', () => {
    const short = [{ code: 'NotEnoughStorage', claim: 'data', requestedBytes: 4 }];
    assert.deepEqual(made({}, [driver(false)]), []);
    assert.deepEqual(made({}, [driver(true)]), short);
    assert.deepEqual(made({}, [driver(true), room(3)]), short);
    assert.deepEqual(made({}, [driver(true), room(4)]), []);
    assert.deepEqual(made({}, [driver(true), room(undefined)]), short);
    assert.deepEqual(made({}, [driver(true), room(9, 'b')]), short);
    assert.deepEqual(made({}, [driver(true), room(3), room(9, 'b')]), short);
    assert.deepEqual(made({}, [driver(true), room(9, 'b'), room(4)]), []);
    const tiny = plan([{ ...claim, requestedBytes: 1 }], {
      classes: [aStorageClass('block', { provisioner: 'csi' })],
      events: [driver(true), room(undefined)],
    });
    assert.deepEqual(tiny.reasons, [{ ...short[0], requestedBytes: 1 }], 'no byte of which nothing is said');
    const unsaid = { ...claim, requestedBytes: undefined };
    const classes = [aStorageClass('block', { provisioner: 'csi' })];
    assert.deepEqual(plan([unsaid], { classes, events: [driver(true)] }).reasons, []);
  });
});
