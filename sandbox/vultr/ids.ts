/** Identifiers of simulated things, drawn from a seeded stream: the same seed gives the same ids. */
import type { RandomStream } from '../../src/runtime/random.ts';

/** A version 4 UUID. */
export function uuid(random: RandomStream): string {
  const variant = random.pick(['8', '9', 'a', 'b']);
  return `${hex(random, 8)}-${hex(random, 4)}-4${hex(random, 3)}-${variant}${hex(random, 3)}-${hex(random, 12)}`;
}

export function hex(random: RandomStream, digits: number): string {
  let text = '';
  for (let i = 0; i < digits; i++) text += random.integer(0, 15).toString(16);
  return text;
}
