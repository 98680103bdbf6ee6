/** Replacing nodes by cheaper ones, pass by pass, in a small world whose clock and cloud the test moves. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { aCluster, aController, aNode, aPdb, aPod } from '../cluster/fixtures.test-support.ts';
import type { NodeFacts, PodFacts } from '../cluster/facts.ts';
import type { Cluster } from '../cluster/cluster.ts';
import { aGroup } from '../node-groups/fixtures.test-support.ts';
import { addSimulatedNode } from '../node-groups/simulated-nodes.ts';
import type { NodeGroupState } from '../node-groups/node-group.ts';
import {
  MINUTE_MS,
  NOW_MS,
  SCALE_DOWN,
  SECOND_MS,
  removed,
  scaleDownInput,
  whyStays,
} from './fixtures.test-support.ts';
import type { ScaleDownMemory } from './memory.ts';
import { EMPTY_SCALE_DOWN_MEMORY, removalFailed } from './memory.ts';
import type { ConsolidationOptions, ScaleDownOptions } from './options.ts';
import type { RemovalInFlight, ScaleDownPlan } from './plan.ts';
import { planScaleDown } from './scale-down.ts';

const CONSOLIDATION: ConsolidationOptions = {
  threshold: 0.5,
  minNodeAgeMs: 60 * MINUTE_MS,
  cooldownMs: 30 * MINUTE_MS,
  readyWithinMs: 15 * MINUTE_MS,
};

const PRICES = { dear: 0.4, cheap: 0.1 };

interface Setting {
  readonly nodes?: readonly NodeFacts[];
  readonly pods?: readonly PodFacts[];
  readonly pdbs?: Parameters<typeof aCluster>[0]['pdbs'];
  readonly consolidation?: Partial<ConsolidationOptions>;
  readonly options?: Partial<ScaleDownOptions>;
  readonly isOff?: boolean;
  readonly dear?: Partial<NodeGroupState>;
  readonly cheap?: Partial<NodeGroupState>;
}

/** One dear node of 8 cores that runs a pod of 1 core, and one cheap node of 2 cores that is full. */
class Shop {
  readonly cluster: Cluster;
  readonly #setting: Setting;
  nowMs = NOW_MS;
  memory: ScaleDownMemory = EMPTY_SCALE_DOWN_MEMORY;
  removals: readonly RemovalInFlight[] = [];
  growth: ReadonlyMap<string, number> = new Map();
  prices: Record<'dear' | 'cheap', number> = PRICES;
  /** Of the cheap pool, beyond the nodes that have registered. */
  ordered = 0;
  last: ScaleDownPlan | undefined;

  constructor(setting: Setting = {}) {
    this.#setting = setting;
    const { nodes = [aDear('d0'), aCheap('c0')], pdbs = [] } = setting;
    const pods = setting.pods ?? [aWeb('w0', 'd0', 1000), aWeb('w1', 'c0', 1800)];
    this.cluster = aCluster({ nodes, pods, pdbs, controllers: [aController('ReplicaSet', 'web')] });
  }

  pass(afterMs = 0): ScaleDownPlan {
    this.nowMs += afterMs;
    const { consolidation, options, isOff = false } = this.#setting;
    const input = scaleDownInput({
      cluster: this.cluster,
      groups: this.#groups(),
      memory: this.memory,
      removals: this.removals,
      growth: this.growth,
      now: this.nowMs,
      options: {
        ...SCALE_DOWN,
        ...(isOff ? {} : { consolidation: { ...CONSOLIDATION, ...consolidation } }),
        ...options,
      },
      growable: ({ state, targetSize }) => state.maxSize - targetSize,
    });
    // Scale-up has put what is on its way into the trial.
    this.last = this.cluster.trial(() => {
      const cheap = input.groups[1]?.template ?? assert.fail();
      for (let index = 0; index < this.ordered; index += 1) addSimulatedNode(this.cluster, cheap, `upcoming-${index}`);
      return planScaleDown(input);
    });
    this.memory = this.last.memory;
    return this.last;
  }

  /** Passes every 30 seconds until something is asked for. */
  passUntilAsked(limitMs = 60 * MINUTE_MS): ScaleDownPlan {
    for (let waitedMs = 0; waitedMs <= limitMs; waitedMs += 30 * SECOND_MS) {
      const made = this.pass(30 * SECOND_MS);
      if (made.growth !== undefined) return made;
    }
    return assert.fail(`nothing is asked for: ${JSON.stringify(this.last?.consolidation)}`);
  }

