/**
 * The record as people read it: one line for each thing that is new. What was said once and has not changed is not said
 * again, so a pod that no pool can help is named once, not once a pass.
 */
import { unreachable } from '../cluster/invariant.ts';
import type { ActuationObservation } from '../actuation/observations.ts';
import type {
  ActionRecord,
  DecisionRecord,
  GroupExplanation,
  NodeExplanation,
  PodsExplanation,
} from '../explain/record.ts';
import type { FitReason, GroupReason, PendingReason } from '../explain/reasons.ts';
import { describe } from '../explain/text.ts';

export interface Narration {
  readonly kind: 'scale-up' | 'scale-down' | 'waiting' | 'blocked' | 'node';
  readonly text: string;
  /** What makes it news when it changes; default: the text, numbers aside. */
  readonly gist?: string;
}

/** Sets of pods, and nodes, that are remembered as said; older ones may be said again. */
const REMEMBERED_MAX = 10_000;

export class Narrator {
  readonly #dryRun: boolean;
  #said = new Map<string, string>();
  /** The actions of the last record, in words. */
  #actions: ReadonlySet<string> = new Set();
  /** The same of what groups on dry run would do. */
  #rehearsed: ReadonlySet<string> = new Set();

  /** In a dry run nothing comes of an action, so the next pass wants it again: it is told once. */
  constructor({ dryRun }: { readonly dryRun: boolean } = { dryRun: false }) {
    this.#dryRun = dryRun;
  }

  /** What is new in this record. */
  narrate(record: DecisionRecord): readonly Narration[] {
    const lines: Narration[] = [];
    // What is in the way first: it is often the reason for the action that follows.
    for (const group of record.groups) this.#sayOnce(lines, `group ${group.id}`, narrateGroup(group, record.atMs));
    lines.push(...this.#narrateActions(record));
    lines.push(...this.#narrateRehearsal(record));
    this.#sayOnce(lines, 'consolidation', narrateConsolidation(record));
    for (const pods of record.pods) this.#sayOnce(lines, `pods ${pods.owner} ${pods.example}`, narratePods(pods));
    for (const node of record.nodes) this.#sayOnce(lines, `node ${node.node}`, narrateNode(node));
    this.#forget(record);
    return lines;
  }

  #narrateActions(record: DecisionRecord): readonly Narration[] {
    const actions = record.actions.map(narrateAction);
    const before = this.#actions;
    this.#actions = new Set(actions.map(({ text }) => text));
    return this.#dryRun ? actions.filter(({ text }) => !before.has(text)) : actions;
  }

  /** Nothing comes of these either. */
  #narrateRehearsal({ dryRun }: DecisionRecord): readonly Narration[] {
    const actions = (dryRun?.actions ?? []).map(narrateAction);
    const before = this.#rehearsed;
    this.#rehearsed = new Set(actions.map(({ text }) => text));
    return actions
      .filter(({ text }) => !before.has(text))
      .map(({ kind, text }) => ({ kind, text: `on dry run, and not done: ${text}` }));
  }

  #sayOnce(lines: Narration[], key: string, narration: Narration | undefined): void {
    if (narration === undefined) {
      this.#said.delete(key);
      return;
    }
    const gist = narration.gist ?? `${narration.kind} ${narration.text.replaceAll(/\d+(\.\d+)?/g, '#')}`;
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
      ...record.groups.map((group) => `group ${group.id}`),
    ]);
    this.#said = new Map([...this.#said].filter(([key]) => current.has(key)));
  }
}

function narrateAction(action: ActionRecord): Narration {
  switch (action.kind) {
    case 'resize':
      return {
        kind: 'scale-up',
        text: `pool ${action.group} ${action.from} → ${action.to} nodes${forPods(action.pods)} (${action.because})${dollars('+', action.pricePerHour)}`,
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
    default:
      return unreachable(action);
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
      return isWorthTelling(pods.outcome.reason)
        ? { kind: 'waiting', text: `${who} waiting: ${describe(pods.outcome.reason)}` }
        : undefined;
    case 'partly-helped':
      return {
        kind: 'blocked',
        text: `${pods.outcome.waiting} of ${who} get no new node: ${perGroup(pods)}`,
      };
    case 'cannot-be-helped':
      return { kind: 'blocked', text: `${who} cannot be helped: ${perGroup(pods)}` };
    default:
      return unreachable(pods.outcome);
  }
}

/** Pods that are about to run, or that nobody expects a node for, are in the record and need no line. */
function isWorthTelling(reason: PendingReason): boolean {
  switch (reason.code) {
    case 'FitsExistingNode':
    case 'FitsUpcomingNode':
    case 'NotYetTriedByScheduler':
    case 'NominatedToNode':
    case 'BeingDeleted':
    case 'DaemonSetPod':
      return false;
    case 'SchedulingGated':
    case 'NodeMayBeComing':
    case 'TooYoung':
    case 'BelowPriorityCutoff':
    case 'OtherScheduler':
    case 'SchedulerNotAllowed':
    case 'AnotherGroupFirst':
    case 'PassSkipped':
      return true;
    default:
      return unreachable(reason);
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
    default:
      return unreachable(node.outcome);
  }
}

/** A replacement is told of from the request to its end. */
function narrateConsolidation({ consolidation, atMs }: DecisionRecord): Narration | undefined {
  switch (consolidation?.code) {
    case 'ReplacementAwaited':
    case 'ReplacementUnderWay':
    case 'ReplacementDone':
      return { kind: 'scale-down', text: describe(consolidation, atMs) };
    case 'ReplacementGivenUp':
      return { kind: 'blocked', text: describe(consolidation, atMs) };
    default:
      return undefined;
  }
}

/** Nodes that a pool owes to its minimum, or that replace others, are for no pods that wait. */
function forPods(pods: number): string {
  return pods === 0 ? '' : ` for ${count(pods, 'pod')}`;
}

/** Of what blocks a pool, its maximum is told with the pods that it keeps waiting; the rest concerns the pool itself. */
function narrateGroup({ name, blocked }: GroupExplanation, now: number): Narration | undefined {
  switch (blocked?.code) {
    case 'GroupInBackoff':
      return {
        kind: 'blocked',
        text: `pool ${name}: ${describe(blocked, now)}`,
        gist: `backoff ${blocked.cause} ${blocked.untilMs}`,
      };
    case 'GroupUnhealthy':
    case 'NoTemplate':
      return { kind: 'blocked', text: `pool ${name}: ${describe(blocked, now)}` };
    default:
      return undefined;
  }
}

/** What came of an action, where the next decision does not say so by itself; `undefined` where it does. */
export function narrateOutcome(outcome: ActuationObservation): Narration | undefined {
  switch (outcome.kind) {
    case 'removal-failed':
      return { kind: 'blocked', text: `${outcome.node} was not removed: ${outcome.message}` };
    case 'instance-deletion-failed':
      return {
        kind: 'blocked',
        text: `${count(outcome.instanceIds.length, 'instance')} not deleted: ${outcome.error.message}`,
      };
    case 'resize-failed':
      return outcome.error.kind === 'unknown-outcome'
        ? { kind: 'blocked', text: `a resize by ${outcome.delta} was not answered; the next reading tells` }
        : undefined;
    default:
      return undefined;
  }
}

function dollars(sign: '+' | '-', pricePerHour: number | undefined): string {
  return pricePerHour === undefined ? '' : `, ${sign}$${pricePerHour.toFixed(3)}/h`;
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`;
}
