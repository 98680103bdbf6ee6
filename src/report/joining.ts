/**
 * What came of decisions, each outcome with the id of the decision that asked for it: calls answered, nodes ready after so
 * long, pods bound, nodes removed.
 */
import type { ActuationObservation } from '../actuation/observations.ts';
import type { DecisionRecord } from '../explain/record.ts';
import { formatTimestamp } from '../runtime/timestamps.ts';

export interface JoinedOutcome {
  readonly decision: string;
  readonly at: string;
  /** As acting calls it, or `nodes-ready`, `pod-bound`. */
  readonly what: ActuationObservation['kind'] | 'nodes-ready' | 'pod-bound';
  /** The pool, node or pod. */
  readonly subject: string;
  /** Since the decision. */
  readonly afterSeconds: number;
  /** What failed, or where the pod is. */
  readonly detail?: string;
}

interface Cause {
  readonly decision: string;
  readonly atMs: number;
}

interface Raise extends Cause {
  readonly to: number;
  readonly name: string;
}

/** Pods whose binding is waited for; ten thousand alike pods have one example. */
const MOST_AWAITED_PODS = 500;

export class Joining {
  readonly #nodeOf: (pod: string) => string | undefined;
  /** The decision that last asked for something, by group id or node name. */
  readonly #causes = new Map<string, Cause>();
  /** Raises whose nodes are not all ready, by group id. */
  readonly #raises = new Map<string, Raise>();
  readonly #pods = new Map<string, Cause>();
  #names: ReadonlyMap<string, string> = new Map();

  /** @param nodeOf - the node of a pod by its `namespace/name`; `undefined`: it has none, or is gone */
  constructor(nodeOf: (pod: string) => string | undefined) {
    this.#nodeOf = nodeOf;
  }

  /** What the record shows to have come of earlier ones. */
  record(record: DecisionRecord): readonly JoinedOutcome[] {
    const found = [...this.#readyNodes(record), ...this.#boundPods(record)];
    this.#forgetGone(record);
    this.#remember(record);
    return found;
  }

  outcome(seen: ActuationObservation): readonly JoinedOutcome[] {
    const key = 'node' in seen ? seen.node : seen.groupId;
    const cause = this.#causes.get(key);
    if (seen.kind === 'resize-failed' || seen.kind === 'resize-unsent') this.#raises.delete(seen.groupId);
    if (cause === undefined) return [];
    const subject = 'node' in seen ? seen.node : (this.#names.get(seen.groupId) ?? seen.groupId);
    const detail = detailOf(seen);
    const outcome = joined(cause, { what: seen.kind, subject, atMs: seen.atMs, detail });
    if (seen.kind === 'removal-done' || seen.kind === 'removal-failed') this.#causes.delete(key);
    return [outcome];
  }

  #readyNodes({ groups, atMs }: DecisionRecord): readonly JoinedOutcome[] {
    return groups.flatMap(({ id, ready, targetSize }) => {
      const raise = this.#raises.get(id);
      if (raise === undefined) return [];
      // Lowered meanwhile: not all of them are wanted any more.
      if (ready < raise.to && targetSize >= raise.to) return [];
      this.#raises.delete(id);
      if (ready < raise.to) return [];
      return [joined(raise, { what: 'nodes-ready', subject: raise.name, atMs, detail: undefined })];
    });
  }

  #boundPods({ atMs }: DecisionRecord): readonly JoinedOutcome[] {
    return [...this.#pods].flatMap(([pod, cause]) => {
      const node = this.#nodeOf(pod);
      if (node === undefined) return [];
      this.#pods.delete(pod);
      return [joined(cause, { what: 'pod-bound', subject: pod, atMs, detail: node })];
    });
  }

  #remember({ id, atMs, actions, groups, pods }: DecisionRecord): void {
    this.#names = new Map(groups.map((group) => [group.id, group.name]));
    const ids = new Map(groups.map((group) => [group.name, group.id]));
    const cause = { decision: id, atMs };
    for (const action of actions) {
      const groupId = ids.get(action.group) ?? action.group;
      this.#causes.set(action.kind === 'remove-node' ? action.node : groupId, cause);
      if (action.kind === 'resize') this.#raises.set(groupId, { ...cause, to: action.to, name: action.group });
    }
    for (const { example, outcome } of pods) {
      if (this.#pods.size >= MOST_AWAITED_PODS) return;
      if ('byGroup' in outcome && !this.#pods.has(example)) this.#pods.set(example, cause);
    }
  }

  #forgetGone({ groups, nodes, pods }: DecisionRecord): void {
    const pools = new Set(groups.map(({ id }) => id));
    const others = [...this.#causes.keys()].filter((key) => !pools.has(key));
    // Mostly nothing was asked for of any node, and there are thousands.
    const here = new Set(others.length === 0 ? [] : nodes.map(({ node }) => node));
    for (const key of others) if (!here.has(key)) this.#causes.delete(key);
    const pending = new Set(pods.map(({ example }) => example));
    // Neither pending nor bound: it was deleted.
    for (const pod of this.#pods.keys()) if (!pending.has(pod)) this.#pods.delete(pod);
  }
}

function joined(
  { decision, atMs: decidedAtMs }: Cause,
  {
    what,
    subject,
    atMs,
    detail,
  }: Pick<JoinedOutcome, 'what' | 'subject'> & { atMs: number; detail: string | undefined },
): JoinedOutcome {
  const afterSeconds = Math.max(0, Math.round((atMs - decidedAtMs) / 1000));
  return {
    decision,
    at: formatTimestamp(atMs),
    what,
    subject,
    afterSeconds,
    ...(detail === undefined ? {} : { detail }),
  };
}

function detailOf(seen: ActuationObservation): string | undefined {
  if ('error' in seen) return seen.error.message;
  if ('message' in seen) return seen.message;
  return seen.kind === 'eviction-over' ? `${seen.pod}: ${seen.succeeded ? 'evicted' : 'not evicted'}` : undefined;
}