  order(nodes: number): void {
    this.ordered += nodes;
  }

  /** One of the ordered nodes registers, ready. */
  arrive(name: string): void {
    this.ordered -= 1;
    this.cluster.apply({ kind: 'node', node: { ...aCheap(name), createdAtMs: this.nowMs } });
  }

  put(...pods: readonly PodFacts[]): void {
    for (const pod of pods) this.cluster.apply({ kind: 'pod', pod });
  }

  lose(name: string): void {
    this.cluster.apply({ kind: 'node-gone', name, uid: `uid-${name}` });
  }

  #groups(): readonly NodeGroupState[] {
    const nodes = this.cluster.nodeSlots().map((slot) => this.cluster.node(slot));
    const group = (id: 'dear' | 'cheap', cpu: number, more: number): NodeGroupState => {
      const own = nodes.filter(({ labels }) => labels['pool'] === id);
      return aGroup({
        id,
        nodes: own,
        node: { cpu, labels: { pool: id } },
        targetSize: own.length + more,
        pricePerHour: this.prices[id],
        ...this.#setting[id],
      });
    };
    return [group('dear', 8000, 0), group('cheap', 2000, this.ordered)];
  }
}

function aDear(name: string): NodeFacts {
  return aNode({ name, cpu: 8000, labels: { pool: 'dear' } });
}

function aCheap(name: string): NodeFacts {
  return aNode({ name, cpu: 2000, labels: { pool: 'cheap' } });
}

function aWeb(name: string, nodeName: string, cpu: number, rest: Parameters<typeof aPod>[0] = {}): PodFacts {
  return aPod({ name, nodeName, cpu, owner: 'web', labels: { app: 'web' }, ...rest });
}

/** Up to the moment at which the new node is ready. */
function aReadyShop(setting: Setting = {}): Shop {
  const shop = new Shop(setting);
  const { growth } = shop.passUntilAsked();
  shop.order(growth?.delta ?? 0);
  shop.pass(MINUTE_MS);
  for (let index = growth?.delta ?? 0; index > 0; index -= 1) shop.arrive(`c${index}-new`);
  return shop;
}

