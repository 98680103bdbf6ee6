/**
 * Chance, as the product sees it: named streams from one seed. Each consumer draws from a stream of its own, so a new
 * consumer shifts nobody else's numbers, and one seed gives one history.
 */

export interface RandomStream {
  /** A number in [0, 1). */
  next(): number;
  /** A whole number from `lowest` to `highest`, both included. */
  integer(lowest: number, highest: number): number;
  /** One of `choices`, which must not be empty. */
  pick<T>(choices: readonly T[]): T;
}

export interface Random {
  /** The stream of that name; the same name gives the same stream object. */
  stream(name: string): RandomStream;
}

/** Seeded chance: xoshiro-style 32-bit generator (sfc32), its state derived from the seed and the stream's name. */
export function seededRandom(seed: number | string): Random {
  const streams = new Map<string, RandomStream>();
  return {
    stream(name) {
      let stream = streams.get(name);
      if (stream === undefined) {
        stream = streamOf(sfc32(`${seed}/${name}`));
        streams.set(name, stream);
      }
      return stream;
    },
  };
}

/** Chance for production, where no history has to be repeated. */
export function unseededRandom(): Random {
  return seededRandom(crypto.randomUUID());
}

function streamOf(next: () => number): RandomStream {
  return {
    next,
    integer: (lowest, highest) => lowest + Math.floor(next() * (highest - lowest + 1)),
    pick(choices) {
      const choice = choices[Math.floor(next() * choices.length)];
      if (choice === undefined) throw new RangeError('pick needs at least one choice');
      return choice;
    },
  };
}

/** Chris Doty-Humphrey's "small fast counting" generator, seeded from a text by FNV-1a. */
function sfc32(seed: string): () => number {
  let a = fnv1a(seed, 0x811c9dc5);
  let b = fnv1a(seed, a);
  let c = fnv1a(seed, b);
  let counter = 1;
  const next = (): number => {
    const t = (a + b + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = ((c << 21) | (c >>> 11)) + t;
    return (t >>> 0) / 2 ** 32;
  };
  // The first outputs still resemble the seed; the generator's author discards a dozen.
  for (let i = 0; i < 12; i++) next();
  return next;
}

function fnv1a(text: string, basis: number): number {
  let hash = basis;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return hash >>> 0;
}
