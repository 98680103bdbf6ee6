/**
 * The taints that the control plane keeps in step with a Node's state: not-ready, unreachable and unschedulable, all
 * NoSchedule. (The NoExecute twins, which evict after five minutes, are not played: a silent node of the sandbox is gone
 * long before.)
 */
import type { KubeObject } from '../kubernetes/object.ts';
import type { ObjectStore } from '../kubernetes/store.ts';
import { NOT_READY_TAINT } from './node-shape.ts';
import { type Taint, nodeSpec, nodeStatus } from './shapes.ts';
import { WorkQueue, type WorkQueueOptions } from './work-queue.ts';

const UNREACHABLE_TAINT: Taint = { key: 'node.kubernetes.io/unreachable', effect: 'NoSchedule' };
const UNSCHEDULABLE_TAINT: Taint = { key: 'node.kubernetes.io/unschedulable', effect: 'NoSchedule' };
const KEPT_IN_STEP = [NOT_READY_TAINT, UNREACHABLE_TAINT, UNSCHEDULABLE_TAINT];

export function startNodeLifecycle(store: ObjectStore, timing: Omit<WorkQueueOptions, 'reconcile'>): { stop(): void } {
  const queue = new WorkQueue({
    ...timing,
    reconcile: (name) => {
      const node = store.find('nodes', '', name);
      if (node === undefined || isInStep(node)) return;
      store.update('nodes', '', name, (current) => ({
        ...current,
        spec: { ...current.spec, taints: taintsInStep(current) },
      }));
    },
  });
  const unwatch = store.watch('nodes', ({ type, object }) => {
    if (type !== 'DELETED' && !isInStep(object)) queue.touch(object.metadata.name);
  });
  return {
    stop() {
      unwatch();
      queue.stop();
    },
  };
}

function taintsInStep(node: KubeObject): readonly Taint[] {
  const others = (nodeSpec(node).taints ?? []).filter((taint) => !KEPT_IN_STEP.some((kept) => isSame(kept, taint)));
  return [...others, ...wantedTaints(node)];
}

function wantedTaints(node: KubeObject): readonly Taint[] {
  const ready = nodeStatus(node).conditions?.find((condition) => condition.type === 'Ready')?.status;
  return [
    ...(ready === 'False' ? [NOT_READY_TAINT] : []),
    ...(ready === 'Unknown' ? [UNREACHABLE_TAINT] : []),
    ...(nodeSpec(node).unschedulable === true ? [UNSCHEDULABLE_TAINT] : []),
  ];
}

function isInStep(node: KubeObject): boolean {
  const taints = nodeSpec(node).taints ?? [];
  const wanted = wantedTaints(node);
  return KEPT_IN_STEP.every(
    (kept) => taints.some((taint) => isSame(kept, taint)) === wanted.some((taint) => isSame(kept, taint)),
  );
}

function isSame(a: Taint, b: Taint): boolean {
  return a.key === b.key && a.effect === b.effect;
}