describe('a dear node that is hardly used', () => {
  it('is replaced by a cheap one: asked for, awaited, and gone once it is ready', () => {
    const shop = new Shop();
    const asked = shop.passUntilAsked();
    assert.deepEqual(
      { group: asked.growth?.groupId, from: asked.growth?.from, delta: asked.growth?.delta },
      { group: 'cheap', from: 1, delta: 1 },
    );
    assert.equal(asked.consolidation?.code, 'ReplacementAsked');
    assert.ok(shop.nowMs >= NOW_MS + SCALE_DOWN.unneededTimeMs, 'after it was worth it for a while');

    shop.order(1);
    const awaiting = shop.pass(MINUTE_MS);
    assert.equal(awaiting.consolidation?.code, 'ReplacementAwaited');
    assert.deepEqual(removed(awaiting), [], 'nothing is evicted before the new node is ready');
    assert.equal(whyStays(awaiting, 'd0')?.code, 'AwaitsReplacement');

    shop.arrive('c1');
    const ready = shop.pass(3 * MINUTE_MS);
    assert.deepEqual(removed(ready), ['d0']);
    assert.deepEqual(ready.removals[0]?.moves, [{ pod: 'default/w0', to: 'c1' }]);
    assert.equal(whyStays(ready, 'c1')?.code, 'TakesReplacedPods', 'it is empty, and is not removed for that');

    shop.removals = [{ node: 'd0', step: 'draining', drains: true }];
    shop.put(aWeb('w0', 'c1', 1000));
    assert.equal(shop.pass(MINUTE_MS).consolidation?.code, 'ReplacementUnderWay');
    shop.removals = [];
    shop.lose('d0');
    assert.equal(shop.pass(MINUTE_MS).consolidation?.code, 'ReplacementDone');
    assert.equal(shop.pass(MINUTE_MS).consolidation?.code, 'ConsolidationSettles');
  });

  it('is left alone unless that is asked for', () => {
    const shop = new Shop({ isOff: true });
    for (let minutes = 0; minutes < 60; minutes += 1) {
      const made = shop.pass(MINUTE_MS);
      assert.equal(made.growth, undefined);
      assert.equal(made.consolidation, undefined);
    }
  });

  for (const [why, setting] of Object.entries({
    'while it is young': { nodes: [{ ...aDear('d0'), createdAtMs: NOW_MS }, aCheap('c0')] },
    'when its pool is at its minimum': { dear: { minSize: 1 } },
    'when the cheap pool is at its maximum': { cheap: { maxSize: 1 } },
    'when prices are not known': { dear: { pricePerHour: undefined } },
    'when a pod must not move': {
      pods: [
        aWeb('w0', 'd0', 1000, { annotations: { 'cluster-autoscaler.kubernetes.io/safe-to-evict': 'false' } }),
        aWeb('w1', 'c0', 1800),
      ],
    },
    'when a budget lets nothing go': {
      pdbs: [aPdb('web', { disruptionsAllowed: 0 })],
    },
    'when its pod fits no cheap node': { pods: [aWeb('w0', 'd0', 3000), aWeb('w1', 'c0', 1800)] },
    'when it saves too little for what it disturbs': { consolidation: { threshold: 5 } },
    'when its annotation says so': {
      nodes: [
        { ...aDear('d0'), annotations: { 'cluster-autoscaler.kubernetes.io/scale-down-disabled': 'true' } },
        aCheap('c0'),
      ],
    },
  } satisfies Record<string, Setting>)) {
    it(`stays ${why}`, () => {
      const shop = new Shop(setting);
      for (let minutes = 0; minutes < 40; minutes += 1) assert.equal(shop.pass(MINUTE_MS).growth, undefined);
    });
  }

  it('stays when removing it has just failed', () => {
    const shop = new Shop();
    const failed = { now: NOW_MS, untilMs: NOW_MS + 40 * MINUTE_MS, message: 'the drain took too long' };
    shop.memory = removalFailed(shop.memory, { name: 'd0', uid: 'uid-d0' }, failed);
    for (let minutes = 0; minutes < 39; minutes += 1) assert.equal(shop.pass(MINUTE_MS).growth, undefined);
  });

  it('tells what could be saved when it is not worth it', () => {
    const { consolidation } = new Shop({ consolidation: { threshold: 5 } }).pass();
    assert.ok(consolidation?.code === 'NothingWorthReplacing');
    assert.deepEqual(consolidation.best?.replaced, ['d0']);
    assert.equal(consolidation.best.savesPerHour.toFixed(2), '0.30');
    assert.equal(consolidation.best.savingsShare.toFixed(2), '0.60');
  });

  it('waits for quiet times: while pods ask for nodes, the time does not run', () => {
    const shop = new Shop();
    shop.pass(9 * MINUTE_MS);
    shop.growth = new Map([['dear', 1]]);
    const busy = shop.pass(MINUTE_MS).consolidation;
    assert.deepEqual(busy, { code: 'ConsolidationWaits', behind: 'new-nodes' });
    shop.growth = new Map();
    const again = shop.pass(MINUTE_MS).consolidation;
    assert.equal(again?.code === 'NotWorthItLongEnough' && again.sinceMs, shop.nowMs);
  });
});

describe('several under-used nodes', () => {
  const nodes = [aDear('d0'), aDear('d1'), aDear('d2')];
  const pods = ['d0', 'd1', 'd2'].map((node, index) => aWeb(`w${index}`, node, 1500));

  it('give way to as many cheap ones as their pods need, and go one after the other as a budget lets them', () => {
    const pdbs = [aPdb('web', { disruptionsAllowed: 1, selector: { requirements: [] } })];
    const shop = new Shop({ nodes, pods, pdbs, options: { utilizationThreshold: 0.1 } });
    const { growth, consolidation } = shop.passUntilAsked();
    assert.equal(growth?.delta, 3);
    assert.ok(consolidation?.code === 'ReplacementAsked');
    assert.deepEqual(consolidation.replacement.replaced.toSorted(), ['d0', 'd1', 'd2']);
    shop.order(3);
    for (const name of ['c1', 'c2']) shop.arrive(name);
    assert.deepEqual(removed(shop.pass(MINUTE_MS)), [], 'not before all of them are ready');
    shop.arrive('c3');
    const made = shop.pass(MINUTE_MS);
    assert.equal(made.removals.length, 1);
    const [gone] = removed(made);
    for (const name of ['d0', 'd1', 'd2']) {
      if (name !== gone) assert.equal(whyStays(made, name)?.code, 'BlockedByPod', name);
    }
  });
});

