/**
 * Pods that left their node because of us, and whose successors their controllers have not made yet: nobody else may be
 * given the places that they will need.
 *
 * A pod is expected until its controller has as many pods as it wants, and for a minute at the longest: whatever makes no
 * successor within that time makes none.
 */
import { isTerminal } from '../cluster/cluster.ts';
import type { PodFacts } from '../cluster/facts.ts';
import type { EvictedPod } from './memory.ts';
import type { ScaleDownInput } from './plan.ts';
import type { Survey } from './survey.ts';

const MADE_WITHIN_MS = 60_000;
/** A Job makes a successor only as long as it is not done, which is not for us to know. */
const KINDS: ReadonlySet<string> = new Set(['ReplicaSet', 'ReplicationController', 'StatefulSet']);

/** The pods of nodes that are going, and those that left such nodes a short while ago; by uid. */
export function evictedPods({ memory, now }: ScaleDownInput, survey: Survey): ReadonlyMap<string, EvictedPod> {
  if (survey.going.length === 0 && memory.evicted.size === 0) return memory.evicted;
  const evicted = new Map([...memory.evicted].filter(([, { untilMs }]) => untilMs > now));
  for (const slot of survey.going) {
    const pods = survey.pods(slot);
    if (pods.kind === 'blocked') continue;
    for (const pod of pods.evict) {
      if (KINDS.has(pod.controller?.kind ?? '')) evicted.set(pod.uid, { pod, untilMs: now + MADE_WITHIN_MS });
    }
  }
  return evicted;
}

/** Those of them that are gone and have no successor. */
export function missingSuccessors(
  { cluster }: ScaleDownInput,
  evicted: ReadonlyMap<string, EvictedPod>,
): readonly PodFacts[] {
  const gone = [...evicted.values()].filter(({ pod }) => cluster.pod(pod.namespace, pod.name)?.uid !== pod.uid);
  if (gone.length === 0) return [];
  const missing = new Map<string, number>();
  for (const { pod } of gone) {
    const uid = pod.controller?.uid ?? '';
    missing.set(uid, cluster.controller(uid)?.replicas ?? 0);
  }
  for (const pod of cluster.pods()) {
    const uid = pod.controller?.uid ?? '';
    const wanted = missing.get(uid);
    // One that is being deleted has a successor already, or will be expected itself.
    if (wanted !== undefined && !isTerminal(pod) && pod.deletion === undefined) missing.set(uid, wanted - 1);
  }
  return gone.flatMap(({ pod }) => {
    const uid = pod.controller?.uid ?? '';
    const left = missing.get(uid) ?? 0;
    missing.set(uid, left - 1);
    return left > 0 ? [pod] : [];
  });
}

export function isHere(pod: PodFacts): boolean {
  return pod.deletion === undefined;
}

/** A StatefulSet makes the successor of a pod when that is gone, others as soon as it is ending. */
export function hasNoSuccessor(pod: PodFacts): boolean {
  return isHere(pod) || pod.controller?.kind === 'StatefulSet';
}

/** A stand-in for the successor that the pod's controller will make: the pod itself still occupies its node. */
export function successorOf(pod: PodFacts): PodFacts {
  return { ...pod, uid: `${pod.uid}/successor`, deletion: undefined };
}
