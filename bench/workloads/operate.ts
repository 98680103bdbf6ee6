/** What looking on costs: the exposition of metrics, an answer to "why?", the size of a record, and recording itself. */
import { aNode, GiB } from '../../src/cluster/fixtures.test-support.ts';
import type { Cluster } from '../../src/cluster/cluster.ts';
import { invariant } from '../../src/cluster/invariant.ts';
import type { DecisionRecord } from '../../src/explain/record.ts';
import { recordDocument } from '../../src/explain/record-document.ts';
import { aGroup } from '../../src/node-groups/fixtures.test-support.ts';
import { defaultOptions } from '../../src/options/options.ts';
import { ask } from '../../src/report/http/answer.ts';
import { Reporting } from '../../src/report/reporting.ts';
import { realClock } from '../../src/runtime/clock.ts';
import { silentLogger } from '../../src/runtime/log.ts';
import { formatTimestamp } from '../../src/runtime/timestamps.ts';
import { longestTurnMs, startStopwatch, timed } from '../stopwatch.ts';
import type { Workload } from '../workload.ts';
import { percentile } from '../workload.ts';
import { modelOf, passOn, type Scene } from './passes.ts';
import { alike, runningOn } from './scale-up.ts';

const MiB = 2 ** 20;
const PENDING = 10_000;
const SHAPES = 100;
const POOLS = 20;

/** Full nodes, and pods in a hundred shapes that wait; half of the shapes fit no pool. */
export function sceneOf(count: number): Scene {
  const nodes = Array.from({ length: count }, (_, index) =>
    aNode({ name: `node-${String(index).padStart(5, '0')}`, cpu: 16_000, memory: 64 * GiB }),
  );
  return {
    nodes,
    pods: [
      ...runningOn(nodes, 10, { cpu: 1580, memory: 6 * GiB }),
      ...Array.from({ length: SHAPES }, (_, shape) =>
        alike(`new-${shape}`, PENDING / SHAPES, {
          cpu: shape % 2 === 0 ? 300 + 10 * shape : 17_000 + shape,
          memory: (512 + 8 * shape) * MiB,
        }),
      ).flat(),
    ],
    groups: Array.from({ length: POOLS }, (_, pool) =>
      aGroup({
        name: `pool-${pool}`,
        maxSize: 10_000,
        node: { cpu: 16_000, memory: 64 * GiB },
        nodes: nodes.filter((_node, index) => index % POOLS === pool),
      }),
    ),
  };
}

interface Told {
  readonly cluster: Cluster;
  readonly record: DecisionRecord;
  readonly reporting: Reporting;
  /** How long the decision and the telling took. */
  readonly decideMs: number;
  readonly tellMs: number;
}

function told(scene: Scene): Told {
  const cluster = modelOf(scene);
  const options = defaultOptions();
  const perGroup = { ...options, report: { ...options.report, metricsPerNodeGroup: true, removalLatency: true } };
  const reporting = new Reporting({
    options: perGroup,
    clock: realClock,
    logger: silentLogger,
    cluster,
    decisionInput: () => undefined,
    version: 'bench',
    isLeader: () => true,
  });
  const [decideMs, decision] = timed(() => passOn(cluster, scene));
  const { record } = decision;
  const [tellMs] = timed(() => reporting.record(record, decision));
  return { cluster, record, reporting, decideMs, tellMs };
}

export const metricsText: Workload = {
  name: 'metrics-1000',
  about: `/metrics of a leader with 1,000 nodes in ${POOLS} pools, every part of a pass measured`,
  async run(short) {
    const { reporting } = told(sceneOf(1000));
    for (const part of ['main', 'loopWait', 'cloudProviderRefresh', 'updateClusterState', 'scaleUp'] as const) {
      for (let ms = 1; ms < 1000; ms += 1) reporting.took(part, ms);
    }
    const times: number[] = [];
    for (let round = 0; round < (short ? 20 : 100); round += 1) {
      const { elapsedMs } = startStopwatch();
      const { body } = await ask(reporting.handlers, '/metrics');
      times.push(elapsedMs());
      invariant(body.includes('cluster_autoscaler_nodes_count{state="ready"} 1000'), 'the nodes are counted');
    }
    const turns: number[] = [];
    while (turns.length < times.length) turns.push(await longestTurnMs(() => ask(reporting.handlers, '/metrics')));
    return [
      { name: 'metrics-1000', value: percentile(times, 0.5), unit: 'ms', bar: 20 },
      { name: 'metrics-1000-turn', value: percentile(turns, 0.9), unit: 'ms that a pass may be held up (p90)', bar: 5 },
    ];
  },
};

export const explain: Workload = {
  name: 'explain-5000x10000',
  about: 'an explanation over HTTP at 5,000 nodes and 10,000 pending pods in 100 shapes; recording beside deciding',
  near: true,
  async run(short) {
    const scene = sceneOf(5000);
    told(scene);
    const rounds = Array.from({ length: short ? 3 : 6 }, () => told(scene));
    const decideMs = Math.min(...rounds.map((round) => round.decideMs));
    const tellMs = Math.min(...rounds.map((round) => round.tellMs));
    const [first] = rounds;
    invariant(first !== undefined, 'there is a round');
    const paths = ['/explain/pods/default/new-99-57', '/explain/nodes/node-04999', '/explain/pools/pool-19'];
    const times: number[] = [];
    for (let round = 0; round < (short ? 20 : 100); round += 1) {
      for (const path of paths) {
        const { elapsedMs } = startStopwatch();
        const { status, body } = await ask(first.reporting.handlers, path);
        times.push(elapsedMs());
        invariant(status === 200 && body.includes('"summary"'), `${path} is answered: ${body}`);
      }
    }
    return [
      { name: 'explain-5000x10000-p99', value: percentile(times, 0.99), unit: 'ms', bar: 10 },
      { name: 'recording-5000x10000', value: (100 * tellMs) / decideMs, unit: '% of the decision', bar: 5 },
    ];
  },
};

export const recordSize: Workload = {
  name: 'record-size',
  about: `the published record of a pass with ${PENDING} pending pods in ${SHAPES} shapes, ${POOLS} pools, 1,000 nodes`,
  run() {
    const { record } = told(sceneOf(1000));
    const pods = record.pods.reduce((sum, { count }) => sum + count, 0);
    invariant(pods === PENDING, 'each pod is in the record');
    const bytes = Buffer.byteLength(JSON.stringify(recordDocument(record, formatTimestamp)));
    return Promise.resolve([{ name: 'record-size', value: bytes / 1024, unit: 'kB', bar: 64 }]);
  },
};
