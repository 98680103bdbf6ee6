/** What clients say to an API server: the same requests for the real one and the simulated one. */
import type { JsonObject } from '../../../sandbox/kubernetes/object.ts';

export interface Line {
  readonly says: string;
  readonly method: string;
  readonly path: string;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  /** Asks until the answer says this: something in the cluster has to happen first. */
  readonly until?: RegExp;
  /** Where the simulated server is known to answer otherwise: why that does no harm. */
  readonly differs?: string;
}

const NAMESPACE = '/api/v1/namespaces/talk';
const PODS = `${NAMESPACE}/pods`;
const LEASES = '/apis/coordination.k8s.io/v1/namespaces/talk/leases';
const BUDGETS = '/apis/policy/v1/namespaces/talk/poddisruptionbudgets';
const merge = { 'content-type': 'application/merge-patch+json' };
const strategic = { 'content-type': 'application/strategic-merge-patch+json' };
const jsonPatch = { 'content-type': 'application/json-patch+json' };

/** Nobody schedules it: its state is what the conversation makes it. */
function pod(name: string): JsonObject {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, labels: { app: 'talk' } },
    spec: { schedulerName: 'nobody', containers: [{ name: 'app', image: 'example.invalid/app:1' }] },
  };
}

const running = {
  status: {
    phase: 'Running',
    conditions: [{ type: 'Ready', status: 'True', lastTransitionTime: '2026-01-01T00:00:00Z' }],
  },
};

const lease = (resourceVersion?: string): JsonObject => ({
  apiVersion: 'coordination.k8s.io/v1',
  kind: 'Lease',
  metadata: { name: 'talk', ...(resourceVersion !== undefined && { resourceVersion }) },
  spec: { holderIdentity: 'me', leaseDurationSeconds: 15, renewTime: '2026-01-01T00:00:00.000000Z' },
});

const eviction = (name: string, extra: JsonObject = {}): JsonObject => ({
  apiVersion: 'policy/v1',
  kind: 'Eviction',
  metadata: { name, namespace: 'talk' },
  ...extra,
});

