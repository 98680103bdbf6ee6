/**
 * Replays a recorded case and compares: per node whether the pod fits, the plugin, the reasons as a set and the code;
 * per sequence the node of each step. What the product does not evaluate is counted apart, never as agreement.
 */
import type { Cluster, Slot } from '../../src/cluster/cluster.ts';
import { podKey, type PodFacts } from '../../src/cluster/facts.ts';
import { schedulerMessage } from '../../src/explain/scheduler-message.ts';
import { placePod } from '../../src/scheduling/place.ts';
import { schedulerVerdict, type SchedulerVerdict } from '../../src/scheduling/scheduler-verdict.ts';
import type { Rejection, Verdict } from '../../src/scheduling/verdict.ts';
import { loadCase, type LoadedCase, type RecordedCase, type RecordedVerdict, type Rejected } from './cases.ts';

export interface Disagreement {
  readonly case: string;
  readonly pod: string;
  /** Empty: the pod as a whole, or a step of the sequence. */
  readonly node: string;
  readonly ours: string;
  readonly theirs: string;
}

/** What was compared, and how it came out. */
export interface Tally {
  /** Answers about a pod on a node. */
  verdicts: number;
  /** Pods that are not tried at all (or not by us): one answer each. */
  neverTried: number;
  disagreements: number;
  notEvaluated: number;
  sequences: number;
  sequenceDisagreements: number;
  sequencesNotEvaluated: number;
}

export function emptyTally(): Tally {
  return {
    verdicts: 0,
    neverTried: 0,
    disagreements: 0,
    notEvaluated: 0,
    sequences: 0,
    sequenceDisagreements: 0,
    sequencesNotEvaluated: 0,
  };
}

/** Replays the case, adds to the tally and returns where we disagree. */
export function replay(recorded: RecordedCase, tally: Tally): readonly Disagreement[] {
  const loaded = loadCase(recorded);
  return [...compareVerdicts(recorded, loaded, tally), ...compareSequence(recorded, loaded, tally)];
}

function compareVerdicts(recorded: RecordedCase, { cluster, pending }: LoadedCase, tally: Tally): Disagreement[] {
  const found: Disagreement[] = [];
  for (const [index, theirs] of recorded.verdicts.entries()) {
    const pod = pending[index];
    if (pod === undefined) continue;
    const at = { case: recorded.id, pod: podKey(pod) };
    for (const [node, ours, theirsThere] of answers(cluster, pod, theirs)) {
      if (ours === NOT_EVALUATED) {
        tally.notEvaluated += 1;
        continue;
      }
      if (node === '') tally.neverTried += 1;
      else tally.verdicts += 1;
      if (ours === theirsThere) continue;
      tally.disagreements += 1;
      found.push({ ...at, node, ours, theirs: theirsThere });
    }
  }
  return found;
}

const NOT_EVALUATED = 'not evaluated';
const FITS = 'fits';

/** For each node, or once for a pod that is never tried: our answer and the recorded one, in words. */
function answers(cluster: Cluster, pod: PodFacts, theirs: RecordedVerdict): (readonly [string, string, string])[] {
  const verdict = schedulerVerdict(cluster, pod);
  const neverTried = wordNeverTried(theirs);
  if (neverTried !== undefined || verdict.kind === 'skipped' || verdict.kind === 'not-queued') {
    return [['', wordWhole(verdict), neverTried ?? 'tried']];
  }
  return cluster.nodeSlots().map((slot) => {
    const node = cluster.node(slot).name;
    const there = theirs.nodes[node];
    const ours = verdict.kind === 'tried' ? wordOurs(verdict.onNode(slot)) : wordOurs(verdict.rejection);
    return [node, ours, there === undefined ? 'nothing' : wordTheirs(there)];
  });
}

function wordNeverTried({ skipped, preenqueue }: RecordedVerdict): string | undefined {
  if (skipped !== undefined) return 'skipped';
  return preenqueue === undefined ? undefined : `not queued: ${wordTheirs(preenqueue)}`;
}

function wordWhole(verdict: SchedulerVerdict): string {
  if (verdict.kind === 'not-queued') return `not queued: ${wordOurs(verdict.rejection)}`;
  return verdict.kind === 'pod-rejected' ? wordOurs(verdict.rejection) : verdict.kind;
}

/** Every recorded verdict that is compared as one text: the plugin, the code and the reasons in order. */
function wordTheirs(theirs: { readonly fits: true } | Rejected): string {
  if ('fits' in theirs) return FITS;
  return `${theirs.plugin}: ${sorted(theirs.reasons)} [${theirs.code}]`;
}

function wordOurs(verdict: Verdict): string {
  if (verdict.fits) return FITS;
  if (isNotEvaluated(verdict)) return NOT_EVALUATED;
  const code = verdict.resolvable ? 'Unschedulable' : 'UnschedulableAndUnresolvable';
  return `${verdict.plugin}: ${sorted(verdict.reasons.map(schedulerMessage))} [${code}]`;
}

function sorted(reasons: readonly string[]): string {
  return [...new Set(reasons)].toSorted((a, b) => (a < b ? -1 : 1)).join(', ');
}

function isNotEvaluated(rejection: Rejection): boolean {
  return rejection.reasons.some(({ code }) => code === 'NotEvaluated');
}

/** Each pod goes to the first node that fits and is there for the next one: the trial is undone at the end. */
function compareSequence(recorded: RecordedCase, { cluster, pending }: LoadedCase, tally: Tally): Disagreement[] {
  const { sequence } = recorded;
  if (sequence === undefined) return [];
  const ours = cluster.trial(() => runSequence(cluster, pending));
  if (ours === undefined) {
    tally.sequencesNotEvaluated += 1;
    return [];
  }
  tally.sequences += 1;
  for (const [index, step] of sequence.entries()) {
    if (ours[index] === step.node) continue;
    tally.sequenceDisagreements += 1;
    const places = { ours: ours[index] ?? 'no node', theirs: step.node ?? 'no node' };
    return [{ case: `${recorded.id} (sequence, step ${index})`, pod: step.pod, node: '', ...places }];
  }
  return [];
}

/** The node of each step; `undefined` when one of the pods is not evaluated. */
function runSequence(cluster: Cluster, pending: readonly PodFacts[]): (string | null)[] | undefined {
  const nodes: (string | null)[] = [];
  for (const pod of pending) {
    const verdict = schedulerVerdict(cluster, pod);
    if (verdict.kind === 'pod-rejected' && isNotEvaluated(verdict.rejection)) return undefined;
    let home: Slot | undefined;
    if (verdict.kind === 'tried') {
      for (const slot of cluster.nodeSlots()) {
        const there = verdict.onNode(slot);
        if (there.fits) {
          home = slot;
          break;
        }
        if (isNotEvaluated(there)) return undefined;
      }
    }
    nodes.push(home === undefined ? null : cluster.node(home).name);
    if (home === undefined) continue;
    placePod(cluster, pod, home);
  }
  return nodes;
}
