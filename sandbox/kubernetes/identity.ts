/** What the server makes up for a new object: its uid and, after generateName, its name. */
import type { RandomStream } from '../../src/runtime/random.ts';

/** Without vowels and look-alikes, so that no words come out. */
const SUFFIX_LETTERS = 'bcdfghjklmnpqrstvwxz2456789';
const SUFFIX_LENGTH = 5;
/** What fits into a DNS label together with the suffix. */
const PREFIX_LENGTH = 63 - SUFFIX_LENGTH;

/** A version 4 UUID from the seeded stream. */
export function newUid(random: RandomStream): string {
  let digits = '';
  for (let word = 0; word < 4; word++) {
    digits += Math.floor(random.next() * 2 ** 32)
      .toString(16)
      .padStart(8, '0');
  }
  const variant = '89ab'[parseInt(digits[16] ?? '0', 16) % 4] ?? '8';
  return `${digits.slice(0, 8)}-${digits.slice(8, 12)}-4${digits.slice(13, 16)}-${variant}${digits.slice(17, 20)}-${digits.slice(20)}`;
}

/** `prefix` and a random suffix, e.g. `web-7d4b9-x2k8p`. */
export function generatedName(prefix: string, random: RandomStream): string {
  let name = prefix.slice(0, PREFIX_LENGTH);
  for (let letter = 0; letter < SUFFIX_LENGTH; letter++) {
    name += SUFFIX_LETTERS[random.integer(0, SUFFIX_LETTERS.length - 1)] ?? '';
  }
  return name;
}
