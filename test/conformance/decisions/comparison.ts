/** Where two outcomes of a pass differ, field by field. */
import { sumByGroup, type PassOutcome } from './outcome.ts';
import type { Common } from './recorded.ts';

type Field = keyof PassOutcome;

export interface FieldDifference {
  readonly field: Field;
  readonly ours: string;
  readonly theirs: string;
}

/** What the pass did to the world: from other actions another world follows. */
const ACTIONS = ['increases', 'instancesDeleted', 'decreases', 'deletedEmpty', 'drained'] as const;
const OF_SCALE_UP: readonly Field[] = ['increases', 'helped', 'unhelped', 'instancesDeleted', 'decreases'];
const OF_SCALE_DOWN: readonly Field[] = ['unneeded', 'deletedEmpty', 'drained', 'unremovable'];

export interface Compared {
  /** The recorded pass came as far as planning the removal of nodes. */
  readonly scaleDown: boolean;
}

/**
 * `excused`: nodes, and sets of pods that are helped, about which the two may differ; other differences by the name of
 * their field too: `decreases pool`.
 */
export function compareOutcomes(
  ours: PassOutcome,
  theirs: PassOutcome,
  { scaleDown }: Compared,
  excused: ReadonlySet<string> = new Set(),
): FieldDifference[] {
  const fields = scaleDown ? [...OF_SCALE_UP, ...OF_SCALE_DOWN] : OF_SCALE_UP;
  return fields.flatMap((field) => {
    const without = excusedOf(field, excused);
    const difference = {
      field,
      ours: words(said(field, ours, theirs), without),
      theirs: words(theirs[field], without),
    };
    return difference.ours === difference.theirs ? [] : [difference];
  });
}

function excusedOf(field: Field, excused: ReadonlySet<string>): ReadonlySet<string> {
  const prefix = `${field} `;
  const named = [...excused].filter((name) => name.startsWith(prefix)).map((name) => name.slice(prefix.length));
  return new Set(field === 'helped' || OF_SCALE_DOWN.includes(field) ? [...excused, ...named] : named);
}

/** Whether the same world follows from both. */
export function actAlike(ours: PassOutcome, theirs: PassOutcome): boolean {
  return ACTIONS.every((field) => words(ours[field]) === words(theirs[field]));
}

/**
 * We give a reason for every node and every pod; the recording for the nodes that were looked at, and not for pods that
 * a bound on the new nodes left out. Only what it says can be compared; who is helped is compared in full.
 */
function said(field: Field, ours: PassOutcome, theirs: PassOutcome): Said {
  if (field !== 'unremovable' && field !== 'unhelped') return ours[field];
  const of: ReadonlyMap<string, string | number> = ours[field];
  return new Map([...theirs[field].keys()].map((key) => [key, of.get(key) ?? 'none']));
}

type Said = ReadonlySet<string> | ReadonlyMap<string, string | number>;

function words(value: Said, without: ReadonlySet<string> = new Set()): string {
  const entries: readonly (readonly [string, string])[] =
    value instanceof Map
      ? [...value].map(([key, of]) => [String(key), `${key}=${of}`] as const)
      : [...value.keys()].map((key) => [key, key] as const);
  return entries
    .filter(([key]) => !without.has(key))
    .map(([, text]) => text)
    .toSorted((a, b) => (a < b ? -1 : 1))
    .join(' ');
}

/** Whether the outcome keeps to what all recorded runs had in common. */
export function keepsTo(common: Common, ours: PassOutcome, targetsBefore: ReadonlyMap<string, number>): boolean {
  const total = sum(ours.increases);
  const checks: readonly boolean[] = [
    common.scaleUpTotal === undefined || total === common.scaleUpTotal,
    common.scaleUps === undefined || words(ours.increases) === words(sumByGroup(common.scaleUps)),
    common.podsTriggeredScaleUpCount === undefined || sum(ours.helped) === common.podsTriggeredScaleUpCount,
    common.unneededCount === undefined || ours.unneeded.size === common.unneededCount,
    common.unneeded === undefined || words(ours.unneeded) === words(new Set(common.unneeded)),
    common.deletedEmptyCount === undefined || ours.deletedEmpty.size === common.deletedEmptyCount,
    common.drainedCount === undefined || ours.drained.size === common.drainedCount,
    common.targetSizesSorted === undefined ||
      sizesAfter(ours, targetsBefore).join() === [...common.targetSizesSorted].toSorted((a, b) => a - b).join(),
  ];
  return checks.every(Boolean);
}

function sizesAfter({ increases, decreases }: PassOutcome, before: ReadonlyMap<string, number>): number[] {
  return [...before]
    .map(([group, size]) => size + (increases.get(group) ?? 0) + (decreases.get(group) ?? 0))
    .toSorted((a, b) => a - b);
}

function sum(counts: ReadonlyMap<string, number>): number {
  return [...counts.values()].reduce((total, count) => total + count, 0);
}
