/** The name that a person most likely meant. */

/** A name with more edits than this share of its length is another name, not a slip. */
const MOST_EDITS_SHARE = 0.4;

/** The nearest of `names` to `written`, or `undefined` when none is near. Of equals the first. */
export function nearestName(written: string, names: Iterable<string>): string | undefined {
  let nearest: string | undefined;
  let fewest = Math.max(1, Math.floor(written.length * MOST_EDITS_SHARE)) + 1;
  for (const name of names) {
    if (Math.abs(name.length - written.length) >= fewest) continue;
    const edits = editDistance(written, name);
    // As many edits as letters: nothing of the name was there.
    if (edits < fewest && edits < name.length) {
      fewest = edits;
      nearest = name;
    }
  }
  return nearest;
}

/** Names of which so many are compared letter by letter; more would take too long for an answer. */
const MOST_COMPARED = 2000;
/** Names that begin alike for so long are near. */
const ALIKE_FROM_LETTERS = 3;

/** Up to `most` names that may have been meant, the likeliest first: those that begin alike, else the one nearest. */
export function nearestNames(written: string, names: Iterable<string>, most: number): readonly string[] {
  const compared: string[] = [];
  const alike: { readonly name: string; readonly letters: number }[] = [];
  for (const name of names) {
    if (compared.length < MOST_COMPARED) compared.push(name);
    const letters = name.includes(written) ? written.length : commonStart(written, name);
    if (letters >= Math.max(ALIKE_FROM_LETTERS, written.length / 2)) alike.push({ name, letters });
  }
  const nearest = nearestName(written, compared);
  const sorted = alike.toSorted((a, b) => b.letters - a.letters || (a.name < b.name ? -1 : 1)).map(({ name }) => name);
  return [...new Set(nearest === undefined ? sorted : [nearest, ...sorted])].slice(0, most);
}

function commonStart(a: string, b: string): number {
  let length = 0;
  while (length < a.length && a[length] === b[length]) length += 1;
  return length;
}

/** Letters to insert, drop, change or swap with their neighbour to get from `a` to `b` (optimal string alignment). */
export function editDistance(a: string, b: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let row = 1; row <= a.length; row++) {
    const current = [row];
    for (let column = 1; column <= b.length; column++) {
      const change = a[row - 1] === b[column - 1] ? 0 : 1;
      let edits = Math.min(at(last, column) + 1, at(current, column - 1) + 1, at(last, column - 1) + change);
      const swapped = row > 1 && column > 1 && a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1];
      if (swapped) edits = Math.min(edits, at(beforeLast, column - 2) + 1);
      current.push(edits);
    }
    beforeLast = last;
    last = current;
  }
  return at(last, b.length);
}

function at(row: readonly number[], column: number): number {
  return row[column] ?? Infinity;
}
