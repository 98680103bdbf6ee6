/**
 * Whether what was foretold came true: that a new node of a group would take a pod.
 *
 * 1. A promise is kept for each set of kin (pods of one controller, or one bare pod) and each group that nodes are on
 *    their way to for them: since when, and how many nodes it awaits.
 * 2. Once these are ready, a pod of the kin that was there when the promise was made and still waits shows whether it was
 *    wrong: it does not fit them even when they are empty; or it fits, and the scheduler has not put it there for
 *    {@link PATIENCE_MS}, as far as has been heard: while the watch of pods is silent, nobody knows what it has done. Where
 *    others have taken the room, the promise was not wrong.
 * 3. After a mistake the group is left alone for these pods, for longer after each further one, and nodes that seem to
 *    fit and do not take them are counted for them no more: another node may be asked for, and never one after the other
 *    without an end.
 *
 * What new nodes can really hold is learnt elsewhere: from living nodes of the group (node-groups/templates.ts) and of
 * the plan (vultr/observed-nodes.ts).
 */
import type { Cluster, Slot } from '../cluster/cluster.ts';
import type { PodFacts } from '../cluster/facts.ts';
import { podKey } from '../cluster/facts.ts';
import type { FitReason } from '../explain/reasons.ts';
import type { WrongPrediction } from '../explain/record.ts';
import { belongsToNode, lastTransitionMs } from '../node-groups/readiness.ts';
import type { NodeGroupView } from '../node-groups/view.ts';
import { checkFit, fits } from '../scheduling/runner.ts';

export interface PredictionMemory {
  /** In the order in which they were made. */
  readonly promises: readonly NodePromise[];
  readonly mistakes: readonly Mistake[];
}

export interface NodePromise {
  readonly kin: string;
  readonly groupId: string;
  readonly sinceMs: number;
  /** How many nodes of the group were on their way then, with those that were asked for. */
  readonly nodes: number;
}

export interface Mistake {
  readonly kin: string;
  readonly groupId: string;
  readonly times: number;
  readonly lastAtMs: number;
  /** Until then no node of the group is asked for, for these pods. */
  readonly untilMs: number;
  /** The name of one of the nodes that came in vain. */
  readonly node: string;
  /** Nodes that seem to fit and do not take them. */
  readonly avoided: readonly AvoidedNode[];
}

interface AvoidedNode {
  readonly name: string;
  readonly uid: string;
}

export const NO_PREDICTIONS: PredictionMemory = { promises: [], mistakes: [] };

/** A ready node on which the pod should fit gets it within seconds; the scheduler may have thousands to place first. */
const PATIENCE_MS = 2 * 60_000;
/** After the first mistake, the second …: time for the new nodes to be learnt from, then ever fewer tries. */
const DELAYS_MS = [2 * 60_000, 10 * 60_000, 30 * 60_000];
/** After so long without another one a mistake is forgotten; after the last delay nothing is tried before that. */
export const FORGOTTEN_AFTER_MS = 3 * 60 * 60_000;
/** Bounds on what is remembered; the youngest are left out. */
const MOST_PROMISES = 1000;
const MOST_MISTAKES = 200;
const MOST_NODES = 10;
/** So many of the nodes that came are looked at. */
const MOST_LOOKS = 16;

/** What is asked of a node itself: what others on it or elsewhere ask is no mistake about the node. */
const ABOUT_THE_NODE: ReadonlySet<FitReason['code']> = new Set([
  'InsufficientResource',
  'TooManyPods',
  'UntoleratedTaint',
  'NodeAffinityMismatch',
  'NodeLacksFeatures',
]);

/** Pods of one controller share what is foretold. */
export function kinOf({ controller, uid }: PodFacts): string {
  return controller?.uid ?? uid;
}

export interface Judging {
  readonly cluster: Cluster;
  readonly groups: readonly NodeGroupView[];
  readonly now: number;
  /** What had become of pods until then is known. */
  readonly heardAtMs: number;
}

export interface Judged {
  readonly memory: PredictionMemory;
  readonly wrong: readonly WrongPrediction[];
}

/** Where Cluster Autoscaler is imitated: it foretells nothing. */
export const NOTHING_JUDGED: Judged = { memory: NO_PREDICTIONS, wrong: [] };

