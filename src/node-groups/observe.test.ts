import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { Instance } from '../cloud/facts.ts';
import type { Cluster } from '../cluster/cluster.ts';
import { aCluster, aNode, aPod, aTaint, podsOf } from '../cluster/fixtures.test-support.ts';
import { aGroup, anInstance, HEALTH_OPTIONS } from './fixtures.test-support.ts';
import type { NodeGroupMemory } from './memory.ts';
import { EMPTY_MEMORY, resizeAccepted, resizeFailed, resizeSent } from './memory.ts';
import type { NodeGroupState } from './node-group.ts';
import type { ObservedNodeGroups } from './observe.ts';
import { observeNodeGroups } from './observe.ts';
import { TO_BE_DELETED_TAINT } from './taints.ts';
import type { NodeGroupView } from './view.ts';

const MINUTE = 60_000;
/** Long after the fixtures' nodes were created. */
const NOON = 720 * MINUTE;
const PROVISION = HEALTH_OPTIONS.maxNodeProvisionTimeMs;

function look(
  group: NodeGroupState,
  cluster: Cluster,
  { memory = EMPTY_MEMORY, now = NOON }: { memory?: NodeGroupMemory; now?: number } = {},
): ObservedNodeGroups & { readonly view: NodeGroupView } {
  const seen = observeNodeGroups({ cluster, groups: [group], memory, options: HEALTH_OPTIONS, now });
  const [view] = seen.views;
  assert.ok(view !== undefined);
  return { ...seen, view };
}

const names = (cluster: Cluster, slots: readonly number[]): string[] => slots.map((slot) => cluster.node(slot).name);

describe('the nodes of a group', () => {
  it('are those whose instance the provider lists, each in one standing', () => {
    const nodes = [
      aNode({ name: 'a-ready' }),
      aNode({ name: 'b-broken', ready: false }),
      aNode({ name: 'c-booting', ready: false, createdAtMs: NOON - MINUTE }),
      aNode({ name: 'd-tainted', taints: [aTaint(TO_BE_DELETED_TAINT)] }),
      aNode({ name: 'e-going' }),
    ];
    const cluster = aCluster({ nodes: [...nodes, aNode({ name: 'z-foreign' })] });
    const instances = nodes.map(({ name }) => anInstance(name, { state: name === 'e-going' ? 'deleting' : 'running' }));
    const { view, health } = look(aGroup({ instances }), cluster);
    assert.deepEqual(
      names(cluster, view.slots),
      nodes.map(({ name }) => name),
    );
    assert.deepEqual(
      [view.ready, view.unready, view.notStarted, view.going].map((slots) => names(cluster, slots)),
      [['a-ready'], ['b-broken'], ['c-booting'], ['d-tainted', 'e-going']],
    );
    assert.equal(view.upcoming, 1, 'the one that boots');
    assert.deepEqual(health, { healthy: true, unready: 1, registered: 6 });
  });

  it('CS-13: count as starting while a startup taint is on them, and as broken when that lasts', () => {
    const taints = [aTaint('startup-taint.cluster-autoscaler.kubernetes.io/gpu')];
    const node = aNode({ name: 'n', taints, createdAtMs: NOON });
    const cluster = aCluster({ nodes: [node] });
    const standing = (now: number): number[] => {
      const { view } = look(aGroup({ nodes: [node] }), cluster, { now });
      return [view.ready.length, view.notStarted.length, view.unready.length];
    };
    assert.deepEqual(standing(NOON + 10 * MINUTE), [0, 1, 0]);
    assert.deepEqual(standing(NOON + 15 * MINUTE), [0, 0, 1]);
  });
});

/** The group of the nodes a, b and c. */
function groupOfThree(deleting: readonly string[]): NodeGroupState {
  return aGroup({
    targetSize: 3,
    instances: ['a', 'b', 'c'].map((name) =>
      anInstance(name, { state: deleting.includes(name) ? 'deleting' : 'running' }),
    ),
  });
}

