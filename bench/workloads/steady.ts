/** Passes while nothing is pending and nothing can go: what a cluster costs that is left alone, and what a pass blocks. */
import { aNode, GiB } from '../../src/cluster/fixtures.test-support.ts';
import { invariant } from '../../src/cluster/invariant.ts';
import type { Decision } from '../../src/loop/decide.ts';
import { aGroup } from '../../src/node-groups/fixtures.test-support.ts';
import { timed } from '../stopwatch.ts';
import type { Workload } from '../workload.ts';
import type { Scene } from './passes.ts';
import { modelOf, NOW, passOn } from './passes.ts';
import { alike, runningOn } from './scale-up.ts';

/** A pass every so often. */
const INTERVAL_MS = 10_000;
/** What larger clusters are compared with. */
const SMALL = 1000;

export const steady: readonly Workload[] = ([SMALL, 5000, 15_000] as const).map((count): Workload => ({
  name: `steady-${count}`,
  about: `${count} nodes with 30 pods each, 80 % used, one group; every pass after the first, quiet and with a few changes`,
  slow: count > 5000,
  near: count > SMALL,
  run(short) {
    const passes = short ? 11 : 31;
    const { quiet, changing } = steadyTimes(count, passes);
    const small = count === SMALL ? quiet : steadyTimes(SMALL, passes).quiet;
    return Promise.resolve([
      { name: `steady-${count}`, value: quiet, unit: 'ms', bar: 10 },
      { name: `steady-${count}-changing`, value: changing, unit: 'ms', bar: 10 },
      {
        name: `steady-${count}-growth`,
        value: (1000 * (quiet - small)) / Math.max(1, count - SMALL),
        unit: 'µs more for each further node',
        bar: 0.1,
      },
    ]);
  },
}));

/** The best of passes in which nothing has changed, and of those before which three pods were told of anew. */
function steadyTimes(count: number, passes: number): { readonly quiet: number; readonly changing: number } {
  const scene = steadyScene(count);
  const cluster = modelOf(scene);
  let decision = passOn(cluster, scene);
  const times: Record<'quiet' | 'changing', number[]> = { quiet: [], changing: [] };
  for (let pass = 1; pass <= 2 * passes; pass += 1) {
    const kind = pass > passes ? 'changing' : 'quiet';
    for (const index of kind === 'changing' ? [0, 1, 2] : []) {
      const pod = scene.pods[(pass * 997 + index * 31_013) % scene.pods.length];
      if (pod !== undefined) cluster.apply({ kind: 'pod', pod: { ...pod, resourceVersion: `${pass}` } });
    }
    const { memory } = decision;
    const [ms, next] = timed(() => passOn(cluster, scene, memory, NOW + pass * INTERVAL_MS));
    decision = next;
    times[kind].push(ms);
    checkQuiet(decision, count);
  }
  return { quiet: Math.min(...times.quiet), changing: Math.min(...times.changing) };
}

/** The longest that one turn of the event loop takes, at the largest size. */
export const blocking: Workload = {
  name: 'blocking-15000',
  about: '15,000 nodes, 450,000 pods: the first pass, one after a node has changed, and one with 1,000 new pods',
  slow: true,
  run() {
    const scene = steadyScene(15_000);
    const cluster = modelOf(scene);
    let longest = 0;
    let { memory } = watched(() => passOn(cluster, scene));
    const [changed] = scene.nodes;
    if (changed !== undefined) cluster.apply({ kind: 'node', node: { ...changed, resourceVersion: '2' } });
    ({ memory } = watched(() => passOn(cluster, scene, memory, NOW + INTERVAL_MS)));
    for (const pod of alike('new', 1000, { cpu: 4000, memory: GiB })) cluster.apply({ kind: 'pod', pod });
    watched(() => passOn(cluster, scene, memory, NOW + 2 * INTERVAL_MS));
    return Promise.resolve([{ name: 'blocking-15000', value: longest, unit: 'ms', bar: 200 }]);

    function watched(pass: () => Decision): Decision {
      const [ms, decision] = timed(pass);
      longest = Math.max(longest, ms);
      return decision;
    }
  },
};

function steadyScene(count: number): Scene {
  const nodes = Array.from({ length: count }, (_, index) =>
    aNode({ name: `node-${String(index).padStart(5, '0')}`, cpu: 16_000, memory: 64 * GiB }),
  );
  return {
    nodes,
    pods: runningOn(nodes, 30, { cpu: 426, memory: GiB }),
    groups: [aGroup({ name: 'pool', maxSize: 100_000, nodes, node: { cpu: 16_000, memory: 64 * GiB } })],
  };
}

function checkQuiet({ resizes, removals, record }: Decision, nodes: number): void {
  invariant(resizes.length === 0 && removals.length === 0, 'nothing is to be done');
  invariant(record.nodes.length === nodes, 'every node is explained');
}