export const SCRIPT: readonly Line[] = [
  {
    says: 'create a namespace',
    method: 'POST',
    path: '/api/v1/namespaces',
    body: { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'talk' } },
  },
  {
    says: 'create it again',
    method: 'POST',
    path: '/api/v1/namespaces',
    body: { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'talk' } },
  },
  { says: 'create a pod', method: 'POST', path: PODS, body: pod('a') },
  { says: 'create it again', method: 'POST', path: PODS, body: pod('a') },
  { says: 'create a second', method: 'POST', path: PODS, body: pod('b') },
  { says: 'create a third', method: 'POST', path: PODS, body: pod('c') },
  {
    says: 'create one in a namespace that is not there',
    method: 'POST',
    path: '/api/v1/namespaces/nowhere/pods',
    body: pod('a'),
  },
  { says: 'create one without containers', method: 'POST', path: PODS, body: { ...pod('d'), spec: {} } },
  { says: 'create one with a bad name', method: 'POST', path: PODS, body: pod('Not_A_Name') },
  { says: 'create with a body that is no JSON object', method: 'POST', path: PODS, body: [1] },
  { says: 'read the pod', method: 'GET', path: `${PODS}/a` },
  { says: 'read one that is not there', method: 'GET', path: `${PODS}/z` },
  { says: 'read a kind that is not there', method: 'GET', path: '/apis/apps/v1/namespaces/talk/wonders' },
  { says: 'list all', method: 'GET', path: PODS },
  { says: 'list by label', method: 'GET', path: `${PODS}?labelSelector=app%3Dtalk` },
  { says: 'list by another label', method: 'GET', path: `${PODS}?labelSelector=app%3Dother` },
  { says: 'list by a bad selector', method: 'GET', path: `${PODS}?labelSelector=app%3D%3D%3D` },
  { says: 'list by field', method: 'GET', path: `${PODS}?fieldSelector=metadata.name%3Db` },
  { says: 'list by a field that cannot be selected', method: 'GET', path: `${PODS}?fieldSelector=spec.hostname%3Db` },
  { says: 'list a page', method: 'GET', path: `${PODS}?limit=2` },
  { says: 'list on with a bad token', method: 'GET', path: `${PODS}?limit=2&continue=nonsense` },
  {
    says: 'merge-patch a label',
    method: 'PATCH',
    path: `${PODS}/a`,
    body: { metadata: { labels: { more: 'yes' } } },
    headers: merge,
  },
  {
    says: 'strategic-patch an annotation',
    method: 'PATCH',
    path: `${PODS}/a`,
    body: { metadata: { annotations: { a: 'b' } } },
    headers: strategic,
  },
  {
    says: 'JSON-patch a label',
    method: 'PATCH',
    path: `${PODS}/a`,
    body: [{ op: 'add', path: '/metadata/labels/third', value: 'x' }],
    headers: jsonPatch,
  },
  {
    says: 'JSON-patch with a test that fails',
    method: 'PATCH',
    path: `${PODS}/a`,
    body: [{ op: 'test', path: '/metadata/labels/third', value: 'y' }],
    headers: jsonPatch,
  },
  {
    says: 'JSON-patch a path that is not there',
    method: 'PATCH',
    path: `${PODS}/a`,
    body: [{ op: 'remove', path: '/metadata/labels/none' }],
    headers: jsonPatch,
  },
  {
    says: 'patch with a version of the past',
    method: 'PATCH',
    path: `${PODS}/a`,
    body: { metadata: { resourceVersion: '1', labels: { late: 'x' } } },
    headers: merge,
  },
  {
    says: 'patch with another uid',
    differs: 'clients send a uid together with the version that they read, and both servers then answer Conflict',
    method: 'PATCH',
    path: `${PODS}/a`,
    body: { metadata: { uid: '00000000-0000-0000-0000-000000000000' } },
    headers: merge,
  },
  { says: 'patch one that is not there', method: 'PATCH', path: `${PODS}/z`, body: {}, headers: merge },
  {
    says: 'patch with a type that is no patch',
    method: 'PATCH',
    path: `${PODS}/a`,
    body: {},
    headers: { 'content-type': 'application/json' },
  },
  {
    says: 'patch what cannot be changed',
    method: 'PATCH',
    path: `${PODS}/a`,
    body: { spec: { hostname: 'new' } },
    headers: merge,
  },
  {
    says: 'make a node',
    method: 'POST',
    path: '/api/v1/nodes',
    body: { apiVersion: 'v1', kind: 'Node', metadata: { name: 'talk-node' }, spec: { unschedulable: true } },
  },
  {
    says: 'taint it',
    method: 'PATCH',
    path: '/api/v1/nodes/talk-node',
    body: { spec: { taints: [{ key: 'k', value: 'v', effect: 'NoSchedule' }] } },
    headers: merge,
  },
  {
    says: 'taint it with a bad effect',
    method: 'PATCH',
    path: '/api/v1/nodes/talk-node',
    body: { spec: { taints: [{ key: 'k', effect: 'Never' }] } },
    headers: merge,
  },
  { says: 'make a lease', method: 'POST', path: LEASES, body: lease() },
  { says: 'make it again', method: 'POST', path: LEASES, body: lease() },
  { says: 'update it with a version of the past', method: 'PUT', path: `${LEASES}/talk`, body: lease('1') },
  { says: 'update it whatever its version', method: 'PUT', path: `${LEASES}/talk`, body: lease() },
  {
    says: 'update one that is not there',
    method: 'PUT',
    path: `${LEASES}/none`,
    body: { ...lease(), metadata: { name: 'none' } },
  },
  { says: 'update under another name', method: 'PUT', path: `${LEASES}/other`, body: lease() },
  { says: 'a pod runs', method: 'PATCH', path: `${PODS}/a/status`, body: running, headers: merge },
  {
    says: 'a budget that keeps it',
    method: 'POST',
    path: BUDGETS,
    body: {
      apiVersion: 'policy/v1',
      kind: 'PodDisruptionBudget',
      metadata: { name: 'keep' },
      spec: { minAvailable: 3, selector: { matchLabels: { app: 'talk' } } },
    },
  },
  {
    says: 'evict against the budget',
    method: 'POST',
    path: `${PODS}/a/eviction`,
    body: eviction('a'),
    // Until the budget is counted, all are turned away, and told when to come again.
    until: /healthy pods/,
  },
  { says: 'evict in a dry run', method: 'POST', path: `${PODS}/b/eviction?dryRun=All`, body: eviction('b') },
  { says: 'evict one that is not there', method: 'POST', path: `${PODS}/z/eviction`, body: eviction('z') },
  { says: 'evict another than named', method: 'POST', path: `${PODS}/b/eviction`, body: eviction('c') },
  {
    says: 'evict with a uid of the past',
    method: 'POST',
    path: `${PODS}/b/eviction`,
    body: eviction('b', { deleteOptions: { preconditions: { uid: '00000000-0000-0000-0000-000000000000' } } }),
  },
  { says: 'evict one that does not run', method: 'POST', path: `${PODS}/b/eviction`, body: eviction('b') },
  {
    says: 'delete with a uid of the past',
    method: 'DELETE',
    path: `${PODS}/c`,
    body: { preconditions: { uid: '00000000-0000-0000-0000-000000000000' } },
  },
  { says: 'delete at once', method: 'DELETE', path: `${PODS}/c`, body: { gracePeriodSeconds: 0 } },
  { says: 'delete it again', method: 'DELETE', path: `${PODS}/c`, body: {} },
  {
    says: 'an event of another namespace',
    method: 'POST',
    path: `${NAMESPACE}/events`,
    body: {
      apiVersion: 'v1',
      kind: 'Event',
      metadata: { name: 'e' },
      involvedObject: { kind: 'Pod', namespace: 'default', name: 'a' },
      reason: 'Seen',
      message: 'm',
      type: 'Normal',
    },
  },
  {
    says: 'an event',
    method: 'POST',
    path: `${NAMESPACE}/events`,
    body: {
      apiVersion: 'v1',
      kind: 'Event',
      metadata: { name: 'e' },
      involvedObject: { kind: 'Pod', namespace: 'talk', name: 'a' },
      reason: 'Seen',
      message: 'm',
      type: 'Normal',
    },
  },
  { says: 'a method that a collection lacks', method: 'PUT', path: PODS, body: pod('a') },
  { says: 'an answer in a form that is not spoken', method: 'GET', path: PODS, headers: { accept: 'application/xml' } },
  {
    says: 'watch from a version that is no number',
    differs: 'a client has its versions from the server',
    method: 'GET',
    path: `${PODS}?watch=1&resourceVersion=new`,
  },
  { says: 'a watch that ends by itself', method: 'GET', path: `${PODS}?watch=1&timeoutSeconds=1&resourceVersion=0` },
  {
    says: 'a streaming list',
    method: 'GET',
    path: `${PODS}?watch=1&timeoutSeconds=1&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true`,
  },
  {
    says: 'scale a Deployment that is not there',
    method: 'GET',
    path: '/apis/apps/v1/namespaces/talk/deployments/none/scale',
  },
];
