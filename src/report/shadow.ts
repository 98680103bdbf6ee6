/**
 * In the shadow of another autoscaler: compares what this one would have done with what then happens. It is told of each
 * record of a dry run, and sees in the next ones what somebody else has done: targets that grew, nodes that went.
 *
 * 1. A wish is what a decision asks for, from the first pass that wants it to the last. What the other does while the wish
 *    stands was agreed on; what it does without one was its own idea.
 * 2. A wish that ends unanswered after {@link PATIENCE_MS} was ours alone. A shorter one was overtaken by events.
 * 3. Bounded: {@link MOST_FINDINGS} are kept, and wishes are no more than pools and nodes.
 */
import type { DecisionRecord, NodeExplanation } from '../explain/record.ts';
import { describe } from '../explain/text.ts';

type ShadowVerdict =
  /** Both wanted it. */
  | 'agreed'
  /** The other removed a node that this one found unneeded and would have kept for a while. */
  | 'sooner'
  | 'only-they'
  | 'only-we';

export interface ShadowFinding {
  readonly what: 'scale-up' | 'scale-down';
  readonly verdict: ShadowVerdict;
  readonly pool: string;
  /** The node, where it is about one. */
  readonly node?: string;
  /** What this one wanted, or why it did not. */
  readonly ours: string;
  /** What the other did. */
  readonly theirs: string;
  /** For so long this one had wanted it. */
  readonly wantedSeconds?: number;
  /** The decision by which it was noticed. */
  readonly decision: string;
}

interface Wish {
  readonly pool: string;
  readonly words: string;
  readonly sinceMs: number;
}

const PATIENCE_MS = 60_000;
const MOST_FINDINGS = 256;

export class Shadow {
  #before: DecisionRecord | undefined;
  /** By pool. */
  #growth: ReadonlyMap<string, Wish> = new Map();
  /** By node. */
  #removals: ReadonlyMap<string, Wish> = new Map();
  #findings: ShadowFinding[] = [];

  /** The latest first. */
  get findings(): readonly ShadowFinding[] {
    return this.#findings.toReversed();
  }

  /** What became clear by this record. */
  record(record: DecisionRecord): readonly ShadowFinding[] {
    const grown = this.#grown(record);
    const shrunk = this.#shrunk(record);
    // What was answered is no wish of before any more: whatever is wanted still is wanted anew.
    const growth = without(this.#growth, new Set(grown.map(({ pool }) => pool)));
    const removals = without(this.#removals, new Set(shrunk.map(({ node = '' }) => node)));
    this.#growth = wishes(record, 'resize', growth);
    this.#removals = wishes(record, 'remove-node', removals);
    this.#before = record;
    const found = [
      ...grown,
      ...shrunk,
      ...unanswered(record, 'scale-up', growth, this.#growth),
      ...unanswered(record, 'scale-down', removals, this.#removals),
    ];
    this.#findings = [...this.#findings, ...found].slice(-MOST_FINDINGS);
    return found;
  }

  #grown(record: DecisionRecord): readonly ShadowFinding[] {
    const targets = new Map(this.#before?.groups.map(({ name, targetSize }) => [name, targetSize]));
    return record.groups.flatMap(({ name, targetSize }): readonly ShadowFinding[] => {
      const before = targets.get(name);
      if (before === undefined || targetSize <= before) return [];
      const theirs = `${before} → ${targetSize} nodes`;
      const wish = this.#growth.get(name);
      const common = { what: 'scale-up', pool: name, theirs, decision: record.id } as const;
      if (wish === undefined) return [{ ...common, verdict: 'only-they', ours: 'no more nodes' }];
      return [{ ...common, verdict: 'agreed', ours: wish.words, wantedSeconds: secondsOf(wish, record) }];
    });
  }

  /** Nodes that somebody is removing, or has: it is looked at what was said of them before that. */
  #shrunk(record: DecisionRecord): readonly ShadowFinding[] {
    const now = new Map(record.nodes.map((node) => [node.node, node]));
    return (this.#before?.nodes ?? []).flatMap((before): readonly ShadowFinding[] => {
      const after = now.get(before.node);
      const isGoing = after === undefined || after.outcome.kind === 'being-removed';
      if (!isGoing || before.outcome.kind === 'being-removed' || before.group === '') return [];
      const theirs = after === undefined ? 'the node is gone' : 'the node is being removed';
      const wish = this.#removals.get(before.node);
      const { group: pool, node } = before;
      const common = { what: 'scale-down', pool, node, theirs, decision: record.id } as const;
      if (wish === undefined) return [{ ...common, verdict: verdictOn(before), ours: wordsOf(before) }];
      return [{ ...common, verdict: 'agreed', ours: wish.words, wantedSeconds: secondsOf(wish, record) }];
    });
  }
}

/** What the record asks for of that kind; what was asked for before keeps its time. */
function wishes(
  { actions, atMs }: DecisionRecord,
  kind: 'resize' | 'remove-node',
  before: ReadonlyMap<string, Wish>,
): ReadonlyMap<string, Wish> {
  const now = new Map<string, Wish>();
  for (const action of actions) {
    if (action.kind !== kind) continue;
    const isResize = action.kind === 'resize';
    const key = isResize ? action.group : action.node;
    const words = isResize ? `${action.from} → ${action.to} nodes: ${action.because}` : action.because;
    now.set(key, { pool: action.group, words, sinceMs: before.get(key)?.sinceMs ?? atMs });
  }
  return now;
}

/** Wishes that ended without the other doing anything about them. */
function unanswered(
  record: DecisionRecord,
  what: ShadowFinding['what'],
  before: ReadonlyMap<string, Wish>,
  now: ReadonlyMap<string, Wish>,
): readonly ShadowFinding[] {
  return [...before].flatMap(([key, wish]): readonly ShadowFinding[] => {
    if (now.has(key) || record.atMs - wish.sinceMs < PATIENCE_MS) return [];
    return [
      {
        what,
        verdict: 'only-we',
        pool: wish.pool,
        ...(what === 'scale-down' ? { node: key } : {}),
        ours: wish.words,
        theirs: 'nothing',
        wantedSeconds: secondsOf(wish, record),
        decision: record.id,
      },
    ];
  });
}

function without(wished: ReadonlyMap<string, Wish>, answered: ReadonlySet<string>): ReadonlyMap<string, Wish> {
  return new Map([...wished].filter(([key]) => !answered.has(key)));
}

function verdictOn({ outcome }: NodeExplanation): ShadowVerdict {
  return outcome.kind === 'unneeded' ? 'sooner' : 'only-they';
}

function wordsOf({ outcome }: NodeExplanation): string {
  return outcome.kind === 'stays' || outcome.kind === 'unneeded' ? describe(outcome.reason) : outcome.kind;
}

function secondsOf({ sinceMs }: Wish, { atMs }: DecisionRecord): number {
  return Math.max(0, Math.round((atMs - sinceMs) / 1000));
}