describe('what was found of nodes', () => {
  it('is found anew when a node changes, one comes, an instance is being deleted, or the time is up', () => {
    const cluster = aCluster({
      nodes: [aNode({ name: 'a' }), aNode({ name: 'b', ready: false, createdAtMs: NOON - 5 * MINUTE })],
    });
    const standing = (now: number, deleting: readonly string[] = []): Record<string, readonly string[]> => {
      const { view } = look(groupOfThree(deleting), cluster, { now });
      const { ready, unready, notStarted, going } = view;
      const of = (slots: readonly number[]): string[] => names(cluster, slots);
      return { ready: of(ready), unready: of(unready), notStarted: of(notStarted), going: of(going) };
    };
    const first = { ready: ['a'], unready: [], notStarted: ['b'], going: [] };
    assert.deepEqual(standing(NOON), first);
    assert.deepEqual(standing(NOON + MINUTE), first, 'a minute later nothing is different');
    cluster.apply({ kind: 'node', node: aNode({ name: 'a', ready: false }) });
    assert.deepEqual(standing(NOON + MINUTE), { ...first, ready: [], unready: ['a'] });
    cluster.apply({ kind: 'node', node: aNode({ name: 'c' }) });
    assert.deepEqual(standing(NOON + MINUTE), { ...first, ready: ['c'], unready: ['a'] });
    const late = { ready: ['c'], unready: ['a', 'b'], notStarted: [], going: [] };
    assert.deepEqual(standing(NOON + 30 * MINUTE), late, 'b has had its time');
    assert.deepEqual(standing(NOON + 30 * MINUTE, ['c']), { ...late, ready: [], going: ['c'] });
    assert.deepEqual(standing(NOON + MINUTE), { ...first, ready: ['c'], unready: ['a'] }, 'the clock was set back');
  });
});

describe('nodes on their way', () => {
  it('CS-22: are counted from the request on, once each, until they are ready', () => {
    const asked = aGroup({ targetSize: 1 });
    const listed = aGroup({ targetSize: 1, instances: [anInstance('n', { state: 'creating' })] });
    const booting = aNode({ name: 'n', ready: false, createdAtMs: NOON });
    const stages: readonly (readonly [NodeGroupState, Cluster])[] = [
      [asked, aCluster({})],
      [listed, aCluster({})],
      [listed, aCluster({ nodes: [booting] })],
    ];
    for (const [group, cluster] of stages) assert.equal(look(group, cluster).view.upcoming, 1);
    assert.equal(look(listed, aCluster({ nodes: [aNode({ name: 'n' })] })).view.upcoming, 0);
  });

  it('are counted while the request for them is unanswered, and after a lost reply until the next refresh (I4)', () => {
    const error = { kind: 'unknown-outcome', message: 'socket hang up' } as const;
    const group = aGroup({ targetSize: 0 });
    const sent = resizeSent(EMPTY_MEMORY, { groupId: group.id, to: 3, delta: 2 }, NOON);
    const waiting = look({ ...group, resizing: true }, aCluster({}), { memory: sent });
    assert.deepEqual([waiting.view.upcoming, waiting.view.targetSize], [3, 3]);
    assert.deepEqual(waiting.view.blocked, { code: 'ResizeInFlight' });

    const lost = resizeFailed(waiting.memory, { groupId: group.id, error }, NOON, HEALTH_OPTIONS);
    assert.equal(look({ ...group, resizing: true }, aCluster({}), { memory: lost }).view.upcoming, 3);
    const resolved = look(group, aCluster({}), { memory: lost });
    assert.deepEqual([resolved.view.upcoming, resolved.view.blocked], [0, undefined], 'it was not done: no failure');
    const done = look({ ...group, targetSize: 3 }, aCluster({}), { memory: lost });
    assert.equal(done.view.upcoming, 3, 'it was done');
  });

  it('are known again after a restart that lost the memory, with a fresh deadline', () => {
    const group = aGroup({ targetSize: 4 });
    const first = look(group, aCluster({}));
    assert.equal(first.view.upcoming, 4);
    assert.deepEqual(first.memory.scaleUpRequests[group.id], { increase: 4, sinceMs: NOON, untilMs: NOON + PROVISION });
  });

  it('stay counted while their group is in backoff: only what failed is asked for elsewhere', () => {
    const instances = [
      anInstance('ok', { state: 'creating' }),
      anInstance('no', { state: 'creating', error: { kind: 'out-of-stock', message: 'sold out' } }),
    ];
    const { view } = look(aGroup({ instances }), aCluster({}));
    assert.equal(view.upcoming, 1);
    assert.equal(view.blocked?.code, 'GroupInBackoff');
  });
});

