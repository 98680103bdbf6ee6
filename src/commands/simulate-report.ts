/** What came of a simulation, as data and as text. */
import type { newSimulation } from '../../sandbox/simulation.ts';
import type { Bill } from '../../sandbox/vultr/ledger.ts';
import type { Usage } from '../../sandbox/report/usage-meter.ts';
import type { WaitStatistics } from '../../sandbox/workload/pod-journal.ts';
import type { TracePod } from '../../sandbox/workload/trace.ts';
import type { DecisionRecord, PodsExplanation } from '../explain/record.ts';
import { describe } from '../explain/text.ts';
import { table } from './table.ts';

export interface SimulationReport {
  readonly seed: string;
  /** Simulated time until nothing moved any more. */
  readonly days: number;
  /** Decisions made. */
  readonly passes: number;
  readonly pods: number;
  readonly served: number;
  /** Lost with their node or evicted, and not made anew. */
  readonly lost: number;
  /** Pods that still wait, and why. */
  readonly unserved: readonly Unserved[];
  /** From creation to Running, in seconds, of the pods that were served. */
  readonly waitSeconds: WaitStatistics['waitMs'];
  readonly pools: readonly PoolBill[];
  readonly nodeHours: number;
  readonly usd: number;
  readonly utilization: Usage['utilization'];
  readonly lowerBoundUsd: number;
  readonly lowerBoundWithMinimumUsd: number;
  readonly lowerBoundWholePodsUsd: number;
}

interface Unserved {
  readonly pods: number;
  readonly example: string;
  readonly why: readonly string[];
}

interface PoolBill {
  readonly pool: string;
  readonly plan: string;
  readonly nodeHours: number;
  readonly usd: number;
}

export interface ReportInput {
  readonly simulation: ReturnType<typeof newSimulation>;
  readonly bill: Bill;
  readonly pods: readonly TracePod[];
  readonly usage: Usage;
  /** The last decision. */
  readonly last: DecisionRecord | undefined;
  readonly seed: string;
}

const DAY_MS = 86_400_000;

export function simulationReport({ simulation, bill, pods, usage, last, seed }: ReportInput): SimulationReport {
  const statistics = simulation.journal.statistics();
  const { p50, p90, p99, max } = statistics.waitMs;
  return {
    seed,
    days: simulation.clock.monotonic() / DAY_MS,
    passes: last?.pass ?? 0,
    pods: pods.length,
    served: statistics.served,
    lost: statistics.neverServed,
    unserved: unservedOf(last),
    waitSeconds: { p50: p50 / 1000, p90: p90 / 1000, p99: p99 / 1000, max: max / 1000 },
    pools: bill.lines.map(({ poolLabel, planId, nodeHours, usd }) => ({
      pool: poolLabel,
      plan: planId,
      nodeHours,
      usd,
    })),
    nodeHours: bill.nodeHours,
    usd: bill.usd,
    utilization: usage.utilization,
    lowerBoundUsd: usage.lowerBoundUsd,
    lowerBoundWithMinimumUsd: usage.lowerBoundWithMinimumUsd,
    lowerBoundWholePodsUsd: usage.lowerBoundWholePodsUsd,
  };
}

/** Pods that wait at the end, put together where the reasons are the same in kind; the most numerous first. */
function unservedOf(last: DecisionRecord | undefined): readonly Unserved[] {
  const byKind = new Map<string, { pods: number; readonly first: PodsExplanation }>();
  for (const pods of last?.pods ?? []) {
    const kind = kindOf(pods);
    const known = byKind.get(kind);
    if (known === undefined) byKind.set(kind, { pods: pods.count, first: pods });
    else known.pods += pods.count;
  }
  return [...byKind.values()]
    .map(({ pods, first }) => ({ pods, example: first.example, why: whyOf(first) }))
    .toSorted((a, b) => b.pods - a.pods || (a.example < b.example ? -1 : 1));
}

function kindOf(pods: PodsExplanation): string {
  const perGroup = pods.perGroup.map(({ group, reason }) =>
    reason.code === 'InsufficientResource' ? `${group}:${reason.code}:${reason.resource}` : `${group}:${reason.code}`,
  );
  return [pods.outcome.kind, ...perGroup].join(' ');
}

function whyOf(pods: PodsExplanation): readonly string[] {
  if (pods.outcome.kind === 'waits') return [describe(pods.outcome.reason)];
  return pods.perGroup.map(({ group, reason }) => `${group}: ${describe(reason)}`);
}

export function formatReport(report: SimulationReport): string {
  const { waitSeconds: wait, utilization: use } = report;
  const waiting = report.unserved.reduce((sum, { pods }) => sum + pods, 0);
  const lines = [
    `Replayed ${report.days.toFixed(1)} days in ${report.passes} passes, seed ${report.seed}.`,
    '',
    `Pods          ${report.pods}: ${report.served} served, ${waiting} that no pool can hold, ${report.lost} lost`,
    `Wait          p50 ${seconds(wait.p50)}, p90 ${seconds(wait.p90)}, p99 ${seconds(wait.p99)}, longest ${seconds(wait.max)} (creation to running)`,
    `Utilisation   ${percent(use.cpu)} of CPU, ${percent(use.memory)} of memory, ${percent(use['nvidia.com/gpu'])} of GPUs requested`,
    '',
    ...table(
      ['pool', 'plan', 'node-hours', '$'],
      [
        ...report.pools.map((pool) => [pool.pool, pool.plan, pool.nodeHours.toFixed(1), dollars(pool.usd)]),
        ['all', '', report.nodeHours.toFixed(1), dollars(report.usd)],
      ],
    ),
    '',
    `Lower bound   $${dollars(report.lowerBoundUsd)} for divisible pods and nodes (the cost is ${share(report.usd, report.lowerBoundUsd)} of it)`,
    `              $${dollars(report.lowerBoundWithMinimumUsd)} when each pool keeps its minimum (${share(report.usd, report.lowerBoundWithMinimumUsd)})`,
    `              $${dollars(report.lowerBoundWholePodsUsd)} when pods are not cut in pieces either (${share(report.usd, report.lowerBoundWholePodsUsd)})`,
  ];
  for (const { pods, example, why } of report.unserved) {
    lines.push(
      '',
      `${pods} pod${pods === 1 ? '' : 's'} not served, such as ${example}:`,
      ...why.map((each) => `  ${each}`),
    );
  }
  return `${lines.join('\n')}\n`;
}

function share(part: number, whole: number): string {
  return whole > 0 ? percent(part / whole) : '–';
}

function seconds(value: number): string {
  return value < 120 ? `${value.toFixed(1)} s` : `${(value / 60).toFixed(1)} min`;
}

function percent(part: number): string {
  return `${(100 * part).toFixed(1)} %`;
}

function dollars(usd: number): string {
  return usd.toFixed(2);
}
