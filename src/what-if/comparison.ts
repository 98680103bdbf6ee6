/** What one decision says otherwise than another one: of pods, nodes and pools, each with both sides and their reasons. */
import type { DecisionRecord, GroupExplanation, NodeExplanation, PodsExplanation } from '../explain/record.ts';
import { worded } from '../explain/worded.ts';

export interface Difference {
  readonly kind: 'pods' | 'node' | 'pool';
  /** `24 pods of ReplicaSet default/web`, the name of a node or a pool. */
  readonly what: string;
  /** What becomes of it, with the reason; '': it is not there. */
  readonly without: string;
  readonly with: string;
}

export function differences(without: DecisionRecord, changed: DecisionRecord): readonly Difference[] {
  return [
    ...sides('pool', without.groups, changed.groups, (group) => [group.name, poolWords(group, without.atMs)]),
    ...sides('pods', without.pods, changed.pods, (pods) => [podsName(pods), podsWords(pods, without.atMs)]),
    ...sides('node', without.nodes, changed.nodes, (node) => [node.node, nodeWords(node, without.atMs)]),
  ];
}

function sides<T>(
  kind: Difference['kind'],
  without: readonly T[],
  changed: readonly T[],
  words: (item: T) => readonly [name: string, words: string],
): readonly Difference[] {
  const before = wordsByName(without, words);
  const after = wordsByName(changed, words);
  const names = new Set([...before.keys(), ...after.keys()]);
  return [...names].flatMap((what) => {
    const [one, other] = [before.get(what) ?? '', after.get(what) ?? ''];
    return one === other ? [] : [{ kind, what, without: one, with: other }];
  });
}

/** Entries of one name (pods of one controller that differ in content) are told together. */
function wordsByName<T>(
  items: readonly T[],
  words: (item: T) => readonly [name: string, words: string],
): ReadonlyMap<string, string> {
  const all = new Map<string, string>();
  for (const item of items) {
    const [name, said] = words(item);
    const known = all.get(name);
    all.set(name, known === undefined ? said : `${known}; ${said}`);
  }
  return all;
}

/** The controller, by which pods are the same on both sides however many there are. */
function podsName({ example, owner }: PodsExplanation): string {
  return owner === '' ? `pod ${example}` : `pods of ${owner}`;
}

function podsWords({ count, outcome, perGroup }: PodsExplanation, now: number): string {
  const takes =
    'byGroup' in outcome ? outcome.byGroup.map(({ group, pods }) => `${pods} on new nodes of ${group}`) : [];
  switch (outcome.kind) {
    case 'helped':
      return takes.join(', ');
    case 'partly-helped':
      return [...takes, `${outcome.waiting} wait${reasonsOf(perGroup, now)}`].join(', ');
    case 'waits':
      return `${count} wait: ${worded(outcome.reason, now).message}`;
    default:
      return `${count} cannot be helped${reasonsOf(perGroup, now)}`;
  }
}

function reasonsOf(perGroup: PodsExplanation['perGroup'], now: number): string {
  const said = perGroup.map(({ group, reason }) => `${group}: ${worded(reason, now).message}`);
  return said.length === 0 ? '' : ` (${said.join('; ')})`;
}

function nodeWords({ outcome }: NodeExplanation, now: number): string {
  switch (outcome.kind) {
    case 'stays':
      return `stays: ${worded(outcome.reason, now).message}`;
    case 'unneeded':
      return `is not needed: ${worded(outcome.reason, now).message}`;
    case 'removed':
      return 'is removed';
    default:
      return `is being removed: ${outcome.step}`;
  }
}

function poolWords({ blocked, maxSize, minSize, pricePerHour, targetSize }: GroupExplanation, now: number): string {
  const price = pricePerHour === undefined ? '' : ` at $${pricePerHour.toFixed(3)}/h`;
  const nodes = `${targetSize} of ${minSize} to ${maxSize} nodes${price}`;
  return blocked === undefined ? nodes : `${nodes}, does not grow: ${worded(blocked, now).message}`;
}