/** Why it was given up in this pass. */
function givenUp(made: ScaleDownPlan): string {
  assert.ok(made.consolidation?.code === 'ReplacementGivenUp', JSON.stringify(made.consolidation));
  assert.deepEqual(removed(made), []);
  return made.consolidation.because.code;
}

describe('a replacement whose time or reason is over', () => {
  it('is given up when the new node is late, and the node that comes after all is removed as any empty one', () => {
    const shop = new Shop();
    shop.order(shop.passUntilAsked().growth?.delta ?? 0);
    shop.pass(14 * MINUTE_MS);
    assert.equal(givenUp(shop.pass(MINUTE_MS)), 'ReplacementLate');
    shop.arrive('c1');
    assert.equal(whyStays(shop.pass(SECOND_MS), 'c1')?.code, 'NotUnneededLongEnough');
    assert.deepEqual(removed(shop.pass(11 * MINUTE_MS)), ['c1']);
    assert.notEqual(whyStays(shop.last ?? assert.fail(), 'd0'), undefined);
  });

  it('is given up when the cloud does not make the node', () => {
    const shop = new Shop();
    shop.passUntilAsked();
    assert.equal(shop.pass(30 * SECOND_MS).consolidation?.code, 'ReplacementAwaited', 'it may not be sent yet');
    assert.equal(givenUp(shop.pass(30 * SECOND_MS)), 'ReplacementRefused');
  });

  it('is given up when prices have changed', () => {
    const shop = aReadyShop();
    shop.prices = { dear: 0.1, cheap: 0.1 };
    assert.equal(givenUp(shop.pass(MINUTE_MS)), 'NoLongerWorthIt');
  });

  it('is given up when the pods have grown', () => {
    const shop = aReadyShop();
    shop.put(aWeb('w2', 'd0', 1500));
    assert.equal(givenUp(shop.pass(MINUTE_MS)), 'ReplacementTooSmall');
  });

  it('is given up when a pod has come that must stay', () => {
    const shop = aReadyShop();
    shop.put(aPod({ name: 'lone', nodeName: 'd0', cpu: 100 }));
    assert.equal(givenUp(shop.pass(MINUTE_MS)), 'ReplacedNodeKept');
  });

  it('is given up when removing a node failed', () => {
    const shop = aReadyShop();
    const failed = { now: shop.nowMs, untilMs: shop.nowMs + 5 * MINUTE_MS, message: 'the drain took too long' };
    shop.memory = removalFailed(shop.memory, { name: 'd0', uid: 'uid-d0' }, failed);
    assert.equal(givenUp(shop.pass(4 * MINUTE_MS)), 'ReplacedNodeKept');
  });

  it('is over when the node has gone by other hands', () => {
    const shop = aReadyShop();
    shop.lose('d0');
    assert.equal(shop.pass(MINUTE_MS).consolidation?.code, 'ReplacementDone');
  });

  it('is not followed by another before the cooldown is over', () => {
    const shop = new Shop();
    shop.passUntilAsked();
    shop.pass(MINUTE_MS);
    const sinceMs = shop.nowMs;
    shop.passUntilAsked();
    assert.ok(shop.nowMs - sinceMs >= CONSOLIDATION.cooldownMs, `${(shop.nowMs - sinceMs) / MINUTE_MS} min`);
  });
});

describe('while nodes are being replaced', () => {
  it('other nodes with pods wait, and empty ones go', () => {
    const nodes = [aDear('d0'), aDear('d1'), aCheap('c0'), aCheap('c1')];
    const pods = [aWeb('w0', 'd0', 1800), aWeb('w1', 'd1', 7000), aWeb('w2', 'c0', 1800), aWeb('w3', 'c1', 1800)];
    const shop = aReadyShop({ nodes, pods, options: { unneededTimeMs: 0 } });
    shop.cluster.apply({ kind: 'pod-gone', namespace: 'default', name: 'w3', uid: 'uid-default-w3' });
    shop.cluster.apply({ kind: 'pod-gone', namespace: 'default', name: 'w2', uid: 'uid-default-w2' });
    shop.put(aWeb('w4', 'c0', 100));
    const made = shop.pass(MINUTE_MS);
    assert.equal(whyStays(made, 'c0')?.code, 'ReplacementFirst');
    assert.deepEqual(removed(made), ['c1', 'd0']);
  });
});
