/**
 * Which sets of pods packing cannot tell apart: they ask for the same amounts, count alike to others, and nobody has a say
 * about them on the new nodes themselves.
 */
import type { PodGroup } from './equivalence.ts';
import type { Prospect } from './prospects.ts';
import { tiesAt } from './prospects.ts';

interface OfGroup {
  readonly group: PodGroup;
}

/** Those that are alike stand together, where the first of them stood. */
export function alikeTogether<D extends OfGroup>(prospect: Prospect, demands: readonly D[]): readonly D[] {
  const groups: D[][] = [];
  const known = new Map<number, Map<object, D[]>>();
  for (const demand of demands) {
    const { shape } = prospect.classes.of(demand.group);
    const likeness = likenessOf(prospect, demand);
    const ofShape = known.get(shape) ?? new Map<object, D[]>();
    known.set(shape, ofShape);
    const group = likeness === undefined ? undefined : ofShape.get(likeness);
    if (group !== undefined) {
      group.push(demand);
      continue;
    }
    const first = [demand];
    groups.push(first);
    if (likeness !== undefined) ofShape.set(likeness, first);
  }
  return groups.flat();
}

export function areAlike(prospect: Prospect, a: OfGroup, b: OfGroup): boolean {
  const likeness = likenessOf(prospect, a);
  return (
    likeness !== undefined &&
    likeness === likenessOf(prospect, b) &&
    prospect.classes.of(a.group).shape === prospect.classes.of(b.group).shape
  );
}

/** Not that of any pods. */
const NO_TIES = {};

/** The same for pods of one shape that are alike; `undefined`: like no others. */
function likenessOf(prospect: Prospect, { group }: OfGroup): object | undefined {
  if (prospect.classes.of(group).special) return undefined;
  const ties = tiesAt(prospect, group);
  if (ties === undefined) return NO_TIES;
  const isLoose = ties.near === undefined && ties.apart.length === 0;
  return isLoose && ties.spread.every(({ counter }) => !counter.perNode) ? ties.kind : undefined;
}
