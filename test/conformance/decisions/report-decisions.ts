/** Replays files of recorded decisions and says how it came out: totals, a table by family, the first disagreements. */
import { readDecisions } from './recorded.ts';
import { replayDecisions, type Played } from './replay-decisions.ts';

/** Of one family, so that one mistake does not hide the others. */
const SHOWN_OF_A_FAMILY = 3;

interface FamilyTally {
  cases: number;
  /** Passes that were compared. */
  decisions: number;
  disagreements: number;
  differences: number;
  notCompared: number;
  /** Passes that keep to what all recorded runs had in common, and follow none of them. */
  byChance: number;
  /** Cases that disagree, and would not if lists came in another order than that of the recorded names. */
  otherOrder: number;
}

export interface DecisionsReport {
  readonly families: ReadonlyMap<string, FamilyTally>;
  /** How often each deliberate difference was met. */
  readonly differences: ReadonlyMap<string, number>;
  readonly shown: readonly string[];
}

export async function runDecisions(
  files: readonly string[],
  shownOfAFamily = SHOWN_OF_A_FAMILY,
): Promise<DecisionsReport> {
  const families = new Map<string, FamilyTally>();
  const differences = new Map<string, number>();
  const shown: string[] = [];
  for (const file of files) {
    for await (const recorded of readDecisions(file)) {
      const played = replayDecisions(recorded);
      const tally = families.get(recorded.family) ?? emptyTally();
      families.set(recorded.family, tally);
      count(tally, played);
      const { end } = played;
      for (const name of played.differences) differences.set(name, (differences.get(name) ?? 0) + 1);
      if (end.kind === 'disagrees' && tally.disagreements <= shownOfAFamily)
        shown.push(wordDisagreement(recorded.id, end));
    }
  }
  return { families, differences, shown };
}

function emptyTally(): FamilyTally {
  return { cases: 0, decisions: 0, disagreements: 0, differences: 0, notCompared: 0, byChance: 0, otherOrder: 0 };
}

function count(tally: FamilyTally, { compared, passes, differences, byChance, otherOrder, end }: Played): void {
  tally.cases += 1;
  tally.decisions += compared;
  tally.notCompared += passes - compared;
  tally.differences += differences.length;
  tally.byChance += byChance;
  if (otherOrder) tally.otherOrder += 1;
  if (end.kind === 'disagrees') tally.disagreements += 1;
}

export function decisionsDisagree({ families }: DecisionsReport): boolean {
  return [...families.values()].some(({ disagreements }) => disagreements > 0);
}

/** The report as lines of text. */
export function wordDecisions({ families, differences, shown }: DecisionsReport): readonly string[] {
  const columns = [
    'cases',
    'decisions',
    'disagreements',
    'differences',
    'notCompared',
    'byChance',
    'otherOrder',
  ] as const;
  const width = Math.max(...[...families.keys()].map((name) => name.length), 'family'.length);
  const row = (name: string, cells: readonly (string | number)[]): string =>
    [name.padEnd(width), ...cells.map((cell) => String(cell).padStart(14))].join(' ');
  const total = (column: (typeof columns)[number]): number =>
    [...families.values()].reduce((sum, tally) => sum + tally[column], 0);
  return [
    row('family', ['cases', 'decisions', 'disagreements', 'differences', 'not compared', 'by chance', 'other order']),
    ...[...families].map(([name, tally]) =>
      row(
        name,
        columns.map((column) => tally[column]),
      ),
    ),
    '',
    ...shown,
    ...[...differences].map(([name, met]) => `difference ${name}: ${met}`),
    `decisions: ${total('decisions')}, disagreements: ${total('disagreements')}, differences: ${total('differences')}`,
    `not compared: ${total('notCompared')} passes that follow a disagreement`,
    `by chance: ${total('byChance')} passes that keep to what all recorded runs had in common, and follow none of them`,
    `other order: ${total('otherOrder')} of the disagreements would agree if nodes and pods were listed in another order`,
  ];
}

function wordDisagreement(id: string, end: Extract<Played['end'], { readonly kind: 'disagrees' }>): string {
  const fields = end.fields.map(
    ({ field, ours, theirs }) => `    ${field}\n      ours    ${ours}\n      theirs  ${theirs}`,
  );
  return [`${id}, pass ${end.pass + 1}`, ...fields, ''].join('\n');
}
