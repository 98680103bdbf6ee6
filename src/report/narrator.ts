/**
 * The record as people read it: one line for each thing that is new. What was said once and has not changed is not said
 * again, so a pod that no pool can help is named once, not once a pass.
 */
import type { ActionRecord, DecisionRecord, NodeExplanation, PodsExplanation } from '../explain/record.ts';
import type { FitReason, GroupReason } from '../explain/reasons.ts';
import { describe } from '../explain/text.ts';

export interface Narration {
  readonly kind: 'scale-up' | 'scale-down' | 'waiting' | 'blocked' | 'node';
  readonly text: string;
}

/** Sets of pods, and nodes, that are remembered as said; older ones may be said again. */
const REMEMBERED_MAX = 10_000;

export class Narrator {
  #said = new Map<string, string>();

  /** What is new in this record. */
  narrate(record: DecisionRecord): readonly Narration[] {
    const lines: Narration[] = record.actions.map(narrateAction);
    for (const pods of record.pods) this.#sayOnce(lines, `pods ${pods.owner} ${pods.example}`, narratePods(pods));
    for (const node of record.nodes) this.#sayOnce(lines, `node ${node.node}`, narrateNode(node));
    this.#forget(record);
    return lines;
  }

  #sayOnce(lines: Narration[], key: string, narration: Narration | undefined): void {
    if (narration === undefined) {
      this.#said.delete(key);
      return;
    }
    const gist = `${narration.kind} ${narration.text.replaceAll(/\d+(\.\d+)?/g, '#')}`;
    if (this.#said.get(key) === gist) return;
    this.#said.set(key, gist);
    lines.push(narration);
  }

  /** Keeps what is still there. */
  #forget(record: DecisionRecord): void {
    if (this.#said.size <= REMEMBERED_MAX) return;
    const current = new Set([
      ...record.pods.map((pods) => `pods ${pods.owner} ${pods.example}`),
      ...record.nodes.map((node) => `node ${node.node}`),
    ]);
    this.#said = new Map([...this.#said].filter(([key]) => current.has(key)));
  }
}

function narrateAction(action: ActionRecord): Narration {
  switch (action.kind) {
    case 'resize':
      return {
        kind: 'scale-up',
        text: `pool ${action.group} ${action.from} → ${action.to} nodes for ${count(action.pods, 'pod')} (${action.because})${dollars('+', action.pricePerHour)}`,
      };
    case 'remove-node':
      return {
        kind: 'scale-down',
        text: `removing ${action.node} of pool ${action.group} (${action.because})${movesOf(action)}${dollars('-', action.pricePerHour)}`,
      };
    case 'delete-instances':
      return {
        kind: 'scale-down',
        text: `deleting ${count(action.instances.length, 'instance')} of pool ${action.group}: ${action.because}`,
      };
    case 'withdraw':
      return {
        kind: 'scale-down',
        text: `pool ${action.group} ${action.from} → ${action.to} nodes asked for: ${action.because}`,
      };
  }
}

function movesOf(action: ActionRecord & { kind: 'remove-node' }): string {
  const [first, ...others] = action.moves;
  if (first === undefined) return '';
  return `; ${first.pod} → ${first.to}${others.length > 0 ? ` and ${count(others.length, 'more pod')}` : ''}`;
}

function narratePods(pods: PodsExplanation): Narration | undefined {
  const who = `${count(pods.count, 'pod')} (${pods.owner === '' ? pods.example : pods.owner})`;
  switch (pods.outcome.kind) {
    case 'helped':
      return undefined;
    case 'waits':
      return pods.outcome.reason.code === 'FitsUpcomingNode' || pods.outcome.reason.code === 'NotYetTriedByScheduler'
        ? undefined
        : { kind: 'waiting', text: `${who} wait: ${describe(pods.outcome.reason)}` };
    case 'partly-helped':
      return {
        kind: 'blocked',
        text: `${pods.outcome.waiting} of ${who} get no new node: ${perGroup(pods)}`,
      };
    case 'cannot-be-helped':
      return { kind: 'blocked', text: `${who} cannot be helped: ${perGroup(pods)}` };
  }
}

function perGroup(pods: PodsExplanation): string {
  if (pods.perGroup.length === 0) return 'there is no node group';
  const byReason = new Map<string, string[]>();
  for (const { group, reason } of pods.perGroup) {
    const text = describe(reason satisfies FitReason | GroupReason);
    byReason.set(text, [...(byReason.get(text) ?? []), group]);
  }
  return [...byReason].map(([text, groups]) => `${groups.join(', ')}: ${text}`).join('; ');
}

/** Nodes are told of when something about them is decided; why each stays is in the record. */
function narrateNode(node: NodeExplanation): Narration | undefined {
  switch (node.outcome.kind) {
    case 'unneeded':
      return { kind: 'node', text: `${node.node} is unneeded: ${describe(node.outcome.reason)}` };
    case 'stays':
    case 'removed':
    case 'being-removed':
      return undefined;
  }
}

function dollars(sign: '+' | '-', pricePerHour: number | undefined): string {
  return pricePerHour === undefined ? '' : `, ${sign}$${pricePerHour.toFixed(3)}/h`;
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`;
}
