import { nearestName } from '../runtime/nearest.ts';

/** ` (did you mean "…"?)`, or '' when no candidate is near. Case and the choice of `-` or `_` are no slips. */
export function didYouMean(written: string, candidates: readonly string[]): string {
  const byFolded = new Map(candidates.map((candidate) => [fold(candidate), candidate]));
  const nearest = byFolded.get(nearestName(fold(written), byFolded.keys()) ?? '');
  return nearest === undefined ? '' : ` (did you mean "${nearest}"?)`;
}

function fold(name: string): string {
  return name.toLowerCase().replaceAll('_', '-');
}