describe('nodes that never come', () => {
  const group = aGroup({ minSize: 0, targetSize: 4, nodes: [aNode({ name: 'n' })] });
  const cluster = aCluster({ nodes: [aNode({ name: 'n' })] });

  it('CS-14, CS-16: fail the request after the provision time; only what did not come is withdrawn', () => {
    const asked = resizeAccepted(EMPTY_MEMORY, { groupId: group.id, delta: 4, provisionTimeMs: PROVISION }, NOON);
    const waiting = look(group, cluster, { memory: asked, now: NOON + PROVISION });
    assert.deepEqual([waiting.view.upcoming, waiting.view.blocked, waiting.withdrawals], [3, undefined, []]);

    const late = look(group, cluster, { memory: waiting.memory, now: NOON + PROVISION + 1 });
    assert.equal(late.view.upcoming, 0);
    assert.deepEqual(late.view.blocked, {
      code: 'GroupInBackoff',
      untilMs: NOON + PROVISION + 1 + HEALTH_OPTIONS.initialBackoffMs,
      cause: 'provision-timeout',
      message: '3 of the nodes asked for did not register within 15 min',
    });
    assert.deepEqual(
      late.withdrawals.map(({ from, to }) => [from, to]),
      [[4, 1]],
    );

    const next = look(group, cluster, { memory: late.memory, now: NOON + PROVISION + MINUTE });
    assert.equal(next.view.upcoming, 0, 'they do not come back by being still in the target');
    assert.equal(next.memory.backoffs[group.id]?.lastFailureMs, NOON + PROVISION + 1, 'one failure, not one a pass');
    const withdrawn = look({ ...group, targetSize: 1 }, cluster, { memory: next.memory });
    assert.deepEqual([withdrawn.withdrawals, withdrawn.memory.givenUp], [[], {}]);
  });

  it('are not mistaken for those that are just being asked for', () => {
    const asked = resizeAccepted(EMPTY_MEMORY, { groupId: group.id, delta: 3, provisionTimeMs: PROVISION }, NOON);
    const more = resizeSent(asked, { groupId: group.id, to: 6, delta: 1 }, NOON + PROVISION);
    const seen = look({ ...group, resizing: true }, cluster, { memory: more, now: NOON + PROVISION + 1 });
    assert.deepEqual([seen.view.upcoming, seen.memory.givenUp, seen.memory.backoffs], [5, {}, {}]);
  });

  it('CS-22, ML-03: have their instance deleted when it does not register in time, but not below the minimum', () => {
    const instances = ['x', 'y', 'z'].map((name) => anInstance(name));
    const pool = aGroup({ minSize: 1, instances });
    const seen = look(pool, aCluster({}));
    assert.deepEqual([seen.view.upcoming, seen.instancesToDelete], [3, []]);
    const late = look(pool, aCluster({}), { memory: seen.memory, now: NOON + PROVISION + 1 });
    assert.equal(late.view.upcoming, 0);
    assert.deepEqual(late.instancesToDelete, [
      {
        groupId: 'pool',
        groupName: 'pool',
        instanceIds: ['vultr://x', 'vultr://y'],
        because: '2 instances did not become a node within 15 min',
        force: false,
        cause: { kind: 'never-registered', afterMs: PROVISION },
      },
    ]);
  });

  it('have the time that their group gives them', () => {
    const patient = aGroup({ targetSize: 1, options: { maxNodeProvisionTimeMs: 60 * MINUTE } });
    const seen = look(patient, aCluster({}));
    assert.equal(look(patient, aCluster({}), { memory: seen.memory, now: NOON + 59 * MINUTE }).view.upcoming, 1);
    assert.equal(look(patient, aCluster({}), { memory: seen.memory, now: NOON + 61 * MINUTE }).view.upcoming, 0);
  });
});

function refused(name: string, message: string): Instance {
  return anInstance(name, { state: 'creating', error: { kind: 'out-of-stock', message } });
}

describe('instances that the cloud could not create', () => {
  it('CS-39, ML-15: put the group into backoff at once, in the cloud’s words, and are deleted', () => {
    const group = aGroup({ instances: [refused('a', 'Plan sold out in ewr'), refused('b', 'Plan sold out in ewr')] });
    const first = look(group, aCluster({}));
    assert.deepEqual(first.view.blocked, {
      code: 'GroupInBackoff',
      untilMs: NOON + HEALTH_OPTIONS.initialBackoffMs,
      cause: 'out-of-stock',
      message: 'Plan sold out in ewr',
    });
    assert.deepEqual(
      first.instancesToDelete.map(({ instanceIds, because }) => [instanceIds, because]),
      [[['vultr://a', 'vultr://b'], 'the cloud could not create 2 instances: Plan sold out in ewr']],
    );
    const again = look(group, aCluster({}), { memory: first.memory, now: NOON + MINUTE });
    assert.equal(again.memory.backoffs['pool']?.lastFailureMs, NOON, 'the same instances fail the group once');
    assert.equal(again.instancesToDelete.length, 1, 'and are to be deleted for as long as they are listed');
  });
});

