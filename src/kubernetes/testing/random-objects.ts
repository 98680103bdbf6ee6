/** Random pods and nodes for property tests, as the API would write them in JSON. */
import fc from 'fast-check';
import { formatTimestamp } from '../../runtime/timestamps.ts';

const name = fc.stringMatching(/^[a-z][a-z0-9-]{0,8}$/);
const text = fc.oneof(name, fc.constantFrom('', 'größe', '节点', 'a/b.c'));
const labels = fc.dictionary(fc.constantFrom('app', 'tier', 'example.com/zone', 'ü'), text, { maxKeys: 3 });
const time = fc.integer({ min: 1_500_000_000, max: 2_000_000_000 }).map((seconds) => formatTimestamp(seconds * 1000));
const cpu = fc.constantFrom('100m', '1', '1.5', '0', '250u');
const bytes = fc.constantFrom('64Mi', '1Gi', '1.5Gi', '128974848', '1e9', '0');

/** An object whose keys are each present or absent. */
function some(model: Readonly<Record<string, fc.Arbitrary<unknown>>>): fc.Arbitrary<Readonly<Record<string, unknown>>> {
  return fc.record(model, { requiredKeys: [] });
}

const quantities = some({
  cpu,
  memory: bytes,
  'nvidia.com/gpu': fc.constantFrom('1', '2'),
  'ephemeral-storage': bytes,
});
const resources = some({ requests: quantities, limits: quantities });
const requirement = fc.record({
  key: name,
  operator: fc.constantFrom('In', 'NotIn', 'Exists', 'DoesNotExist', 'Gt', 'Newer'),
  values: fc.array(text, { maxLength: 2 }),
});
const selector = some({ matchLabels: labels, matchExpressions: fc.array(requirement, { maxLength: 2 }) });
const port = some({
  hostPort: fc.integer({ min: 0, max: 65_535 }),
  containerPort: fc.integer({ min: 1, max: 65_535 }),
  protocol: fc.constantFrom('TCP', 'UDP', 'SCTP'),
  hostIP: fc.constantFrom('', '127.0.0.1'),
});
const containerNames = ['a', 'b', 'c'];
const container = (sidecars: boolean): fc.Arbitrary<object> =>
  some({
    name: fc.constantFrom(...containerNames),
    image: text,
    args: fc.array(text, { maxLength: 3 }),
    ports: fc.array(port, { maxLength: 2 }),
    resources,
    ...(sidecars ? { restartPolicy: fc.constant('Always') } : {}),
  });
const podAffinityTerm = some({
  labelSelector: selector,
  topologyKey: name,
  namespaces: fc.array(name, { maxLength: 2 }),
  namespaceSelector: selector,
  matchLabelKeys: fc.array(name, { maxLength: 1 }),
  mismatchLabelKeys: fc.array(name, { maxLength: 1 }),
});
const REQUIRED = 'requiredDuringSchedulingIgnoredDuringExecution';
const nodeSelectorTerm = some({
  matchExpressions: fc.array(requirement, { maxLength: 2 }),
  matchFields: fc.array(requirement, { maxLength: 1 }),
});
const affinity = some({
  nodeAffinity: some({ [REQUIRED]: some({ nodeSelectorTerms: fc.array(nodeSelectorTerm, { maxLength: 2 }) }) }),
  podAffinity: some({ [REQUIRED]: fc.array(podAffinityTerm, { maxLength: 2 }) }),
  podAntiAffinity: some({ [REQUIRED]: fc.array(podAffinityTerm, { maxLength: 2 }) }),
});
const volume = fc
  .tuple(
    name,
    fc.constantFrom(
      { hostPath: { path: '/x' } },
      { emptyDir: { medium: 'Memory', sizeLimit: '1Gi' } },
      { emptyDir: {} },
      { secret: { secretName: 's' } },
      { configMap: {} },
      { projected: { defaultMode: 420 } },
      { persistentVolumeClaim: { claimName: 'data', readOnly: true } },
      { persistentVolumeClaim: { claimName: 'data' } },
      { ephemeral: {} },
      { iscsi: { targetPortal: 'p', iqn: 'iqn.a', lun: 1, readOnly: true } },
      { gcePersistentDisk: { pdName: 'pd', readOnly: true } },
      { awsElasticBlockStore: { volumeID: 'vol-1' } },
      { rbd: { monitors: ['m', 'n'], image: 'i', pool: 'p' } },
      { csi: { driver: 'd' } },
    ),
  )
  .map(([volumeName, source]) => ({ name: volumeName, ...source }));
