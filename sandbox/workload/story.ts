/**
 * Stories: a cluster and what happens to it, as a YAML file. A story has a region and pools, workloads at the beginning,
 * and events at given times after it:
 *
 *     seed: 7
 *     region: ewr
 *     pools:
 *       - { label: web, plan: vc2-4c-8gb, min: 1, max: 8 }
 *     workloads:
 *       - deployment: { name: web, replicas: 3, cpu: 500m, memory: 512Mi, pdb: { maxUnavailable: 25% } }
 *     events:
 *       - { at: 2m, scale: deployment/web, replicas: 40, note: The evening begins. }
 *       - { at: 5m, job: { name: train, count: 3, cpu: 1, memory: 4Gi, gpu: 1, duration: 10m } }
 *       - { at: 6m, stockOut: { plan: vc2-4c-8gb, for: 15m } }
 *     until: 1h
 *
 * An event has one action (scale, apply, delete, job, stockOut, loseNode, apiOutage), a note, or both. Whatever is wrong
 * is reported with its line and field, all of it at once.
 */
import { LineCounter, parseDocument } from 'yaml';
import type { Result } from '../../src/runtime/result.ts';
import { failure, success } from '../../src/runtime/result.ts';
import type { Plan } from '../vultr/instances.ts';
import { type StoryProblem, problemsOfIssues, problemsOfSyntax, storyProblem } from './story-problems.ts';
import { type StoryFile, poolsSchema, storySchema } from './story-schema.ts';
import { type StoryObject, jobObject, objectsOf } from './story-workloads.ts';

export interface StoryPool {
  readonly label: string;
  readonly plan: string;
  readonly min: number;
  readonly max: number;
  /** Nodes at the beginning. */
  readonly quantity: number;
  readonly labels: Readonly<Record<string, string>>;
  readonly taints: readonly {
    readonly key: string;
    readonly value: string;
    readonly effect: 'NoSchedule' | 'PreferNoSchedule' | 'NoExecute';
  }[];
  readonly autoScaler: boolean;
}

/** `deployment/web` of a story, taken apart. */
export interface StoryTarget {
  readonly resource: StoryObject['resource'];
  readonly namespace: string;
  readonly name: string;
}

export type StoryAction =
  | { readonly kind: 'scale'; readonly target: StoryTarget; readonly replicas: number }
  | { readonly kind: 'apply'; readonly objects: readonly StoryObject[] }
  | { readonly kind: 'delete'; readonly target: StoryTarget }
  | {
      readonly kind: 'stock-out';
      readonly plan: string;
      readonly region: string;
      readonly durationMs: number;
      readonly how: 'refuse' | 'accept';
    }
  | { readonly kind: 'lose-node'; readonly pool: string }
  | { readonly kind: 'api-outage'; readonly durationMs: number };

export interface StoryEvent {
  /** Since the beginning. */
  readonly atMs: number;
  readonly note: string | undefined;
  readonly action: StoryAction | undefined;
}

export interface Story {
  readonly title: string | undefined;
  readonly seed: number | string;
  readonly region: string;
  readonly pools: readonly StoryPool[];
  readonly workloads: readonly StoryObject[];
  /** In the order of their times. */
  readonly events: readonly StoryEvent[];
  readonly untilMs: number;
}

const RESOURCES: Readonly<Record<string, StoryObject['resource']>> = {
  deployment: 'deployments',
  statefulset: 'statefulsets',
  daemonset: 'daemonsets',
  job: 'jobs',
  pdb: 'poddisruptionbudgets',
  pod: 'pods',
};

/** Reads a story. With `plans`, a pool's or stock-out's plan must be one of them and be sold in the story's region. */
export function parseStory(text: string, plans?: readonly Plan[]): Result<Story, readonly StoryProblem[]> {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines });
  if (document.errors.length > 0) return failure(problemsOfSyntax(document.errors));
  const parsed = storySchema.safeParse(document.toJS());
  const source = { document, lines };
  if (!parsed.success) return failure(problemsOfIssues(parsed.error.issues, source));
  const problems = contradictions(parsed.data, plans).map(({ path, message }) => storyProblem(source, path, message));
  return problems.length > 0 ? failure(problems) : success(storyOf(parsed.data));
}

/** Reads a file of pools: the `region` and `pools` of a story, and nothing else. */
export function parsePools(
  text: string,
  plans?: readonly Plan[],
): Result<Pick<Story, 'region' | 'pools'>, readonly StoryProblem[]> {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines });
  if (document.errors.length > 0) return failure(problemsOfSyntax(document.errors));
  const parsed = poolsSchema.safeParse(document.toJS());
  const source = { document, lines };
  if (!parsed.success) return failure(problemsOfIssues(parsed.error.issues, source));
  const { region } = parsed.data;
  const file: StoryFile = { seed: 1, region, pools: parsed.data.pools, workloads: [], events: [], until: 0 };
  const problems = contradictions(file, plans).map(({ path, message }) => storyProblem(source, path, message));
  if (problems.length > 0) return failure(problems);
  return success({ region, pools: storyOf(file).pools });
}

interface Contradiction {
  readonly path: readonly (string | number)[];
  readonly message: string;
}