describe('what keeps a group from growing', () => {
  it('is named in the order of what matters most', () => {
    const nodes = Array.from({ length: 8 }, (_, index) => aNode({ name: `n${index}`, ready: index >= 4 }));
    const cluster = aCluster({ nodes });
    const full = aGroup({ nodes, maxSize: 8 });
    assert.deepEqual(look(full, cluster).view.blocked, { code: 'GroupUnhealthy', unready: 4, registered: 8 });
    const healthy = aGroup({ nodes: nodes.slice(4), maxSize: 4 });
    assert.deepEqual(look(healthy, cluster).view.blocked, { code: 'GroupAtMaxSize', maxSize: 4, targetSize: 4 });
    assert.deepEqual(look(aGroup({ node: undefined }), aCluster({})).view.blocked, {
      code: 'NoTemplate',
      message: 'the plan is not in the catalogue',
    });
  });

  it('CS-07: is not a few broken nodes', () => {
    const nodes = [aNode({ name: 'a', ready: false }), aNode({ name: 'b', ready: false })];
    const { view, health } = look(aGroup({ nodes }), aCluster({ nodes }));
    assert.deepEqual([view.blocked, health.healthy], [undefined, true]);
  });

  it('CS-08: the cluster as a whole is unhealthy when more than 3 and more than 45 % are broken', () => {
    const nodes = Array.from({ length: 8 }, (_, index) => aNode({ name: `n${index}`, ready: index >= 4 }));
    assert.equal(look(aGroup({}), aCluster({ nodes })).health.healthy, false);
    assert.equal(look(aGroup({}), aCluster({ nodes: nodes.slice(1) })).health.healthy, true);
  });
});

describe('every node asked for', () => {
  it('counts exactly once: registered, on its way, failed, overdue or given up', () => {
    const instance = fc.record({
      state: fc.constantFrom('running' as const, 'creating' as const, 'deleting' as const),
      failed: fc.boolean(),
      node: fc.constantFrom('none' as const, 'ready' as const, 'booting' as const, 'broken' as const),
    });
    const steps = fc.array(fc.integer({ min: 0, max: 20 }), { minLength: 1, maxLength: 5 });
    fc.assert(
      fc.property(fc.array(instance, { maxLength: 6 }), fc.nat(4), steps, (sketches, unlisted, minutes) => {
        const error = { kind: 'quota-exceeded', message: 'limit reached' } as const;
        const instances = sketches.map(({ state, failed }, index) =>
          anInstance(`n${index}`, { state, error: failed ? error : undefined }),
        );
        const nodes = sketches.flatMap(({ node }, index) =>
          node === 'none'
            ? []
            : [aNode({ name: `n${index}`, ready: node === 'ready', createdAtMs: node === 'booting' ? NOON : 0 })],
        );
        const living = instances.filter(({ state }) => state !== 'deleting');
        const group = aGroup({ instances, targetSize: living.length + unlisted });
        const cluster = aCluster({ nodes });
        let memory = EMPTY_MEMORY;
        let now = NOON;
        for (const step of minutes) {
          now += step * MINUTE;
          const seen = look(group, cluster, { memory, now });
          memory = seen.memory;
          const { view } = seen;
          const givenUp = memory.givenUp[group.id] ?? 0;
          const overdue = view.unregistered.filter((one) => one.overdue).length;
          const goingButAlive = view.going.filter((slot) =>
            living.some(({ name }) => name === cluster.node(slot).name),
          );
          const registered = view.ready.length + view.unready.length + goingButAlive.length;
          assert.equal(registered + view.upcoming + view.failed.length + overdue + givenUp, group.targetSize);
          assert.ok(view.upcoming >= 0);
          for (const { to } of seen.withdrawals) assert.ok(to >= group.minSize && to >= living.length);
        }
      }),
    );
  });

  it('leaves the model as it was', () => {
    const cluster = aCluster({ nodes: [aNode({ name: 'n' })], pods: podsOf('web', 3, { nodeName: 'n' }) });
    look(aGroup({ nodes: [aNode({ name: 'n' })], targetSize: 5 }), cluster);
    assert.deepEqual([cluster.nodeCount(), cluster.podsOn(cluster.slotOf('n') ?? -1).size], [1, 3]);
    cluster.apply({ kind: 'pod', pod: aPod() });
  });
});