const effect = fc.constantFrom('', 'NoSchedule', 'PreferNoSchedule', 'NoExecute');
const toleration = some({
  key: name,
  operator: fc.constantFrom('', 'Equal', 'Exists', 'Gt'),
  value: text,
  effect,
  tolerationSeconds: fc.integer({ min: -1, max: 300 }),
});
const spread = some({
  maxSkew: fc.integer({ min: 1, max: 5 }),
  topologyKey: name,
  whenUnsatisfiable: fc.constantFrom('DoNotSchedule', 'ScheduleAnyway'),
  labelSelector: selector,
  minDomains: fc.integer({ min: 1, max: 4 }),
  nodeAffinityPolicy: fc.constantFrom('Honor', 'Ignore'),
  nodeTaintsPolicy: fc.constantFrom('Honor', 'Ignore'),
  matchLabelKeys: fc.array(name, { maxLength: 2 }),
});
const podSpec = some({
  volumes: fc.array(volume, { maxLength: 3 }),
  containers: fc.array(container(false), { maxLength: 3 }),
  initContainers: fc.array(fc.oneof(container(true), container(false)), { maxLength: 2 }),
  restartPolicy: fc.constantFrom('Always', 'Never', 'OnFailure'),
  terminationGracePeriodSeconds: fc.integer({ min: 0, max: 3600 }),
  nodeSelector: labels,
  serviceAccountName: name,
  nodeName: fc.constantFrom('', 'node-1', 'node-2'),
  affinity,
  schedulerName: name,
  tolerations: fc.array(toleration, { maxLength: 3 }),
  priority: fc.integer({ min: -2_147_483_648, max: 2_147_483_647 }),
  preemptionPolicy: fc.constantFrom('Never', 'PreemptLowerPriority'),
  overhead: quantities,
  topologySpreadConstraints: fc.array(spread, { maxLength: 2 }),
  schedulingGates: fc.array(fc.record({ name }), { maxLength: 2 }),
  resourceClaims: fc.array(fc.record({ name }), { maxLength: 2 }),
  resources,
});
const condition = (types: readonly string[]): fc.Arbitrary<object> =>
  some({
    type: fc.constantFrom(...types),
    status: fc.constantFrom('True', 'False', 'Unknown'),
    lastTransitionTime: time,
    reason: fc.constantFrom('Unschedulable', 'Infeasible', 'KubeletReady', ''),
    message: text,
  });
const containerStatus = some({
  name: fc.constantFrom(...containerNames),
  ready: fc.boolean(),
  restartCount: fc.nat(5),
  allocatedResources: quantities,
  resources,
});
const podStatus = some({
  phase: fc.constantFrom('Pending', 'Running', 'Succeeded', 'Failed', 'Odd'),
  conditions: fc.array(condition(['PodScheduled', 'Ready', 'PodResizePending', 'Initialized']), { maxLength: 3 }),
  hostIP: name,
  containerStatuses: fc.array(containerStatus, { maxLength: 2 }),
  initContainerStatuses: fc.array(containerStatus, { maxLength: 1 }),
  nominatedNodeName: name,
  allocatedResources: quantities,
  resources,
});
const optionalMetadata = {
  generateName: name,
  generation: fc.nat(9),
  creationTimestamp: time,
  deletionTimestamp: time,
  deletionGracePeriodSeconds: fc.nat(60),
  labels,
  annotations: fc.dictionary(
    fc.constantFrom(
      'cluster-autoscaler.kubernetes.io/safe-to-evict',
      'kubernetes.io/config.mirror',
      'other/annotation',
    ),
    text,
  ),
  ownerReferences: fc.array(
    some({ kind: name, name, uid: name, apiVersion: name, controller: fc.boolean(), blockOwnerDeletion: fc.boolean() }),
    { maxLength: 2 },
  ),
  finalizers: fc.array(name, { maxLength: 1 }),
};
const metadata = fc.record(
  { name, uid: name, resourceVersion: name, namespace: name, ...optionalMetadata },
  { requiredKeys: ['name', 'uid', 'resourceVersion', 'namespace'] },
);

export const randomPod: fc.Arbitrary<Readonly<Record<string, unknown>>> = fc.record(
  { metadata, spec: podSpec, status: podStatus },
  { requiredKeys: ['metadata', 'spec'] },
);

export const randomNode: fc.Arbitrary<Readonly<Record<string, unknown>>> = fc.record(
  {
    metadata: metadata.map((value) => ({ ...value, namespace: undefined })),
    spec: some({
      podCIDR: name,
      providerID: fc.constantFrom('', 'vultr://b7'),
      unschedulable: fc.boolean(),
      taints: fc.array(
        fc.record({ key: name, value: text, effect: fc.constantFrom('NoSchedule', 'NoExecute'), timeAdded: time }),
        { maxLength: 2 },
      ),
    }),
    status: some({
      capacity: quantities,
      allocatable: quantities,
      conditions: fc.array(condition(['Ready', 'MemoryPressure']), { maxLength: 3 }),
      declaredFeatures: fc.array(name, { maxLength: 2 }),
    }),
  },
  { requiredKeys: ['metadata'] },
);
