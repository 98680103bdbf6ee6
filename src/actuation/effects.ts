/**
 * Carries out what a removal asks of Kubernetes, and brings back the answer as the removal's next event.
 *
 * Marks are taken back only when every call for the node that is under way has come to its end: none may arrive after
 * the node is free again.
 */
import { unreachable } from '../cluster/invariant.ts';
import type { Acting } from './acting.ts';
import { marks, withoutMarks } from './node-marks.ts';
import { failure } from '../runtime/result.ts';
import type { Effect, Removal, RemovalEvent } from './removal-state.ts';
import { identity } from './rollback.ts';

/** Those that need an answer. */
export type AskingEffect = Exclude<Effect, { kind: 'event' | 'taint-seen' | 'eviction-over' }>;

const GIVEN_UP = failure({ message: 'not sent: the removal was given up' });

interface Asker {
  readonly acting: Acting;
  readonly removal: Removal;
  /** The removal as it is by then. */
  readonly current: () => Removal | undefined;
  /** The calls for this node that are under way. */
  readonly others: readonly Promise<unknown>[];
}

export async function carryOut(
  { acting, removal, current, others }: Asker,
  effect: AskingEffect,
): Promise<RemovalEvent | undefined> {
  const isGivenUp = (): boolean => (current()?.state.kind ?? 'rolling-back') === 'rolling-back';
  switch (effect.kind) {
    case 'mark': {
      const change = marks(removal, effect.cordon, acting.now());
      return {
        kind: 'marked',
        result: await acting.write((kubernetes) => kubernetes.changeNode(identity(removal), change)),
      };
    }
    case 'unmark': {
      await Promise.all(others);
      const change = withoutMarks(effect.uncordon);
      return {
        kind: 'unmarked',
        result: await acting.write((kubernetes) => kubernetes.changeNode(identity(removal), change)),
      };
    }
    case 'evict': {
      const { pod, graceSeconds, awaited } = effect;
      const result = await acting.write((kubernetes) =>
        isGivenUp() ? Promise.resolve(GIVEN_UP) : kubernetes.evictPod(pod, graceSeconds),
      );
      return awaited ? { kind: 'eviction', podUid: pod.uid, result } : undefined;
    }
    case 'find-deployment': {
      const { pod, replicaSet } = effect;
      const owner = { namespace: pod.namespace, name: replicaSet.name, uid: replicaSet.uid };
      const result = await acting.write((kubernetes) => kubernetes.deploymentOf(owner));
      return { kind: 'surge', podUid: pod.uid, answer: { kind: 'found', result } };
    }
    case 'replace-pod': {
      const { pod, deployment } = effect;
      const result = await acting.write((kubernetes) =>
        isGivenUp() ? Promise.resolve(GIVEN_UP) : kubernetes.replacePod(deployment, pod.uid),
      );
      return { kind: 'surge', podUid: pod.uid, answer: { kind: 'asked', result } };
    }
    default:
      return unreachable(effect);
  }
}
