/** The ReplicaSet controller: keeps as many pods as wanted, and takes away first those that are missed least. */
import type { KubeObject } from '../kubernetes/object.ts';
import { podFromTemplate } from './pod-template.ts';
import { isActive, isReady, keyOf, namespaceOf, podSpec, podStatus, workloadSpec } from './shapes.ts';
import { type ControllerContext, startWorkloadController, updateStatus } from './workload-controller.ts';

export function startReplicaSetController(context: ControllerContext): { stop(): void } {
  const { store, ownedPods } = context;
  return startWorkloadController(context, {
    resource: 'replicasets',
    kind: 'ReplicaSet',
    owned: ownedPods,
    reconcile(replicaSet) {
      const { replicas = 1, template } = workloadSpec(replicaSet);
      const pods = ownedPods.of(replicaSet.metadata.uid).filter(isActive);
      for (let missing = replicas - pods.length; missing > 0; missing--) {
        store.create('pods', podFromTemplate(replicaSet, template));
      }
      if (pods.length > replicas) {
        for (const pod of leastMissedFirst(pods).slice(0, pods.length - replicas)) {
          store.delete('pods', namespaceOf(pod), pod.metadata.name, { uid: pod.metadata.uid });
        }
      }
      const ready = pods.filter(isReady).length;
      updateStatus(store, 'replicasets', replicaSet, {
        observedGeneration: replicaSet.metadata.generation,
        replicas: pods.length,
        fullyLabeledReplicas: pods.length,
        readyReplicas: ready,
        availableReplicas: ready,
      });
    },
  });
}

/** Unscheduled before scheduled, pending before running, not ready before ready, crowded nodes first, then the youngest. */
function leastMissedFirst(pods: readonly KubeObject[]): readonly KubeObject[] {
  const onNode = new Map<string, number>();
  for (const pod of pods) onNode.set(nodeOf(pod), (onNode.get(nodeOf(pod)) ?? 0) + 1);
  const rank = (pod: KubeObject): readonly number[] => [
    nodeOf(pod) === '' ? 0 : 1,
    podStatus(pod).phase === 'Running' ? 1 : 0,
    isReady(pod) ? 1 : 0,
    -(onNode.get(nodeOf(pod)) ?? 0),
  ];
  const ranked = pods.map((pod) => ({ pod, rank: rank(pod), born: pod.metadata.creationTimestamp, key: keyOf(pod) }));
  ranked.sort((a, b) => {
    const at = a.rank.findIndex((value, index) => value !== b.rank[index]);
    if (at >= 0) return (a.rank[at] ?? 0) - (b.rank[at] ?? 0);
    if (a.born !== b.born) return a.born < b.born ? 1 : -1;
    return a.key < b.key ? -1 : 1;
  });
  return ranked.map(({ pod }) => pod);
}

function nodeOf(pod: KubeObject): string {
  return podSpec(pod).nodeName ?? '';
}