/** Holds the promises against what has come. What it tries out on the model it takes back. */
export function judgePredictions(memory: PredictionMemory, judging: Judging): Judged {
  const { now } = judging;
  let mistakes = memory.mistakes.filter(
    ({ lastAtMs, untilMs }) => now < Math.max(untilMs, lastAtMs + FORGOTTEN_AFTER_MS),
  );
  if (memory.promises.length === 0) return { memory: { promises: [], mistakes }, wrong: [] };
  const arrivals = new Arrivals(judging);
  const due = memory.promises.filter((promise) => arrivals.areIn(promise));
  const waiting = due.length === 0 ? NOBODY : waitingOf(judging.cluster, new Set(due.map(({ kin }) => kin)));
  const areDue = new Set(due);
  const promises: NodePromise[] = [];
  const wrong: WrongPrediction[] = [];
  for (const promise of memory.promises) {
    const verdict = areDue.has(promise) ? verdictOn(promise, waiting, { ...judging, arrivals }) : 'open';
    if (verdict === 'open') promises.push(promise);
    if (verdict === 'open' || verdict === 'over') continue;
    const before = mistakes.find(({ kin, groupId }) => kin === promise.kin && groupId === promise.groupId);
    const mistake = mistakeAfter(before, promise, { verdict, now });
    mistakes = [mistake, ...mistakes.filter((one) => one !== before)].slice(0, MOST_MISTAKES);
    wrong.push(worded(mistake, verdict));
  }
  return { memory: { promises, mistakes }, wrong };
}

interface Arrival {
  readonly slot: Slot;
  readonly readyAtMs: number;
}

/** Which nodes of which group became ready when. */
class Arrivals {
  readonly #judging: Judging;
  readonly #views: ReadonlyMap<string, NodeGroupView>;
  /** By group, all that are ready, the last first. */
  readonly #ready = new Map<string, readonly Arrival[]>();

  constructor(judging: Judging) {
    this.#judging = judging;
    this.#views = new Map(judging.groups.map((view) => [view.state.id, view]));
  }

  view(groupId: string): NodeGroupView | undefined {
    return this.#views.get(groupId);
  }

  /** Nodes of the group that became ready after that, in that order. */
  since({ groupId, sinceMs }: NodePromise): readonly Arrival[] {
    const ready = this.#readyOf(groupId);
    const before = ready.findIndex(({ readyAtMs }) => readyAtMs <= sinceMs);
    return ready.slice(0, before === -1 ? ready.length : before).toReversed();
  }

  /** What the promise awaits has come, or will not: what is given up is asked for elsewhere. */
  areIn(promise: NodePromise): boolean {
    const upcoming = this.view(promise.groupId)?.upcoming ?? 0;
    return upcoming === 0 || this.since(promise).length >= promise.nodes;
  }

  #readyOf(groupId: string): readonly Arrival[] {
    let known = this.#ready.get(groupId);
    if (known === undefined) {
      const { cluster } = this.#judging;
      known = (this.view(groupId)?.ready ?? [])
        .map((slot) => ({ slot, readyAtMs: lastTransitionMs(cluster.node(slot)) }))
        .toSorted((a, b) => b.readyAtMs - a.readyAtMs || b.slot - a.slot);
      this.#ready.set(groupId, known);
    }
    return known;
  }
}

interface Breach {
  readonly pod: PodFacts;
  readonly view: NodeGroupView;
  readonly node: AvoidedNode;
  readonly reason: FitReason | undefined;
}

type Waiting = ReadonlyMap<string, readonly PodFacts[]>;

const NOBODY: Waiting = new Map();

type Verdict = 'open' | 'over' | Breach;

