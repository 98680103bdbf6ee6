/** The lines of `top`: its lists as tables with bars, and what stands above and below them. Free of the terminal. */
import { wordCount } from '../explain/amounts.ts';
import { table } from './table.ts';
import type { TopView } from './top-view.ts';

export const LISTS = ['nodes', 'pools', 'pending', 'decisions'] as const;

export type ListName = (typeof LISTS)[number];

/** A list as text: a heading, a line for each item, and what there is to say of each at length. */
export interface ListText {
  readonly heading: string;
  readonly lines: readonly string[];
  readonly details: readonly string[];
}

const BAR_WIDTH = 12;
/** Where nobody scrolls. */
const MOST_PLAIN_DECISIONS = 10;
const DAY_SECONDS = 86_400;

export function summaryLine({ decidedSecondsAgo, decision, nodes, pending, pricePerHour }: TopView): string {
  const waiting = pending.reduce((sum, { count }) => sum + count, 0);
  const parts = [
    wordCount(nodes.length, 'node'),
    `$${pricePerHour.toFixed(3)}/h`,
    waiting === 0 ? 'no pod waits' : `${wordCount(waiting, 'pod')} waiting`,
    `decision ${decision}, ${ageText(decidedSecondsAgo)} ago`,
  ];
  return parts.join('   ');
}

export function listText(view: TopView, name: ListName): ListText {
  switch (name) {
    case 'nodes':
      return nodesText(view);
    case 'pools':
      return poolsText(view);
    case 'pending':
      return pendingText(view);
    default:
      return decisionsText(view);
  }
}

/** Everything, one list after the other: where there is no terminal. */
export function plainText(view: TopView): string {
  const lists = LISTS.map((name) => {
    const { heading, lines: all } = listText(view, name);
    const lines = name === 'decisions' ? all.slice(0, MOST_PLAIN_DECISIONS) : all;
    return [`${name.toUpperCase()} (${lines.length})`, ...(lines.length === 0 ? [] : [heading, ...lines]), ''];
  });
  return [summaryLine(view), '', ...lists.flat()].join('\n');
}

function nodesText({ nodes }: TopView): ListText {
  const sorted = nodes.toSorted((a, b) => order(a.pool, b.pool) || order(a.node, b.node));
  const rows = sorted.map((node) => [
    node.node,
    node.pool === '' ? '–' : node.pool,
    barOf(node.cpu),
    barOf(node.memory),
    String(node.pods),
    price(node.pricePerHour),
    ageText(node.ageSeconds),
    node.state,
    node.why,
  ]);
  const header = ['NODE', 'POOL', 'CPU REQUESTED', 'MEMORY REQUESTED', 'PODS', '$/H', 'AGE', 'STATE', 'WHY'];
  return listOf(
    header,
    rows,
    sorted.map(({ node, why }) => `${node}: ${why}`),
  );
}

function poolsText({ pools }: TopView): ListText {
  const rows = pools.map((pool) => [
    pool.pool,
    `${pool.targetSize} of ${pool.minSize} to ${pool.maxSize}`,
    bar(pool.targetSize, pool.maxSize),
    String(pool.ready),
    String(pool.upcoming),
    price(pool.pricePerHour),
    price(pool.pricePerHour === undefined ? undefined : pool.pricePerHour * pool.targetSize),
    pool.blocked === '' ? 'may grow' : pool.blocked,
  ]);
  const header = ['POOL', 'NODES', 'OF MAXIMUM', 'READY', 'ON THEIR WAY', '$/H A NODE', '$/H', 'GROWS'];
  return listOf(
    header,
    rows,
    rows.map(([pool = '', , , , , , , why = '']) => `${pool}: ${why}`),
  );
}

function pendingText({ pending }: TopView): ListText {
  const rows = pending.map(({ count, pods, state, why }) => [pods, String(count), state, why]);
  return listOf(
    ['PODS OF', 'COUNT', 'STATE', 'WHY'],
    rows,
    pending.map(({ pods, why }) => `${pods}: ${why}`),
  );
}

function decisionsText({ decisions }: TopView): ListText {
  const rows = decisions.map(({ at, id, what }) => [id, at, what]);
  return listOf(
    ['DECISION', 'AT', 'WHAT'],
    rows,
    decisions.map(({ what }) => what),
  );
}

function listOf(header: readonly string[], rows: readonly (readonly string[])[], details: readonly string[]): ListText {
  const [heading = '', ...lines] = table(header, rows);
  return { heading, lines, details };
}

function barOf({ allocatable, requested }: TopView['nodes'][number]['cpu']): string {
  return bar(requested, allocatable);
}

/** `████████····  66 %` */
function bar(part: number, whole: number): string {
  const share = whole <= 0 ? 0 : Math.min(1, part / whole);
  const filled = Math.round(share * BAR_WIDTH);
  const percent = `${Math.round((whole <= 0 ? 0 : part / whole) * 100)} %`;
  return `${'█'.repeat(filled)}${'·'.repeat(BAR_WIDTH - filled)} ${percent.padStart(5)}`;
}

function price(usd: number | undefined): string {
  return usd === undefined ? '?' : usd.toFixed(3);
}

/** `45s`, `12m`, `3h05m`, `2d4h`, as kubectl has it. */
function ageText(seconds: number): string {
  if (seconds < 120) return `${seconds}s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 120) return `${minutes}m`;
  const hours = Math.floor(minutes / 60);
  if (seconds < 2 * DAY_SECONDS) return `${hours}h${String(minutes % 60).padStart(2, '0')}m`;
  return `${Math.floor(hours / 24)}d${hours % 24}h`;
}

function order(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
