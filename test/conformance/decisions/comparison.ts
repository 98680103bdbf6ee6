/** Where two outcomes of a pass differ, field by field. */
import type { PassOutcome } from './outcome.ts';
import type { Common } from './recorded.ts';

export type Field = keyof PassOutcome;

export interface FieldDifference {
  readonly field: Field;
  readonly ours: string;
  readonly theirs: string;
}

const FIELDS: readonly Field[] = [
  'increases',
  'helped',
  'unhelped',
  'instancesDeleted',
  'decreases',
  'unneeded',
  'deletedEmpty',
  'drained',
  'unremovable',
];

/** Fields that a pass which the recording gave up says nothing about. */
const OF_SCALE_DOWN: ReadonlySet<Field> = new Set<Field>(['unneeded', 'deletedEmpty', 'drained', 'unremovable']);

export interface Tried {
  /** The recorded pass came as far as planning the removal of nodes. */
  readonly scaleDown: boolean;
}

export function compareOutcomes(ours: PassOutcome, theirs: PassOutcome, tried: Tried): FieldDifference[] {
  const compared = FIELDS.filter((field) => tried.scaleDown || !OF_SCALE_DOWN.has(field));
  return compared.flatMap((field) => {
    const difference = {
      field,
      ours: words(said(field, ours, theirs)),
      theirs: words(theirs[field]),
    };
    return difference.ours === difference.theirs ? [] : [difference];
  });
}

/**
 * We give a reason for every node and every pod; the recording for the nodes that were looked at, and not for pods that
 * a bound on the new nodes left out. Only what it says can be compared; who is helped is compared in full.
 */
function said(field: Field, ours: PassOutcome, theirs: PassOutcome): Parameters<typeof words>[0] {
  if (field !== 'unremovable' && field !== 'unhelped') return ours[field];
  const of: ReadonlyMap<string, string | number> = ours[field];
  return new Map([...theirs[field].keys()].map((key) => [key, of.get(key) ?? 'none']));
}

function words(value: ReadonlySet<string> | ReadonlyMap<string, string | number>): string {
  const parts = value instanceof Set ? [...value] : [...value].map(([key, of]) => `${key}=${of}`);
  return parts.toSorted((a, b) => (a < b ? -1 : 1)).join(' ');
}

/** Whether the outcome keeps to what all recorded runs had in common. */
export function keepsTo(common: Common, ours: PassOutcome, targetsBefore: ReadonlyMap<string, number>): boolean {
  const total = sum(ours.increases);
  const checks: readonly boolean[] = [
    common.scaleUpTotal === undefined || total === common.scaleUpTotal,
    common.scaleUps === undefined ||
      words(ours.increases) === words(new Map(common.scaleUps.map(({ group, delta }) => [group, delta]))),
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
