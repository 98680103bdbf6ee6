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

describe('the first node that fits', () => {
  it('is the one that asking every node in turn finds, as pods come and go and when all is taken back', () => {
    fc.assert(
      fc.property(
        someSteps,
        fc.array(fc.integer({ min: 0, max: 4 }), { minLength: 1, maxLength: 7 }),
        (steps, sizes) => {
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
          const agrees = (pod: PodFacts): number | undefined => {
            const asked = cluster.nodeSlots().find((slot) => !retired.has(slot) && fits(cluster, pod, slot));
            assert.equal(firstFit(cluster, pod), asked);
            return asked;
          };
          cluster.trial(() => {
            const placed: { readonly pod: PodFacts; readonly slot: number }[] = [];
            for (const [index, [app, choice]] of steps.entries()) {
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
});
