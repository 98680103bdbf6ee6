/**
 * Vultr's replies as facts. Each row is checked by itself: one malformed row is left out and named, the rest counts.
 * Fields that Vultr is known to omit or to write differently (empty maps as `[]`, no `nodes` just after creation) are
 * tolerated; fields that decisions rest on (ids, quantities) are not.
 */
import * as z from 'zod';
import type { Labels, Taint } from '../cluster/facts.ts';
import { parseTimestamp } from '../runtime/timestamps.ts';

export interface NodeRow {
  readonly id: string;
  /** The Kubernetes node's name. */
  readonly label: string;
  /** Lower case. `active`, `pending`, `upgrading`, `closed`, `suspended`, or one that nobody has documented. */
  readonly status: string;
  readonly createdAtMs: number | undefined;
}

export interface PoolRow {
  readonly id: string;
  readonly label: string;
  readonly tag: string;
  readonly plan: string;
  readonly quantity: number;
  readonly minNodes: number;
  readonly maxNodes: number;
  readonly autoScaler: boolean;
  readonly labels: Labels;
  readonly taints: readonly Taint[];
  readonly createdAtMs: number | undefined;
  /** The last change by anybody; Vultr may leave it out until there is one. */
  readonly updatedAtMs: number | undefined;
  readonly nodes: readonly NodeRow[];
  /** Rows of `nodes` that could not be read: nodes that exist, so they count where shrinking is concerned. */
  readonly unreadableNodes: number;
}

export interface PlanRow {
  readonly id: string;
  readonly vcpus: number;
  readonly ramMb: number;
  /** Of the first disk; 0 for plans that boot from a volume. */
  readonly diskGb: number;
  readonly monthlyCost: number;
  /** Where it is sold, perhaps nowhere. */
  readonly locations: readonly string[];
  /** Monthly cost by region where it differs. */
  readonly locationCost: Readonly<Record<string, number>>;
  /** `NVIDIA_A16`; '' when Vultr says none. */
  readonly gpuType: string;
  readonly gpuCount: number;
  readonly onDemand: boolean;
}

/** A row that was left out: its id or label as far as they can be read, and what is wrong with it. */
export interface BadRow {
  readonly id: string;
  readonly problem: string;
}

export interface Decoded<T> {
  readonly rows: readonly T[];
  readonly bad: readonly BadRow[];
}

const wholeNumber = z.int().nonnegative();
const textMap = z
  .union([z.record(z.string(), z.string()), z.array(z.unknown()).max(0)])
  .nullish()
  .transform((value): Labels => (value === null || value === undefined || Array.isArray(value) ? {} : value));
const taint = z.object({
  key: z.string().min(1),
  value: z
    .string()
    .nullish()
    .transform((value) => value ?? ''),
  effect: z.enum(['NoSchedule', 'PreferNoSchedule', 'NoExecute']),
});

const nodeRow = z
  .object({
    id: z.string().min(1),
    label: z.string().min(1),
    status: z.string().nullish(),
    date_created: z.string().nullish(),
  })
  .transform((row): NodeRow => ({
    id: row.id,
    label: row.label,
    status: (row.status ?? '').toLowerCase(),
    createdAtMs: parseTimestamp(row.date_created ?? ''),
  }));

const poolRow = z.object({
  id: z.string().min(1),
  label: z.string().min(1),
  tag: z.string().nullish(),
  plan: z.string().min(1),
  node_quantity: wholeNumber,
  min_nodes: wholeNumber,
  max_nodes: wholeNumber,
  auto_scaler: z.boolean(),
  date_created: z.string().nullish(),
  date_updated: z.string().nullish(),
  labels: textMap,
  taints: z.array(taint).nullish(),
  nodes: z.array(z.unknown()).nullish(),
});

/** `1`, `"2"`, `"1/3"` (a third of a card still shows as one device on the node). */
const gpuCount = z
  .union([z.number().nonnegative(), z.string().regex(/^\d+(?:\/[1-9]\d*)?$/)])
  .nullish()
  .transform((value) => {
    const [whole = 0, parts = 1] = typeof value === 'string' ? value.split('/').map(Number) : [value ?? 0];
    return Math.ceil(whole / parts);
  });

