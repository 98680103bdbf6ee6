/**
 * The decision record as a JSON document, the published form: what many entries share is said once, and of nodes that
 * merely stay only how many do so for which reason.
 *
 * `reasons` is the table of all reasons; `reason` elsewhere is a place in it.
 */
import type { Reason } from './reasons.ts';
import type { DecisionRecord, NodeExplanation, PodsExplanation } from './record.ts';

export interface RecordDocument extends Pick<
  DecisionRecord,
  | 'consolidation'
  | 'schema'
  | 'id'
  | 'pass'
  | 'triggers'
  | 'actions'
  | 'cluster'
  | 'dryRun'
  | 'failures'
  | 'wrongPredictions'
  | 'expanderFindings'
> {
  readonly at: string;
  readonly reasons: readonly Reason[];
  readonly groups: readonly GroupDocument[];
  readonly pods: readonly PodsDocument[];
  /** Those that are unneeded, removed or being removed. */
  readonly nodes: readonly NodeDocument[];
  /** How many nodes stay, by the code of the reason. */
  readonly staying: Readonly<Record<string, number>>;
}

type GroupDocument = Omit<DecisionRecord['groups'][number], 'blocked'> & { readonly blocked?: number };

interface PodsDocument {
  readonly example: string;
  readonly count: number;
  readonly owner: string;
  readonly outcome: PodsExplanation['outcome']['kind'];
  /** How many of them each group's new nodes take. */
  readonly byGroup?: readonly { readonly group: string; readonly pods: number }[];
  readonly waiting?: number;
  readonly reason?: number;
  readonly onNodes?: readonly { readonly reason: number; readonly nodes: number }[];
  /** Which groups do not help, by the reason. */
  readonly against: readonly { readonly reason: number; readonly groups: readonly string[] }[];
}

interface NodeDocument {
  readonly node: string;
  readonly group: string;
  readonly utilization: number | undefined;
  readonly outcome: NodeExplanation['outcome']['kind'];
  readonly sinceMs?: number;
  readonly reason?: number;
  readonly action?: number;
  readonly step?: string;
}

export function recordDocument(record: DecisionRecord, moment: (ms: number) => string): RecordDocument {
  const table = new ReasonTable();
  const { atMs, groups, nodes, pods, ...rest } = record;
  const { staying, others } = parted(nodes);
  return {
    ...rest,
    at: moment(atMs),
    groups: groups.map(({ blocked, ...group }) =>
      blocked === undefined ? group : { ...group, blocked: table.place(blocked) },
    ),
    pods: pods.map((each) => podsDocument(each, table)),
    nodes: others.map((each) => nodeDocument(each, table)),
    staying,
    reasons: table.reasons,
  };
}

function podsDocument({ example, count, owner, outcome, perGroup }: PodsExplanation, table: ReasonTable): PodsDocument {
  const against = table.against(perGroup);
  const { kind } = outcome;
  const document = { example, count, owner, outcome: kind, against };
  switch (kind) {
    case 'helped':
      return { ...document, byGroup: outcome.byGroup };
    case 'partly-helped':
      return { ...document, byGroup: outcome.byGroup, waiting: outcome.waiting };
    case 'waits':
      return { ...document, reason: table.place(outcome.reason) };
    default:
      return {
        ...document,
        onNodes: outcome.onNodes.map(({ reason, nodes }) => ({ reason: table.place(reason), nodes })),
      };
  }
}

function nodeDocument({ node, group, utilization, outcome }: NodeExplanation, table: ReasonTable): NodeDocument {
  const document = { node, group, utilization, outcome: outcome.kind };
  switch (outcome.kind) {
    case 'unneeded':
      return { ...document, sinceMs: outcome.sinceMs, reason: table.place(outcome.reason) };
    case 'stays':
      return { ...document, reason: table.place(outcome.reason) };
    case 'removed':
      return { ...document, action: outcome.action };
    default:
      return { ...document, step: outcome.step };
  }
}

/** Those that stay are counted by the code of their reason, in one go with finding the others: they are thousands. */
function parted(nodes: readonly NodeExplanation[]): {
  readonly staying: RecordDocument['staying'];
  readonly others: readonly NodeExplanation[];
} {
  const counts = new Map<string, number>();
  const others: NodeExplanation[] = [];
  for (const node of nodes) {
    const { outcome } = node;
    if (outcome.kind !== 'stays') others.push(node);
    else counts.set(outcome.reason.code, (counts.get(outcome.reason.code) ?? 0) + 1);
  }
  return { staying: Object.fromEntries(counts), others };
}

class ReasonTable {
  readonly reasons: Reason[] = [];
  readonly #places = new Map<string, number>();
  readonly #byObject = new Map<Reason, number>();
  readonly #against = new Map<PodsExplanation['perGroup'], PodsDocument['against']>();

  /** Equal reasons have one place. */
  place(reason: Reason): number {
    const seen = this.#byObject.get(reason);
    if (seen !== undefined) return seen;
    const key = JSON.stringify(reason);
    let place = this.#places.get(key);
    if (place === undefined) {
      place = this.reasons.push(reason) - 1;
      this.#places.set(key, place);
    }
    this.#byObject.set(reason, place);
    return place;
  }

  against(perGroup: PodsExplanation['perGroup']): PodsDocument['against'] {
    const known = this.#against.get(perGroup);
    if (known !== undefined) return known;
    const groups = new Map<number, string[]>();
    for (const { group, reason } of perGroup) {
      const place = this.place(reason);
      const alike = groups.get(place);
      if (alike === undefined) groups.set(place, [group]);
      else alike.push(group);
    }
    const against = [...groups].map(([reason, names]) => ({ reason, groups: names }));
    this.#against.set(perGroup, against);
    return against;
  }
}
