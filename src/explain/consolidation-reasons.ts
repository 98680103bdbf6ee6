/** What becomes of replacing nodes by cheaper ones (`--consolidation`), and why nothing does; with all its words. */
import { unreachable } from '../cluster/invariant.ts';
import { wordCount, wordDuration, wordShare } from './amounts.ts';

/** Nodes that go for new ones of another group. */
export interface ReplacementSketch {
  /** The name of the group that grows, and by how many nodes. */
  readonly group: string;
  readonly nodes: number;
  /** The names of the nodes that go. */
  readonly replaced: readonly string[];
  /** US dollars an hour that are saved. */
  readonly savesPerHour: number;
  /** What is saved, and what is disturbed, as shares of the whole cluster. */
  readonly savingsShare: number;
  readonly disruptionShare: number;
}

/** Why a replacement that was begun is not carried through. */
export type GivingUp =
  | { readonly code: 'ReplacementLate'; readonly waitedMs: number }
  /** The cloud refused the nodes, or does not make them. `message`: its words, where there are any. */
  | { readonly code: 'ReplacementRefused'; readonly message: string }
  /** A pod came that keeps a node, or its removal failed. `message`: the reason in words. */
  | { readonly code: 'ReplacedNodeKept'; readonly node: string; readonly message: string }
  /** The pods have grown: they do not fit any more. */
  | { readonly code: 'ReplacementTooSmall'; readonly node: string }
  /** Prices have changed, or other pods have: the saving is no longer worth it. */
  | { readonly code: 'NoLongerWorthIt'; readonly savesPerHour: number };

export type ConsolidationReason =
  /** Something else comes first: it is looked at again in quieter times. */
  | {
      readonly code: 'ConsolidationWaits';
      readonly behind: 'new-nodes' | 'removals' | 'unneeded-nodes' | 'cooldown';
      readonly untilMs?: number;
    }
  /** The last replacement has ended not long ago. `--consolidation-cooldown` */
  | { readonly code: 'ConsolidationSettles'; readonly untilMs: number }
  /** `best`: the most that could be saved, and the ratio of savings to disruption that was asked for. */
  | { readonly code: 'NothingWorthReplacing'; readonly best?: ReplacementSketch; readonly threshold: number }
  /** It has to be worth it for as long as a node has to be unneeded. */
  | {
      readonly code: 'NotWorthItLongEnough';
      readonly replacement: ReplacementSketch;
      readonly sinceMs: number;
      readonly untilMs: number;
    }
  | { readonly code: 'ReplacementAsked'; readonly replacement: ReplacementSketch; readonly untilMs: number }
  | {
      readonly code: 'ReplacementAwaited';
      readonly replacement: ReplacementSketch;
      readonly ready: number;
      readonly untilMs: number;
    }
  | {
      readonly code: 'ReplacementUnderWay';
      readonly replacement: ReplacementSketch;
      readonly left: number;
      readonly untilMs: number;
    }
  | { readonly code: 'ReplacementDone'; readonly replacement: ReplacementSketch }
  | { readonly code: 'ReplacementGivenUp'; readonly replacement: ReplacementSketch; readonly because: GivingUp };

const CODES: ReadonlySet<string> = new Set<ConsolidationReason['code']>([
  'ConsolidationWaits',
  'ConsolidationSettles',
  'NothingWorthReplacing',
  'NotWorthItLongEnough',
  'ReplacementAsked',
  'ReplacementAwaited',
  'ReplacementUnderWay',
  'ReplacementDone',
  'ReplacementGivenUp',
]);

export function isConsolidationReason<T extends { readonly code: string }>(
  reason: T,
): reason is Extract<T, { readonly code: ConsolidationReason['code'] }> {
  return CODES.has(reason.code);
}