/** An empty map comes as `[]`; whatever cannot be read means: no other price there. */
const LOCATION_COST = z.record(z.string(), z.looseObject({ monthly_cost: z.number().nonnegative().nullish() }));

const planRow = z
  .object({
    id: z.string().min(1),
    vcpu_count: wholeNumber,
    ram: wholeNumber,
    disk: z.number().nonnegative(),
    monthly_cost: z.number().nonnegative(),
    type: z.string().nullish(),
    locations: z.array(z.string()).nullish(),
    location_cost: z.unknown(),
    gpu_type: z.string().nullish(),
    gpu_count: gpuCount,
    deploy_ondemand: z.boolean().nullish(),
  })
  .transform((row): PlanRow => ({
    id: row.id,
    vcpus: row.vcpu_count,
    ramMb: row.ram,
    diskGb: row.disk,
    monthlyCost: row.monthly_cost,
    locations: row.locations ?? [],
    locationCost: monthlyByRegion(row.location_cost),
    gpuType: row.gpu_type ?? '',
    // Some GPU plans carry no gpu fields at all. Only their id tells; a card more than one is never assumed.
    gpuCount: row.gpu_count > 0 ? row.gpu_count : row.id.startsWith('vcg-') || row.type === 'vcg' ? 1 : 0,
    onDemand: row.deploy_ondemand ?? true,
  }));

const clusterRow = z.object({ id: z.string().min(1), region: z.string().min(1) });

/** A pool with its nodes. `badNodes` are those of its nodes that were left out. */
export function decodePool(value: unknown): { readonly pool: PoolRow; readonly badNodes: readonly BadRow[] } | BadRow {
  const parsed = poolRow.safeParse(value);
  if (!parsed.success) return describe(value, parsed.error);
  const row = parsed.data;
  const nodes = decodeRows(row.nodes ?? [], nodeRow);
  const pool: PoolRow = {
    id: row.id,
    label: row.label,
    tag: row.tag ?? '',
    plan: row.plan,
    quantity: row.node_quantity,
    minNodes: row.min_nodes,
    maxNodes: row.max_nodes,
    autoScaler: row.auto_scaler,
    labels: row.labels,
    taints: row.taints ?? [],
    createdAtMs: parseTimestamp(row.date_created ?? ''),
    updatedAtMs: parseTimestamp(row.date_updated ?? ''),
    nodes: nodes.rows,
    unreadableNodes: nodes.bad.length,
  };
  return { pool, badNodes: nodes.bad };
}

export function decodePlans(values: readonly unknown[]): Decoded<PlanRow> {
  return decodeRows(values, planRow);
}

export function decodeCluster(value: unknown): { readonly id: string; readonly region: string } | BadRow {
  const parsed = clusterRow.safeParse(value);
  return parsed.success ? parsed.data : describe(value, parsed.error);
}

export function isBadRow(value: object): value is BadRow {
  return 'problem' in value;
}

function decodeRows<T>(values: readonly unknown[], schema: z.ZodType<T>): Decoded<T> {
  const rows: T[] = [];
  const bad: BadRow[] = [];
  for (const value of values) {
    const parsed = schema.safeParse(value);
    if (parsed.success) rows.push(parsed.data);
    else bad.push(describe(value, parsed.error));
  }
  return { rows, bad };
}

const NAMED = z.looseObject({ id: z.string().catch(''), label: z.string().catch('') });

function describe(value: unknown, error: z.ZodError): BadRow {
  const named = NAMED.safeParse(value);
  const issue = error.issues[0];
  const path = issue?.path.join('.') ?? '';
  const id = named.success ? named.data.id || named.data.label : '';
  return {
    id: id === '' ? '(no id)' : id,
    problem: `${path === '' ? 'row' : path}: ${issue?.message ?? 'unreadable'}`,
  };
}

function monthlyByRegion(cost: unknown): Readonly<Record<string, number>> {
  const byRegion: Record<string, number> = {};
  const parsed = LOCATION_COST.safeParse(cost);
  for (const [region, { monthly_cost: monthly }] of Object.entries(parsed.data ?? {})) {
    if (typeof monthly === 'number') byRegion[region] = monthly;
  }
  return byRegion;
}