function verdictOn(
  promise: NodePromise,
  waiting: Waiting,
  { cluster, arrivals, heardAtMs }: Judging & { readonly arrivals: Arrivals },
): Verdict {
  const pod = firstOf(waiting.get(promise.kin) ?? [], promise.sinceMs);
  const view = arrivals.view(promise.groupId);
  const came = arrivals.since(promise);
  const last = came[promise.nodes - 1];
  if (pod === undefined || view === undefined || last === undefined) return 'over';
  const slots = came.slice(0, MOST_LOOKS).map(({ slot }) => slot);
  const open = slots.find((slot) => fits(cluster, pod, slot));
  if (open !== undefined) {
    if (heardAtMs < last.readyAtMs + PATIENCE_MS) return 'open';
    return { pod, view, node: cluster.node(open), reason: undefined };
  }
  const reasons = slots.map((slot) => ({ slot, reason: rejectionWhenEmpty(cluster, pod, slot) }));
  const first = reasons[0];
  const isWrong = reasons.every(({ reason }) => reason !== undefined && ABOUT_THE_NODE.has(reason.code));
  if (!isWrong || first === undefined) return 'over';
  return { pod, view, node: cluster.node(first.slot), reason: first.reason };
}

/** The first in the order of names of those that were there at that time. */
function firstOf(pods: readonly PodFacts[], atMs: number): PodFacts | undefined {
  let first: PodFacts | undefined;
  for (const pod of pods) {
    if (pod.createdAtMs <= atMs && (first === undefined || podKey(pod) < podKey(first))) first = pod;
  }
  return first;
}

/** Why the pod does not fit the node although only the node's own pods are on it; `undefined`: it does. */
function rejectionWhenEmpty(cluster: Cluster, pod: PodFacts, slot: Slot): FitReason | undefined {
  return cluster.trial(() => {
    const others = [...cluster.podsOn(slot).values()].filter((one) => !belongsToNode(one));
    cluster.removeAll(others, slot);
    const verdict = checkFit(cluster, pod, slot);
    return verdict.fits ? undefined : verdict.reasons[0];
  });
}

/** Pods of these kin that a scheduler has tried in vain. */
function waitingOf(cluster: Cluster, kin: ReadonlySet<string>): Waiting {
  const waiting = new Map<string, PodFacts[]>();
  for (const pod of cluster.pendingPods()) {
    const own = kinOf(pod);
    if (!kin.has(own) || !pod.unschedulable || pod.deletion !== undefined) continue;
    const known = waiting.get(own);
    if (known === undefined) waiting.set(own, [pod]);
    else known.push(pod);
  }
  return waiting;
}

function mistakeAfter(
  before: Mistake | undefined,
  { kin, groupId }: NodePromise,
  { verdict, now }: { readonly verdict: Breach; readonly now: number },
): Mistake {
  const times = (before?.times ?? 0) + 1;
  const untilMs = now + (DELAYS_MS[times - 1] ?? FORGOTTEN_AFTER_MS);
  const { name, uid } = verdict.node;
  const refused = verdict.reason === undefined ? [{ name, uid }] : [];
  const known = (before?.avoided ?? []).filter((node) => node.uid !== uid);
  return {
    kin,
    groupId,
    times,
    lastAtMs: now,
    untilMs,
    node: name,
    avoided: [...refused, ...known].slice(0, MOST_NODES),
  };
}

function worded({ times, untilMs }: Mistake, { pod, view, node, reason }: Breach): WrongPrediction {
  return { pod: podKey(pod), podUid: pod.uid, group: view.state.name, node: node.name, reason, times, untilMs };
}

/** Notes for whom nodes are on their way now. Promises that are open already stay as they were made. */
export function promised(
  memory: PredictionMemory,
  made: Iterable<Omit<NodePromise, 'sinceMs'>>,
  now: number,
): PredictionMemory {
  const known = new Set(memory.promises.map(({ kin, groupId }) => `${kin} ${groupId}`));
  const promises = [...memory.promises];
  for (const { kin, groupId, nodes } of made) {
    if (promises.length >= MOST_PROMISES) break;
    const key = `${kin} ${groupId}`;
    if (known.has(key)) continue;
    known.add(key);
    promises.push({ kin, groupId, nodes, sinceMs: now });
  }
  return { ...memory, promises };
}

/** The wall clock was set by so much. */
export function predictionsAfterClockStep({ promises, mistakes }: PredictionMemory, byMs: number): PredictionMemory {
  return {
    promises: promises.map((promise) => ({ ...promise, sinceMs: promise.sinceMs + byMs })),
    mistakes: mistakes.map((mistake) => ({
      ...mistake,
      lastAtMs: mistake.lastAtMs + byMs,
      untilMs: mistake.untilMs + byMs,
    })),
  };
}
