/**
 * The screen of `top`: one list at a time, moved through with the keys. What is drawn is a function of what is known, the
 * place in it and the size of the screen; the terminal is given whole screens and left as it was.
 */
import { LISTS, type ListName, listText, summaryLine } from './top-lines.ts';
import type { TopView } from './top-view.ts';

export interface ScreenSize {
  readonly rows: number;
  readonly columns: number;
}

export interface Place {
  readonly list: ListName;
  /** The item that is marked, by its number. */
  readonly item: number;
}

export const FIRST_PLACE: Place = { list: 'nodes', item: 0 };

type Move = 'quit' | 'next-list' | 'last-list' | 'up' | 'down' | 'page-up' | 'page-down' | 'first' | 'last';

/** By what terminals send. */
const KEYS: ReadonlyMap<string, Move> = new Map([
  ['q', 'quit'],
  ['Q', 'quit'],
  ['\u0003', 'quit'],
  ['\t', 'next-list'],
  ['\u001b[C', 'next-list'],
  ['\u001bOC', 'next-list'],
  ['l', 'next-list'],
  ['\u001b[Z', 'last-list'],
  ['\u001b[D', 'last-list'],
  ['\u001bOD', 'last-list'],
  ['h', 'last-list'],
  ['\u001b[A', 'up'],
  ['\u001bOA', 'up'],
  ['k', 'up'],
  ['\u001b[B', 'down'],
  ['\u001bOB', 'down'],
  ['j', 'down'],
  ['\u001b[5~', 'page-up'],
  ['\u001b[6~', 'page-down'],
  ['g', 'first'],
  ['G', 'last'],
]);

/** Above and below the list: summary, lists, heading; detail, keys. */
const FRAME_ROWS = 7;
const HELP = 'q quit   tab ← → list   ↑ ↓ item   g first   G last';

export function moveOf(key: string): Move | undefined {
  return KEYS.get(key);
}

export function moved(place: Place, move: Exclude<Move, 'quit'>, view: TopView, size: ScreenSize): Place {
  const last = Math.max(0, listText(view, place.list).lines.length - 1);
  const page = pageOf(size);
  const to = (item: number): Place => ({ ...place, item: Math.min(last, Math.max(0, item)) });
  switch (move) {
    case 'next-list':
      return { list: neighbour(place.list, 1), item: 0 };
    case 'last-list':
      return { list: neighbour(place.list, -1), item: 0 };
    case 'up':
      return to(place.item - 1);
    case 'down':
      return to(place.item + 1);
    case 'page-up':
      return to(place.item - page);
    case 'page-down':
      return to(place.item + page);
    case 'first':
      return to(0);
    default:
      return to(last);
  }
}

/**
 * The lines of the whole screen, none longer than it is wide.
 *
 * @param problem - Why what is shown is not fresh; '': it is.
 */
export function screenLines(view: TopView, place: Place, size: ScreenSize, problem: string): readonly string[] {
  const { details, heading, lines } = listText(view, place.list);
  const page = pageOf(size);
  const item = Math.min(place.item, Math.max(0, lines.length - 1));
  const first = Math.max(0, Math.min(item - Math.floor(page / 2), lines.length - page));
  const shown = lines.slice(first, first + page).map((line, index) => `${first + index === item ? '▶' : ' '} ${line}`);
  const all = [
    `vke-autoscaler   ${summaryLine(view)}`,
    tabs(view, place.list),
    '',
    `  ${lines.length === 0 ? 'nothing here' : heading}`,
    ...shown,
    ...Array.from({ length: page - shown.length }, () => ''),
    '',
    details[item] ?? '',
    problem === '' ? HELP : problem,
  ];
  return all.slice(0, size.rows).map((line) => cut(line, size.columns));
}

function tabs(view: TopView, chosen: ListName): string {
  const names = LISTS.map((name) => {
    const label = `${name} ${countOf(view, name)}`;
    return name === chosen ? `[${label}]` : ` ${label} `;
  });
  return names.join(' ');
}

function countOf(view: TopView, name: ListName): number {
  return view[name].length;
}

function pageOf({ rows }: ScreenSize): number {
  return Math.max(1, rows - FRAME_ROWS);
}

function neighbour(list: ListName, by: 1 | -1): ListName {
  return LISTS[(LISTS.indexOf(list) + by + LISTS.length) % LISTS.length] ?? list;
}

/** Whatever a message holds, it moves no cursor. */
function cut(text: string, columns: number): string {
  const line = text.replaceAll(/\p{Cc}/gu, ' ');
  return line.length <= columns ? line : `${line.slice(0, Math.max(0, columns - 1))}…`;
}