/** What each field allows by itself, but not together with the others. */
function contradictions(file: StoryFile, plans: readonly Plan[] | undefined): readonly Contradiction[] {
  const found: Contradiction[] = [];
  const labels = new Set(file.pools.map((pool) => pool.label));
  file.pools.forEach((pool, index) => {
    const quantity = pool.quantity ?? pool.min;
    if (quantity < pool.min || quantity > pool.max) {
      found.push({
        path: ['pools', index, 'quantity'],
        message: `${quantity} is not from min ${pool.min} to max ${pool.max}`,
      });
    }
    if (file.pools.findIndex(({ label }) => label === pool.label) < index) {
      found.push({ path: ['pools', index, 'label'], message: `there is a pool "${pool.label}" already` });
    }
    const wrong = planProblem(pool.plan, file.region, plans);
    if (wrong !== undefined) found.push({ path: ['pools', index, 'plan'], message: wrong });
  });
  const known = knownTargets(file);
  file.events.forEach((event, index) => {
    const at = ['events', index] as const;
    if (event.at > file.until) found.push({ path: [...at, 'at'], message: 'comes after the end of the story (until)' });
    for (const key of ['scale', 'delete'] as const) {
      const target = event[key];
      if (target !== undefined && !known.has(targetText(targetOf(target)))) {
        found.push({ path: [...at, key], message: `the story has no ${target}` });
      }
    }
    if (event.loseNode !== undefined && !labels.has(event.loseNode)) {
      found.push({ path: [...at, 'loseNode'], message: `there is no pool "${event.loseNode}"` });
    }
    const wrong = event.stockOut && planProblem(event.stockOut.plan, undefined, plans);
    if (wrong !== undefined) found.push({ path: [...at, 'stockOut', 'plan'], message: wrong });
  });
  entriesOf(file).forEach(({ path, entry }) => {
    if (objectsOf(entry) === undefined) {
      found.push({
        path: [...path, 'manifest', 'kind'],
        message: `the sandbox has no kind ${entry.manifest?.kind ?? ''}`,
      });
    }
  });
  return found;
}

function planProblem(id: string, region: string | undefined, plans: readonly Plan[] | undefined): string | undefined {
  if (plans === undefined) return undefined;
  const plan = plans.find((one) => one.id === id);
  if (plan === undefined) return `there is no plan "${id}"`;
  if (region === undefined || plan.locations.includes(region)) return undefined;
  return `plan "${id}" is not sold in ${region}; it is in ${plan.locations.join(', ') || 'no region'}`;
}

type Entry = StoryFile['workloads'][number];

function entriesOf(file: StoryFile): readonly { readonly path: readonly (string | number)[]; readonly entry: Entry }[] {
  return [
    ...file.workloads.map((entry, index) => ({ path: ['workloads', index], entry })),
    ...file.events.flatMap((event, index) =>
      event.apply === undefined ? [] : [{ path: ['events', index, 'apply'], entry: event.apply }],
    ),
  ];
}

/** Everything that the story makes at some time, and can therefore scale or delete. */
function knownTargets(file: StoryFile): ReadonlySet<string> {
  const applied = entriesOf(file).flatMap(({ entry }) => objectsOf(entry) ?? []);
  const jobs = file.events.flatMap(({ job }) => (job === undefined ? [] : [jobObject(job)]));
  return new Set([...applied, ...jobs].map((one) => targetText(placeOf(one))));
}

function placeOf({ resource, object }: StoryObject): StoryTarget {
  return { resource, namespace: object.metadata.namespace ?? '', name: object.metadata.name };
}

function targetText({ resource, namespace, name }: StoryTarget): string {
  return `${resource}/${namespace}/${name}`;
}

function targetOf(text: string): StoryTarget {
  const [kind = '', first = '', second] = text.split('/');
  const [namespace, name] = second === undefined ? ['default', first] : [first, second];
  // The schema allows only the kinds of the table.
  return { resource: RESOURCES[kind] ?? 'deployments', namespace, name };
}

function storyOf(file: StoryFile): Story {
  return {
    title: file.title,
    seed: file.seed,
    region: file.region,
    pools: file.pools.map((pool) => ({ ...pool, quantity: pool.quantity ?? pool.min })),
    workloads: file.workloads.flatMap((entry) => objectsOf(entry) ?? []),
    events: file.events
      .map((event) => ({ atMs: event.at, note: event.note, action: actionOf(event, file.region) }))
      .toSorted((a, b) => a.atMs - b.atMs),
    untilMs: file.until,
  };
}

function actionOf(event: StoryFile['events'][number], region: string): StoryAction | undefined {
  if (event.scale !== undefined) {
    return { kind: 'scale', target: targetOf(event.scale), replicas: event.replicas ?? 0 };
  }
  if (event.apply !== undefined) return { kind: 'apply', objects: objectsOf(event.apply) ?? [] };
  if (event.job !== undefined) return { kind: 'apply', objects: [jobObject(event.job)] };
  if (event.delete !== undefined) return { kind: 'delete', target: targetOf(event.delete) };
  if (event.stockOut !== undefined) {
    const { plan, how, for: durationMs } = event.stockOut;
    return { kind: 'stock-out', plan, region: event.stockOut.region ?? region, durationMs, how };
  }
  if (event.loseNode !== undefined) return { kind: 'lose-node', pool: event.loseNode };
  if (event.apiOutage !== undefined) return { kind: 'api-outage', durationMs: event.apiOutage };
  return undefined;
}
