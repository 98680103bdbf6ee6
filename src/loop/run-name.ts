/** A word that tells one process from another in the ids of its decisions. */
import type { Random } from '../runtime/random.ts';

const LETTERS = 5;

export function runName(random: Random): string {
  const stream = random.stream('run');
  return Array.from({ length: LETTERS }, () => stream.integer(0, 35).toString(36)).join('');
}
