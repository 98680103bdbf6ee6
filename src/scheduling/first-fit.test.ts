import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { PodFacts, PodSpecFacts } from '../cluster/facts.ts';
import { aCluster, aNode, anAffinityTerm, aPod, aSpread } from '../cluster/fixtures.test-support.ts';
import { firstFit } from './first-fit.ts';
import { fits } from './runner.ts';

/** More than are walked past: counts on hostnames are looked for in the index. */
const NODES = 48;

const KINDS: Readonly<Record<string, Partial<PodSpecFacts>>> = {
  plain: {},
  apart: { requiredPodAntiAffinity: [anAffinityTerm({ app: 'apart' })] },
  shy: { requiredPodAntiAffinity: [anAffinityTerm({ app: 'plain' })] },
  spread: { topologySpread: [aSpread({ app: 'spread' })] },
  zoned: { topologySpread: [aSpread({ app: 'zoned' }, { topologyKey: 'zone' })] },
  beside: { requiredPodAffinity: [anAffinityTerm({ app: 'apart' })] },
  near: { requiredPodAffinity: [anAffinityTerm({ app: 'plain' }, { topologyKey: 'zone' })] },
};
const SPECS = new Map(Object.entries(KINDS).map(([app, spec]) => [app, aPod({ cpu: 300, spec }).spec]));

/** A pod of one of the kinds; or, by number, one of those that are placed is taken away again, or a node retired. */
const someSteps = fc.array(fc.tuple(fc.constantFrom(...Object.keys(KINDS), 'remove', 'retire'), fc.nat()), {
  minLength: 60,
  maxLength: 160,
});

/** Some of the nodes, by number, in an order of their own. */
const someOrder = fc.shuffledSubarray([...Array(NODES).keys()], { minLength: NODES / 2 });

describe('the first node that fits', () => {
  it('is the one that asking every node in turn finds, as pods come and go and when all is taken back', () => {
    fc.assert(
      fc.property(
        someSteps,
        fc.array(fc.integer({ min: 0, max: 4 }), { minLength: 1, maxLength: 7 }),
        someOrder,
        (steps, sizes, ranks) => {
          const cluster = aCluster({
            nodes: Array.from({ length: NODES }, (_, index) =>
              aNode({
                name: `node-${String(index).padStart(2, '0')}`,
                cpu: (sizes[index % sizes.length] ?? 0) * 400,
                labels: { zone: `zone-${index % 3}`, pool: `pool-${index % 2}` },
              }),
            ),
          });
          const retired = new Set<number>();
          let order = ranks.map((node) => cluster.nodeSlots()[node] ?? -1);
          const agrees = (pod: PodFacts): number | undefined => {
            const takes = (slot: number): boolean => !retired.has(slot) && fits(cluster, pod, slot);
            const asked = cluster.nodeSlots().find(takes);
            assert.equal(firstFit(cluster, pod), asked);
            const among = cluster.index.rank(order);
            assert.equal(firstFit(cluster, pod, { among, admits: (slot) => !retired.has(slot) }), order.find(takes));
            return asked;
          };
          cluster.trial(() => {
            const placed: { readonly pod: PodFacts; readonly slot: number }[] = [];
            for (const [index, [app, choice]] of steps.entries()) {
              if (index === 40) order = order.toReversed();
              if (app === 'retire') {
                const gone = cluster.nodeSlots()[choice % NODES] ?? 0;
                if (retired.has(gone) || cluster.podsOn(gone).size > 0) continue;
                cluster.retire(gone);
                retired.add(gone);
                continue;
              }
              if (app === 'remove') {
                for (const { pod, slot } of placed.splice(choice % (placed.length + 1), 1)) cluster.remove(pod, slot);
                continue;
              }
              const pod = aPod({ name: `${app}-${index}`, labels: { app }, spec: SPECS.get(app) ?? {} });
              const slot = agrees(pod);
              if (slot === undefined) continue;
              cluster.place(pod, slot);
              placed.push({ pod, slot });
            }
          });
          retired.clear();
          for (const [app, spec] of SPECS) agrees(aPod({ labels: { app }, spec }));
        },
      ),
      { numRuns: 40 },
    );
  });

  it('in a given order is found as the nodes are now, also when one has become of another class since', () => {
    const cluster = aCluster({ nodes: ['a', 'b'].map((name) => aNode({ name, labels: { zone: 'east' } })) });
    const order = ['b', 'a'].map((name) => cluster.slotOf(name) ?? -1);
    const first = (pod: PodFacts): string | undefined => {
      const slot = firstFit(cluster, pod, { among: cluster.index.rank(order), admits: () => true });
      return slot === undefined ? undefined : cluster.node(slot).name;
    };
    const inTheWest = aPod({ spec: { nodeSelector: { zone: 'west' } } });
    assert.equal(first(aPod()), 'b');
    assert.equal(first(inTheWest), undefined);
    cluster.apply({ kind: 'node', node: aNode({ name: 'a', labels: { zone: 'west' } }) });
    assert.equal(first(inTheWest), 'a');
    assert.equal(first(aPod()), 'b');
  });

  it('is not looked for in an order that is kept no longer', () => {
    const cluster = aCluster({ nodes: [aNode({ name: 'a' }), aNode({ name: 'b' })] });
    const [first, second] = [cluster.nodeSlots(), cluster.nodeSlots().toReversed()].map((slots) =>
      cluster.index.rank(slots),
    );
    assert.throws(
      () => firstFit(cluster, aPod(), { among: first ?? 'all', admits: () => true }),
      /the last that was made/,
    );
    assert.equal(firstFit(cluster, aPod(), { among: second ?? 'all', admits: () => true }), cluster.slotOf('b'));
  });
});
