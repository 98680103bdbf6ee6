/**
 * Removals in a world of random faults: lost replies, refusals, pods that come, nodes that vanish, restarts, a lost and
 * regained lease. The seed of a failure is printed by fast-check.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { CloudResult } from '../cloud/provider.ts';
import { unreachable } from '../cluster/invariant.ts';
import { aCluster, aController, aNode, aPod } from '../cluster/fixtures.test-support.ts';
import { failure, success } from '../runtime/result.ts';
import { isToBeDeleted } from '../node-groups/taints.ts';
import { cloudFailure } from './fake-cloud.test-support.ts';
import { refusal } from './fake-kubernetes.test-support.ts';
import { World } from './world.test-support.ts';

const NODES = ['n1', 'n2', 'n3', 'n4'];
const SAFE = 'cluster-autoscaler.kubernetes.io/safe-to-evict';

type Turn =
  | { readonly kind: 'start'; readonly node: number; readonly empty: boolean }
  | { readonly kind: 'pass'; readonly seconds: number }
  | { readonly kind: 'pod'; readonly node: number; readonly guarded: boolean }
  | { readonly kind: 'guard-goes'; readonly node: number }
  | { readonly kind: 'vanish'; readonly node: number }
  | { readonly kind: 'cloud'; readonly mood: 'well' | 'loses' | 'does-and-loses' | 'refuses' | 'down' }
  | { readonly kind: 'kubernetes'; readonly mood: 'well' | 'refuses' | 'fails' | 'does-and-fails' }
  | { readonly kind: 'restart' }
  | { readonly kind: 'lease'; readonly held: boolean };

const node = fc.integer({ min: 0, max: NODES.length - 1 });
const turns: fc.Arbitrary<Turn[]> = fc.array(
  fc.oneof(
    { weight: 3, arbitrary: fc.record({ kind: fc.constant('start' as const), node, empty: fc.boolean() }) },
    {
      weight: 8,
      arbitrary: fc.record({ kind: fc.constant('pass' as const), seconds: fc.integer({ min: 1, max: 40 }) }),
    },
    { weight: 2, arbitrary: fc.record({ kind: fc.constant('pod' as const), node, guarded: fc.boolean() }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('guard-goes' as const), node }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('vanish' as const), node }) },
    {
      weight: 2,
      arbitrary: fc.record({
        kind: fc.constant('cloud' as const),
        mood: fc.constantFrom('well' as const, 'loses', 'does-and-loses', 'refuses', 'down'),
      }),
    },
    {
      weight: 2,
      arbitrary: fc.record({
        kind: fc.constant('kubernetes' as const),
        mood: fc.constantFrom('well' as const, 'refuses', 'fails', 'does-and-fails'),
      }),
    },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('restart' as const) }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('lease' as const), held: fc.boolean() }) },
  ),
  { maxLength: 60 },
);

class Play {
  readonly world = new World(
    aCluster({ nodes: NODES.map((name) => aNode({ name })), controllers: [aController('ReplicaSet', 'web')] }),
  );
  /** Deletions that the cloud carried out. */
  readonly deleted: string[] = [];
  #pods = 0;
  #cloud: (Turn & { kind: 'cloud' })['mood'] = 'well';

  constructor() {
    this.world.pool.onCall = (call) => this.#cloudAnswers(call.replace('delete ', ''));
  }

  async play(turn: Turn): Promise<void> {
    const { world } = this;
    const name = 'node' in turn ? (NODES[turn.node] ?? '') : '';
    const here = name !== '' && world.cluster.slotOf(name) !== undefined;
    switch (turn.kind) {
      case 'start':
        if (here) await world.remove(name, turn.empty);
        return;
      case 'pass':
        await world.pass(turn.seconds * 1000);
        return;
      case 'pod': {
        const annotations: Record<string, string> = turn.guarded ? { [SAFE]: 'false' } : {};
        const pod = {
          name: `${turn.guarded ? 'guarded' : 'plain'}-${this.#pods++}`,
          nodeName: name,
          owner: 'web',
          annotations,
        };
        if (here) world.apply(aPod(pod));
        return;
      }
      case 'guard-goes':
        for (const pod of this.#guardsOn(name)) world.cluster.apply({ kind: 'pod-gone', ...pod });
        return;
      case 'vanish':
        if (here) world.cluster.apply({ kind: 'node-gone', name, uid: `uid-${name}` });
        return;
      case 'cloud':
        this.#cloud = turn.mood;
        return;
      case 'kubernetes':
        this.#mood(turn.mood);
        return;
      case 'restart':
        world.restarted();
        world.actuator.adoptLeftovers();
        await world.settle();
        return;
      case 'lease':
        world.leading = turn.held;
        return;
    }
  }

  /** Faults stop, guards go, time passes. */
  async calm(): Promise<void> {
    await this.play({ kind: 'cloud', mood: 'well' });
    await this.play({ kind: 'kubernetes', mood: 'well' });
    this.world.leading = true;
    this.world.actuator.adoptLeftovers();
    for (let passes = 0; passes < 120; passes++) {
      await this.world.pass(10_000);
      this.world.pool.catchUp();
    }
  }

  #guardsOn(name: string) {
    const slot = this.world.cluster.slotOf(name);
    const pods = slot === undefined ? [] : [...this.world.cluster.podsOn(slot).values()];
    return pods.filter(({ annotations }) => annotations[SAFE] === 'false');
  }

  #cloudAnswers(id: string): Promise<CloudResult> | undefined {
    const { world } = this;
    const name = id.replace('vultr://', '');
    assert.ok(world.leading, 'I5: only the lease holder asks');
    assert.deepEqual(this.#guardsOn(name), [], 'I2: no protected pod is there');
    const slot = world.cluster.slotOf(name);
    if (slot !== undefined) {
      assert.ok(isToBeDeleted(world.cluster.node(slot)), 'I3: it is tainted');
      assert.equal(world.cluster.podsOn(slot).size, 0, 'I3: its pods are gone');
    }
    assert.ok(!this.deleted.includes(id), 'I3: at most once');
    switch (this.#cloud) {
      case 'loses':
        return cloudFailure('unknown-outcome');
      case 'refuses':
        return cloudFailure('invalid');
      case 'down':
        return cloudFailure('unavailable');
      case 'does-and-loses':
        this.#delete(id);
        return cloudFailure('unknown-outcome');
      case 'well':
        this.#delete(id);
        return Promise.resolve(success(undefined));
      default:
        return unreachable(this.#cloud);
    }
  }

  #delete(id: string): void {
    this.deleted.push(id);
    this.world.pool.loseInstances([id]);
  }

  #mood(mood: (Turn & { kind: 'kubernetes' })['mood']): void {
    const { kubernetes } = this.world;
    kubernetes.onEvict = () => {
      if (mood === 'well') return undefined;
      return mood === 'refuses' ? refusal() : Promise.resolve(failure({ message: 'no answer' }));
    };
    kubernetes.onChange = (name, change) => {
      if (mood === 'well' || mood === 'refuses') return undefined;
      if (mood === 'does-and-fails') kubernetes.make({ name }, change);
      return Promise.resolve(failure({ message: 'no answer' }));
    };
  }
}

test('whatever happens, no node is deleted that must not be, and in the end none is left marked or half removed', async () => {
  await fc.assert(
    fc.asyncProperty(turns, async (all) => {
      const play = new Play();
      for (const turn of all) await play.play(turn);
      await play.calm();
      const { world, deleted } = play;
      assert.deepEqual(world.actuator.removals(), [], 'every removal has come to an end');
      for (const slot of world.cluster.nodeSlots()) {
        const facts = world.cluster.node(slot);
        if (deleted.includes(facts.providerID)) continue;
        assert.ok(!isToBeDeleted(facts), `${facts.name} is not left tainted`);
        assert.equal(facts.unschedulable, false);
        assert.deepEqual(facts.annotations, {});
      }
    }),
    { numRuns: 150 },
  );
});