export function describeConsolidation(reason: ConsolidationReason, now?: number): string {
  switch (reason.code) {
    case 'ConsolidationWaits':
      return `no replacement is looked for ${WAITS_WORDS[reason.behind]}`;
    case 'ConsolidationSettles':
      return `no replacement is begun${forAnother(reason.untilMs, now)}: the last one has just ended`;
    case 'NothingWorthReplacing':
      return reason.best === undefined
        ? 'no cheaper nodes would do'
        : `${wordReplacement(reason.best)}: less than ${reason.threshold} of what it disturbs (${wordShares(reason.best)})`;
    case 'NotWorthItLongEnough':
      return `${wordReplacement(reason.replacement)}, if it stays worth it${forAnother(reason.untilMs, now)}`;
    case 'ReplacementAsked':
      return `${wordReplacement(reason.replacement)} (${wordShares(reason.replacement)})`;
    case 'ReplacementAwaited':
      return `${wordReplacement(reason.replacement)}; ${reason.ready} of ${wordCount(reason.replacement.nodes, 'new node')} ready`;
    case 'ReplacementUnderWay':
      return `${wordReplacement(reason.replacement)}; ${reason.left} still to go`;
    case 'ReplacementDone':
      return `${wordReplacement(reason.replacement)}; done`;
    case 'ReplacementGivenUp':
      return `${wordReplacement(reason.replacement)}; given up: ${describeGivingUp(reason.because)}`;
    default:
      return unreachable(reason);
  }
}

export function consolidationAdvice(reason: ConsolidationReason): string {
  switch (reason.code) {
    case 'NothingWorthReplacing':
      return reason.best === undefined
        ? ''
        : 'Lower --consolidation-threshold to save more at the price of more moves.';
    case 'ReplacementGivenUp':
      return GIVING_UP_ADVICE[reason.because.code];
    case 'ConsolidationWaits':
    case 'ConsolidationSettles':
    case 'NotWorthItLongEnough':
    case 'ReplacementAsked':
    case 'ReplacementAwaited':
    case 'ReplacementUnderWay':
    case 'ReplacementDone':
      return '';
    default:
      return unreachable(reason);
  }
}

function describeGivingUp(because: GivingUp): string {
  switch (because.code) {
    case 'ReplacementLate':
      return `not over after ${wordDuration(because.waitedMs)}`;
    case 'ReplacementRefused':
      return `the new nodes are not coming${because.message === '' ? '' : ` (${because.message})`}`;
    case 'ReplacedNodeKept':
      return `${because.node} has to stay: ${because.message}`;
    case 'ReplacementTooSmall':
      return `the pods of ${because.node} no longer fit elsewhere`;
    case 'NoLongerWorthIt':
      return `it would save ${dollars(because.savesPerHour)} now`;
    default:
      return unreachable(because);
  }
}

const WAITS_WORDS = {
  'new-nodes': 'while nodes are on their way',
  removals: 'while nodes are being removed',
  'unneeded-nodes': 'while nodes that nothing needs are still there',
  cooldown: 'while scale-down waits',
} as const satisfies Record<(ConsolidationReason & { code: 'ConsolidationWaits' })['behind'], string>;

const GIVING_UP_ADVICE = {
  ReplacementLate: 'Look at the new nodes: kubectl describe node.',
  ReplacementRefused: 'Look at the node pool in the Vultr console.',
  ReplacedNodeKept: '',
  ReplacementTooSmall: '',
  NoLongerWorthIt: '',
} as const satisfies Record<GivingUp['code'], string>;

/** `3 nodes of big by 1 of small, saving $0.120/h`. */
function wordReplacement({ group, nodes, replaced, savesPerHour }: ReplacementSketch): string {
  return `replace ${replaced.join(', ')} by ${wordCount(nodes, 'node')} of ${group}, saving ${dollars(savesPerHour)}`;
}

function wordShares({ savingsShare, disruptionShare }: ReplacementSketch): string {
  return `${wordShare(savingsShare)} of the cost for ${wordShare(disruptionShare)} of the pods`;
}

function dollars(perHour: number): string {
  return `${perHour < 0 ? '-' : ''}$${Math.abs(perHour).toFixed(3)}/h`;
}

function forAnother(untilMs: number, now: number | undefined): string {
  return now === undefined || untilMs <= now ? '' : ` for another ${wordDuration(untilMs - now)}`;
}
