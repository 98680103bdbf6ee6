/** The cheapest way to help all pods: how long the search takes, and how far its plan is from a cost that none undercuts. */
import { aGroup } from '../../src/node-groups/fixtures.test-support.ts';
import { GiB } from '../../src/cluster/fixtures.test-support.ts';
import { invariant } from '../../src/cluster/invariant.ts';
import type { Workload } from '../workload.ts';

import { allHelped, passFigures, timePasses, type Scene } from './passes.ts';
import { alike } from './scale-up.ts';

const SHAPES = 50;
const ALIKE = 20;
const POOLS = 20;
const MiB = 2 ** 20;

export const price: Workload = {
  name: 'price-50x20',
  about: `the expander price: ${SHAPES * ALIKE} pods in ${SHAPES} shapes, ${POOLS} pools of as many sizes and rates`,
  run(short) {
    const scene = priceScene();
    const least = leastCost(scene);
    let cost = 0;
    const times = timePasses(scene, short ? 6 : 12, (decision) => {
      allHelped(decision);
      cost = decision.resizes.reduce((sum, { pricePerHour = 0 }) => sum + pricePerHour, 0);
      invariant(cost >= least, 'no plan is cheaper than the bound');
    });
    return Promise.resolve([
      ...passFigures('price-50x20', times, { decideMs: 60, withModelMs: 80 }),
      { name: 'price-50x20-over-bound', value: (100 * (cost - least)) / least, unit: '%', bar: 3 },
    ]);
  },
};

function priceScene(): Scene {
  return {
    nodes: [],
    pods: Array.from({ length: SHAPES }, (_, k) =>
      alike(`shape-${k}`, ALIKE, { cpu: 200 + 37 * k, memory: (256 + 53 * k) * MiB }),
    ).flat(),
    groups: Array.from({ length: POOLS }, (_, index) => {
      const size = index + 2;
      const node = { cpu: size * 2000, memory: size * 8 * GiB };
      return aGroup({ name: `pool-${index}`, pricePerHour: 0.03 * size ** (0.9 + 0.02 * (index % 5)), node });
    }),
    scaleUp: { expanders: ['price'] },
  };
}

/** All CPU at the lowest price for which any node sells it. */
function leastCost({ pods, groups }: Scene): number {
  const rate = Math.min(
    ...groups.map(({ pricePerHour = 0, template }) => pricePerHour / (template?.allocatable['cpu'] ?? 1)),
  );
  return rate * pods.reduce((sum, { spec }) => sum + (spec.requests['cpu'] ?? 0), 0);
}
