/** Runs the replay over files and says how it came out: totals, a table by family, the first disagreements. */
import { readCases } from './cases.ts';
import { emptyTally, replay, type Disagreement, type Tally } from './replay.ts';

/** Shown in full; the table has the numbers of all. */
const SHOWN_DISAGREEMENTS = 20;
/** Of one family, so that one mistake does not hide the others. */
const SHOWN_OF_A_FAMILY = 4;

export interface ConformanceReport {
  readonly total: Tally;
  readonly families: ReadonlyMap<string, Tally>;
  readonly shown: readonly Disagreement[];
}

export async function runConformance(files: readonly string[]): Promise<ConformanceReport> {
  const families = new Map<string, Tally>();
  const shown: Disagreement[] = [];
  const shownOf = new Map<string, number>();
  for (const file of files) {
    for await (const recorded of readCases(file)) {
      let tally = families.get(recorded.family);
      if (tally === undefined) families.set(recorded.family, (tally = emptyTally()));
      for (const disagreement of replay(recorded, tally)) {
        const already = shownOf.get(recorded.family) ?? 0;
        if (already >= SHOWN_OF_A_FAMILY || shown.length >= SHOWN_DISAGREEMENTS) continue;
        shownOf.set(recorded.family, already + 1);
        shown.push(disagreement);
      }
    }
  }
  return { total: sum([...families.values()]), families, shown };
}

export function disagrees({ total }: ConformanceReport): boolean {
  return total.disagreements + total.sequenceDisagreements > 0;
}

/** The report as lines of text. */
export function wordReport({ total, families, shown }: ConformanceReport): readonly string[] {
  const width = Math.max(...[...families.keys()].map((name) => name.length), 'family'.length);
  const row = (name: string, cells: readonly (string | number)[]): string =>
    [name.padEnd(width), ...cells.map((cell) => String(cell).padStart(14))].join(' ');
  return [
    row('family', [
      'verdicts',
      'never tried',
      'disagreements',
      'not evaluated',
      'sequences',
      'disagreements',
      'not evaluated',
    ]),
    ...[...families].map(([name, tally]) => row(name, cellsOf(tally))),
    '',
    ...shown.flatMap(wordDisagreement),
    `verdicts: ${total.verdicts}, disagreements: ${total.disagreements}`,
    `sequences: ${total.sequences}, disagreements: ${total.sequenceDisagreements}`,
    `not evaluated: ${total.notEvaluated} verdicts, ${total.sequencesNotEvaluated} sequences`,
    `never tried: ${total.neverTried} pods, compared among the verdicts`,
  ];
}

function wordDisagreement({ case: id, pod, node, ours, theirs }: Disagreement): readonly string[] {
  return [`${id}: ${pod}${node === '' ? '' : ` on ${node}`}`, `    ours    ${ours}`, `    theirs  ${theirs}`, ''];
}

function cellsOf(tally: Tally): readonly number[] {
  return [
    tally.verdicts,
    tally.neverTried,
    tally.disagreements,
    tally.notEvaluated,
    tally.sequences,
    tally.sequenceDisagreements,
    tally.sequencesNotEvaluated,
  ];
}

function sum(tallies: readonly Tally[]): Tally {
  const total = emptyTally();
  for (const tally of tallies) {
    total.verdicts += tally.verdicts;
    total.neverTried += tally.neverTried;
    total.disagreements += tally.disagreements;
    total.notEvaluated += tally.notEvaluated;
    total.sequences += tally.sequences;
    total.sequenceDisagreements += tally.sequenceDisagreements;
    total.sequencesNotEvaluated += tally.sequencesNotEvaluated;
  }
  return total;
}
