/** The model itself: all verdicts for a new kind of pod, the journal, one pod event, and memory. */
import { Cluster } from '../../src/cluster/cluster.ts';
import type { PodFacts } from '../../src/cluster/facts.ts';
import { aSpec, GiB } from '../../src/cluster/fixtures.test-support.ts';
import { invariant } from '../../src/cluster/invariant.ts';
import { checkFits } from '../../src/scheduling/runner.ts';
import { verdict } from '../../test/reference-scheduler.ts';
import { shareOfReference, slice } from '../slow-reference.ts';
import type { Figure, Workload } from '../workload.ts';
import { medianMs } from '../workload.ts';
import { largeCluster, LARGE, nodeAt, NODES, pendingPods, runningPods } from './large-cluster.ts';

const MiB = 2 ** 20;

export const verdicts: Workload = {
  name: 'verdicts',
  about: 'the verdicts of 5,000 nodes on a pod of a kind that was not seen before',
  run(short) {
    const cluster = largeCluster();
    const slots = cluster.nodeSlots();
    let round = 0;
    const value = medianMs(short ? 5 : 21, () => {
      round += 1;
      const [pod] = pendingPods(`new-${round}`, 1, { nodeSelector: { pool: 'pool-3' } });
      if (pod !== undefined) checkFits(cluster, pod, slots);
    });
    return Promise.resolve([{ name: 'verdicts', value, unit: 'ms', bar: 2 }, verdictsAgainstReference()]);
  },
};

function verdictsAgainstReference(): Figure {
  const { cluster, world } = slice();
  const slots = cluster.nodeSlots();
  let round = 0;
  const next = (): PodFacts[] => pendingPods(`new-${(round += 1)}`, 1, { nodeSelector: { pool: 'pool-3' } });
  let ours = 0;
  let theirs = 0;
  const figure = shareOfReference('verdicts', {
    ours: () => {
      ours = next()
        .flatMap((pod) => checkFits(cluster, pod, slots))
        .filter(({ fits }) => fits).length;
    },
    reference: () => {
      theirs = next().flatMap((pod) => world.nodes.filter((node) => verdict(world, pod, node) === 'fits')).length;
    },
  });
  invariant(ours === theirs, 'the reference finds as many nodes that fit');
  return figure;
}

const PLACEMENTS = 1_000;

export const journal: Workload = {
  name: 'journal',
  about: 'fork, 1,000 placements and rollback on 5,000 nodes × 30 pods',
  run(short) {
    const cluster = largeCluster();
    const slots = cluster.nodeSlots();
    const pods = pendingPods('trial', PLACEMENTS);
    const value = medianMs(short ? 11 : 51, () => {
      const mark = cluster.fork();
      for (const [index, pod] of pods.entries()) cluster.place(pod, slots[(index * 7) % slots.length] ?? 0);
      cluster.rollback(mark);
    });
    return Promise.resolve([{ name: 'journal', value, unit: 'ms', bar: 1 }]);
  },
};

export const podEvent: Workload = {
  name: 'pod-event',
  about: 'one pod event into the model of 5,000 nodes × 30 pods: a status change, and a pod that comes and goes',
  run(short) {
    const cluster = largeCluster();
    const rounds = short ? 5 : 15;
    const running = [...cluster.pods()].filter((_, index) => index % 15 === 0);
    const changed = running.map((pod): PodFacts => ({ ...pod, resourceVersion: '2', ready: !pod.ready }));
    const status = medianMs(rounds, () => {
      for (const pod of changed) cluster.apply({ kind: 'pod', pod });
    });
    const coming = pendingPods('coming', 10_000).map((pod, index) => ({
      ...pod,
      nodeName: nodeAt(index % NODES).name,
    }));
    const comeAndGo = medianMs(rounds, () => {
      for (const pod of coming) cluster.apply({ kind: 'pod', pod });
      for (const { namespace, name, uid } of coming) cluster.apply({ kind: 'pod-gone', namespace, name, uid });
    });
    return Promise.resolve([
      { name: 'pod-event', value: (status * 1000) / changed.length, unit: 'µs', bar: 3 },
      { name: 'pod-event-come-and-go', value: (comeAndGo * 1000) / (2 * coming.length), unit: 'µs', bar: 3 },
    ]);
  },
};

export const memory: Workload = {
  name: 'memory',
  about: 'the model of 5,000 nodes and 150,000 pods alone, the facts in it included (heap and typed arrays)',
  run() {
    const before = usedBytes();
    const cluster = new Cluster();
    for (let index = 0; index < NODES; index += 1) cluster.apply({ kind: 'node', node: nodeAt(index) });
    for (const pod of runningPods(LARGE)) cluster.apply({ kind: 'pod', pod });
    const value = (usedBytes() - before) / MiB;
    // Held until here: what is measured must not be collected before.
    const held = cluster.podCount() === 150_000 && aSpec({ memory: GiB }).requests['memory'] === GiB;
    return Promise.resolve([{ name: 'memory', value: held ? value : Number.NaN, unit: 'MiB', bar: 150 }]);
  },
};

function usedBytes(): number {
  if (globalThis.gc === undefined) throw new Error('run with --expose-gc: without it memory cannot be told');
  globalThis.gc();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}
