/** The defaults that the API server writes into new objects, for the kinds whose readers rely on them. */
import { numberAt, recordAt, textsAt, valueAt } from './json.ts';
import type { JsonObject, NewObject, ResourceName } from './object.ts';
import { admittedPodSpec, defaultedPodSpec, qosClass } from './pod-defaults.ts';
import type { ResolvedPriority } from './pod-defaults.ts';

/** The fields (all but apiVersion, kind and metadata) of a new object. */
type Fields = Readonly<JsonObject>;

interface Identity {
  readonly name: string;
  readonly uid: string;
  readonly priority?: ResolvedPriority;
}

/** The object's fields with their defaults. The identity is the one the object is about to get. */
export function defaultedFields(resource: ResourceName, object: NewObject, identity: Identity): Fields {
  const { apiVersion: _apiVersion, kind: _kind, metadata: _metadata, ...fields } = object;
  return DEFAULTS[resource]?.(fields, identity) ?? fields;
}

const DEFAULTS: Readonly<Partial<Record<ResourceName, (fields: Fields, identity: Identity) => Fields>>> = {
  pods: (fields, { priority }) => podFields(fields, priority),
  replicationcontrollers: (fields) =>
    withSpec(fields, { replicas: 1, selector: textsAt(fields, 'spec', 'template', 'metadata', 'labels') }),
  replicasets: (fields) => withSpec(fields, { replicas: 1 }),
  deployments: (fields) =>
    withSpec(fields, {
      replicas: 1,
      revisionHistoryLimit: 10,
      progressDeadlineSeconds: 600,
      strategy: { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: '25%', maxSurge: '25%' } },
    }),
  statefulsets: (fields) =>
    withSpec(fields, {
      replicas: 1,
      revisionHistoryLimit: 10,
      podManagementPolicy: 'OrderedReady',
      updateStrategy: { type: 'RollingUpdate', rollingUpdate: { partition: 0 } },
    }),
  daemonsets: (fields) =>
    withSpec(fields, {
      revisionHistoryLimit: 10,
      updateStrategy: { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: 1, maxSurge: 0 } },
    }),
  jobs: jobFields,
  cronjobs: (fields) => withSpec(fields, { concurrencyPolicy: 'Allow', suspend: false }),
  poddisruptionbudgets: (fields) =>
    valueAt(fields, 'spec', 'maxUnavailable') === undefined ? withSpec(fields, { minAvailable: 1 }) : fields,
  namespaces: (fields) => ({ spec: { finalizers: ['kubernetes'] }, status: { phase: 'Active' }, ...fields }),
  services: (fields) =>
    withSpec(fields, { type: 'ClusterIP', sessionAffinity: 'None', internalTrafficPolicy: 'Cluster' }),
  secrets: (fields) => ({ type: 'Opaque', ...fields }),
  persistentvolumeclaims: (fields) => ({
    ...withSpec(fields, { volumeMode: 'Filesystem' }),
    status: { phase: 'Pending', ...recordAt(fields, 'status') },
  }),
  persistentvolumes: (fields) => ({
    ...withSpec(fields, { volumeMode: 'Filesystem', persistentVolumeReclaimPolicy: 'Retain' }),
    status: { phase: 'Available', ...recordAt(fields, 'status') },
  }),
  storageclasses: (fields) => ({ reclaimPolicy: 'Delete', volumeBindingMode: 'Immediate', ...fields }),
  priorityclasses: (fields) => ({ preemptionPolicy: 'PreemptLowerPriority', ...fields }),
};

/** Adds defaults to the spec and, where the kind has one, to its pod template. */
function withSpec(fields: Fields, defaults: Fields): Fields {
  const spec = recordAt(fields, 'spec');
  const template = recordAt(spec, 'template');
  if (!('spec' in template)) return { ...fields, spec: { ...defaults, ...spec } };
  const podTemplate = { ...template, spec: defaultedPodSpec(recordAt(template, 'spec')) };
  return { ...fields, spec: { ...defaults, ...spec, template: podTemplate } };
}

const NO_PRIORITY: ResolvedPriority = { className: '', value: 0, preemptionPolicy: 'PreemptLowerPriority' };

function podFields(fields: Fields, priority: ResolvedPriority = NO_PRIORITY): Fields {
  const spec = admittedPodSpec(recordAt(fields, 'spec'), priority);
  return { ...fields, spec, status: { phase: 'Pending', qosClass: qosClass(spec), ...recordAt(fields, 'status') } };
}

/** Unless it says `manualSelector`, a Job selects its pods by its own uid. */
function jobFields(fields: Fields, identity: Identity): Fields {
  const spec = recordAt(fields, 'spec');
  const parallelism = numberAt(spec, 'parallelism');
  const completions = parallelism === undefined ? 1 : undefined;
  const defaults = {
    parallelism: 1,
    ...(completions !== undefined && { completions }),
    backoffLimit: 6,
    completionMode: 'NonIndexed',
    suspend: false,
  };
  const defaulted = withSpec(fields, defaults);
  if (valueAt(spec, 'manualSelector') === true) return defaulted;
  const owner = { 'batch.kubernetes.io/controller-uid': identity.uid, 'controller-uid': identity.uid };
  const names = { 'batch.kubernetes.io/job-name': identity.name, 'job-name': identity.name };
  const template = recordAt(defaulted, 'spec', 'template');
  const labels = { ...textsAt(template, 'metadata', 'labels'), ...owner, ...names };
  return {
    ...defaulted,
    spec: {
      ...recordAt(defaulted, 'spec'),
      selector: { matchLabels: { 'batch.kubernetes.io/controller-uid': identity.uid } },
      template: { ...template, metadata: { ...recordAt(template, 'metadata'), labels } },
    },
  };
}
