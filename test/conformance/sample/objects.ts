/** Builders of API objects for the sample: what a case does not say is plain and complete, as a server would list it. */

export type Json = Readonly<Record<string, unknown>>;

export interface ApiObject extends Json {
  readonly metadata: Json;
}

const BORN = '2026-01-05T09:00:00Z';

function metadata(name: string, more: Json = {}): Json {
  return { name, uid: `uid-${name}`, resourceVersion: '1', creationTimestamp: BORN, ...more };
}

/** A node of 4 CPUs, 8Gi and 110 pods; `more` overlays labels, taints, amounts and the rest. */
export function node(
  name: string,
  more: { labels?: Json; taints?: readonly Json[]; amounts?: Json; spec?: Json; status?: Json } = {},
): ApiObject {
  const amounts = { cpu: '4', memory: '8Gi', pods: '110', ...more.amounts };
  return {
    metadata: metadata(name, { labels: { 'kubernetes.io/hostname': name, ...more.labels } }),
    spec: { ...(more.taints === undefined ? {} : { taints: more.taints }), ...more.spec },
    status: { capacity: amounts, allocatable: amounts, ...more.status },
  };
}

/** A pod of one container; `requests` are its own, everything else overlays. */
export function pod(
  name: string,
  more: { requests?: Json; labels?: Json; namespace?: string; spec?: Json; status?: Json; metadata?: Json } = {},
): ApiObject {
  return {
    metadata: metadata(name, { namespace: more.namespace ?? 'default', labels: more.labels ?? {}, ...more.metadata }),
    spec: {
      containers: [{ name: 'main', image: 'app', resources: { requests: more.requests ?? {} } }],
      restartPolicy: 'Always',
      schedulerName: 'default-scheduler',
      ...more.spec,
    },
    status: { phase: 'Pending', ...more.status },
  };
}

/** A pod that runs on the node. */
export function running(nodeName: string, name: string, more: Parameters<typeof pod>[1] = {}): ApiObject {
  return pod(name, {
    ...more,
    spec: { nodeName, ...more.spec },
    status: { phase: 'Running', ...more.status },
  });
}

export function namespace(name: string, labels: Json = {}): ApiObject {
  return { metadata: metadata(name, { labels: { 'kubernetes.io/metadata.name': name, ...labels } }) };
}

/** A volume of the pod by claim. */
export function uses(claimName: string): Json {
  return { volumes: [{ name: claimName, persistentVolumeClaim: { claimName } }] };
}

/** An unbound claim of 5Gi; with `volumeName` a bound one. */
export function claim(
  name: string,
  storageClassName: string,
  more: { volumeName?: string; size?: string; modes?: readonly string[]; annotations?: Json; phase?: string } = {},
): ApiObject {
  const bound = more.volumeName === undefined ? {} : { 'pv.kubernetes.io/bind-completed': 'yes' };
  return {
    metadata: metadata(name, { namespace: 'default', annotations: { ...bound, ...more.annotations } }),
    spec: {
      accessModes: more.modes ?? ['ReadWriteOnce'],
      resources: { requests: { storage: more.size ?? '5Gi' } },
      storageClassName,
      volumeMode: 'Filesystem',
      ...(more.volumeName === undefined ? {} : { volumeName: more.volumeName }),
    },
    status: { phase: more.phase ?? (more.volumeName === undefined ? 'Pending' : 'Bound') },
  };
}

/** A volume of the class, free unless `claimName` has it; `on` are the only nodes that reach it. */
export function volume(
  name: string,
  storageClassName: string,
  more: { size?: string; claimName?: string; on?: readonly string[]; labels?: Json; driver?: string } = {},
): ApiObject {
  const hostnames = { key: 'kubernetes.io/hostname', operator: 'In', values: more.on };
  return {
    metadata: metadata(name, { labels: more.labels ?? {} }),
    spec: {
      accessModes: ['ReadWriteOnce'],
      capacity: { storage: more.size ?? '5Gi' },
      storageClassName,
      volumeMode: 'Filesystem',
      ...(more.driver === undefined ? { local: { path: '/x' } } : { csi: { driver: more.driver, volumeHandle: name } }),
      ...(more.claimName === undefined
        ? {}
        : { claimRef: { namespace: 'default', name: more.claimName, uid: `uid-${more.claimName}` } }),
      ...(more.on === undefined
        ? {}
        : { nodeAffinity: { required: { nodeSelectorTerms: [{ matchExpressions: [hostnames] }] } } }),
    },
    status: { phase: more.claimName === undefined ? 'Available' : 'Bound' },
  };
}

export function storageClass(name: string, provisioner: string, more: Json = {}): ApiObject {
  return { metadata: metadata(name), provisioner, volumeBindingMode: 'WaitForFirstConsumer', ...more };
}

/** What the CSI drivers say of a node: each with the most volumes it takes. */
export function csiNode(name: string, limits: Readonly<Record<string, number>>): ApiObject {
  const drivers = Object.entries(limits).map(([driver, count]) => ({
    name: driver,
    nodeID: name,
    allocatable: { count },
  }));
  return { metadata: metadata(name), spec: { drivers } };
}

export function csiDriver(name: string, spec: Json): ApiObject {
  return { metadata: metadata(name), spec };
}
