/**
 * The StatefulSet controller: pods `name-0` to `name-(n-1)`, in order (or all at once, with podManagementPolicy Parallel),
 * and the claims of their volume templates. The sandbox has no volumes: the claims stay unbound, and the scheduler stand-in
 * does not look at them.
 */
import type { KubeObject } from '../kubernetes/object.ts';
import { podFromTemplate, templateHash } from './pod-template.ts';
import { type PodTemplate, type WorkloadSpec, isReady, isTerminal, namespaceOf, workloadSpec } from './shapes.ts';
import { type ControllerContext, startWorkloadController, updateStatus } from './workload-controller.ts';

const REVISION_LABEL = 'controller-revision-hash';
const POD_NAME_LABEL = 'statefulset.kubernetes.io/pod-name';
const POD_INDEX_LABEL = 'apps.kubernetes.io/pod-index';

export function startStatefulSetController(context: ControllerContext): { stop(): void } {
  return startWorkloadController(context, {
    resource: 'statefulsets',
    kind: 'StatefulSet',
    owned: context.ownedPods,
    reconcile: (set) => reconcile(context, set),
  });
}

function reconcile(context: ControllerContext, set: KubeObject): void {
  const { store, ownedPods } = context;
  const spec = workloadSpec(set);
  const revision = `${set.metadata.name}-${templateHash(spec.template)}`;
  const pods = new Map(ownedPods.of(set.metadata.uid).map((pod) => [ordinalOf(pod), pod]));
  const settled = fill(context, set, { pods, revision }) && shrink(context, spec, pods);
  if (settled) replaceOne(context, spec, { pods, revision });
  const all = [...pods.values()];
  updateStatus(store, 'statefulsets', set, {
    observedGeneration: set.metadata.generation,
    replicas: all.length,
    readyReplicas: all.filter(isReady).length,
    availableReplicas: all.filter(isReady).length,
    updatedReplicas: all.filter((pod) => pod.metadata.labels?.[REVISION_LABEL] === revision).length,
    updateRevision: revision,
  });
}

interface Members {
  readonly pods: ReadonlyMap<number, KubeObject>;
  readonly revision: string;
}

/** Creates what is missing, one after the other if so wanted. Returns whether every wanted pod is there and ready. */
function fill(context: ControllerContext, set: KubeObject, { pods, revision }: Members): boolean {
  const { replicas = 1, podManagementPolicy } = workloadSpec(set);
  const inOrder = podManagementPolicy !== 'Parallel';
  let settled = true;
  for (let ordinal = 0; ordinal < replicas; ordinal++) {
    if (inOrder && !settled) break;
    const pod = pods.get(ordinal);
    if (pod === undefined) createPod(context, set, { ordinal, revision });
    else if (isTerminal(pod)) remove(context, pod);
    if (pod === undefined || !isReady(pod) || pod.metadata.deletionTimestamp !== undefined) settled = false;
  }
  return settled;
}

/** Removes pods beyond the wanted number, the highest first. Returns whether there were none. */
function shrink(context: ControllerContext, spec: WorkloadSpec, pods: ReadonlyMap<number, KubeObject>): boolean {
  const { replicas = 1, podManagementPolicy } = spec;
  const surplus = [...pods].filter(([ordinal]) => ordinal >= replicas).toSorted(([a], [b]) => b - a);
  const next = podManagementPolicy === 'Parallel' ? surplus : surplus.slice(0, 1);
  for (const [, pod] of next) remove(context, pod);
  return surplus.length === 0;
}

/** Replaces the highest pod that is of an older revision. */
function replaceOne(context: ControllerContext, spec: WorkloadSpec, { pods, revision }: Members): void {
  if (spec.updateStrategy?.type === 'OnDelete') return;
  const outdated = [...pods]
    .filter(([, pod]) => pod.metadata.labels?.[REVISION_LABEL] !== revision)
    .toSorted(([a], [b]) => b - a)[0];
  if (outdated !== undefined) remove(context, outdated[1]);
}

function createPod(context: ControllerContext, set: KubeObject, which: { ordinal: number; revision: string }): void {
  const { store } = context;
  const { template, volumeClaimTemplates = [] } = workloadSpec(set);
  const name = `${set.metadata.name}-${which.ordinal}`;
  const namespace = namespaceOf(set);
  const volumes = volumeClaimTemplates.map(({ metadata, spec }) => {
    const volume = metadata?.name ?? 'data';
    const claimName = `${volume}-${name}`;
    if (store.find('persistentvolumeclaims', namespace, claimName) === undefined) {
      store.create('persistentvolumeclaims', { metadata: { name: claimName, namespace }, spec });
    }
    return { name: volume, persistentVolumeClaim: { claimName } };
  });
  const labels = { [REVISION_LABEL]: which.revision, [POD_NAME_LABEL]: name, [POD_INDEX_LABEL]: String(which.ordinal) };
  store.create('pods', podFromTemplate(set, withVolumes(template, volumes), { name, labels }));
}

function withVolumes(template: PodTemplate | undefined, volumes: readonly object[]): PodTemplate | undefined {
  if (volumes.length === 0) return template;
  return { ...template, spec: { ...template?.spec, volumes: [...(template?.spec?.volumes ?? []), ...volumes] } };
}

function remove({ store }: ControllerContext, pod: KubeObject): void {
  if (pod.metadata.deletionTimestamp !== undefined) return;
  store.delete('pods', namespaceOf(pod), pod.metadata.name, { uid: pod.metadata.uid });
}

function ordinalOf(pod: KubeObject): number {
  const { name } = pod.metadata;
  return Number(name.slice(name.lastIndexOf('-') + 1));
}
