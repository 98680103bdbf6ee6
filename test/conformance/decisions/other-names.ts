/**
 * A recorded case with its nodes and pods under other names, the same everywhere.
 *
 * Cluster Autoscaler takes nodes and pods in the order in which unordered caches list them, and the recordings were made
 * with shuffled lists. Ours go by name, so shuffling names does the same: each order is as good as any other, and what
 * differs between two of them is chance.
 */
import { seededRandom } from '../../../src/runtime/random.ts';
import { isRecorded, type RecordedDecisions } from './recorded.ts';

/** `draw`: another number, other names. */
export function withOtherNames(recorded: RecordedDecisions, draw: number): RecordedDecisions {
  const random = seededRandom(draw).stream(recorded.id);
  const renaming = new Renaming(() => String(random.integer(RANKS, 2 * RANKS - 1)));
  const { objects, nodeGroups, passes, anyOf = [] } = recorded;
  const changes = [...(passes ?? []), ...anyOf.flatMap((way) => way.passes)].map(({ before = {} }) => before);
  const instances = [nodeGroups, ...changes.map(({ groups = {} }) => Object.values(groups))].flat();
  for (const { node } of instances.flatMap((group) => group.instances)) if (node !== undefined) renaming.note(node);
  for (const nodes of [objects['nodes'] ?? [], ...changes.map(({ nodesSet = [] }) => nodesSet)]) {
    for (const { metadata } of nodes) renaming.note(String(metadata['name']));
  }
  for (const pods of [objects['pods'] ?? [], ...changes.map(({ podsSet = [] }) => podsSet)]) {
    for (const { metadata } of pods) renaming.note(keyOf(metadata));
  }
  const renamed = renaming.applied(recorded);
  if (!isRecorded(renamed)) throw new Error(`${recorded.id}: other names have changed its shape`);
  return renamed;
}

/** Enough that two names hardly ever share a rank, and all ranks are as long. */
const RANKS = 1_000_000;

class Renaming {
  readonly #rank: () => string;
  /** Names of nodes, and `namespace/name` of pods. */
  readonly #names = new Map<string, string>();

  constructor(rank: () => string) {
    this.#rank = rank;
  }

  note(name: string): void {
    if (this.#names.has(name)) return;
    const [own = name, namespace] = name.split('/').toReversed();
    this.#names.set(name, `${namespace === undefined ? '' : `${namespace}/`}${this.#rank()}-${own}`);
  }

  applied(value: unknown): unknown {
    if (typeof value === 'string') return this.#names.get(value) ?? value;
    if (Array.isArray(value)) return value.map((one) => this.applied(one));
    if (typeof value !== 'object' || value === null) return value;
    const entries = Object.entries(value).map(
      ([key, one]) => [this.#names.get(key) ?? key, this.applied(one)] as const,
    );
    const renamed = this.#names.get(keyOf(value));
    return { ...Object.fromEntries(entries), ...(renamed === undefined ? {} : { name: renamed.split('/')[1] }) };
  }
}

/** Of an object's metadata; of anything else it is no key that is known. */
function keyOf(metadata: object): string {
  return 'namespace' in metadata && 'name' in metadata ? `${String(metadata.namespace)}/${String(metadata.name)}` : '';
}
