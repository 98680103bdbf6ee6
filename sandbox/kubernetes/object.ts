/** Kubernetes API objects as the sandbox holds them: plain JSON, shaped as on the wire. */

export type JsonObject = { [key: string]: unknown };

export interface ObjectMeta {
  name: string;
  namespace?: string;
  uid: string;
  resourceVersion: string;
  generation?: number;
  creationTimestamp: string;
  deletionTimestamp?: string;
  deletionGracePeriodSeconds?: number;
  labels?: Record<string, string>;
  annotations?: Record<string, string>;
  ownerReferences?: {
    apiVersion: string;
    kind: string;
    name: string;
    uid: string;
    controller?: boolean;
    blockOwnerDeletion?: boolean;
  }[];
  finalizers?: string[];
}

/** Never changed in place: an update stores a new object, so a reference taken earlier stays what it was. */
export interface KubeObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: Readonly<ObjectMeta>;
  readonly spec?: Readonly<JsonObject>;
  readonly status?: Readonly<JsonObject>;
  readonly [field: string]: unknown;
}

/** What a client sends to create an object: the server fills in the rest of the metadata. */
export interface NewObject {
  readonly apiVersion?: string;
  readonly kind?: string;
  readonly metadata: Partial<ObjectMeta> & { readonly generateName?: string };
  readonly [field: string]: unknown;
}

/** The resource kinds that the simulated API server knows, by their plural name in the URL. */
export type ResourceName =
  | 'nodes'
  | 'pods'
  | 'namespaces'
  | 'events'
  | 'configmaps'
  | 'secrets'
  | 'services'
  | 'serviceaccounts'
  | 'persistentvolumes'
  | 'persistentvolumeclaims'
  | 'replicationcontrollers'
  | 'deployments'
  | 'replicasets'
  | 'statefulsets'
  | 'daemonsets'
  | 'jobs'
  | 'cronjobs'
  | 'poddisruptionbudgets'
  | 'leases'
  | 'storageclasses'
  | 'csinodes'
  | 'csidrivers'
  | 'csistoragecapacities'
  | 'volumeattachments'
  | 'priorityclasses'
  | 'deviceclasses';

export type StoreEvent =
  | { readonly type: 'ADDED'; readonly object: KubeObject }
  | { readonly type: 'MODIFIED'; readonly object: KubeObject; readonly previous: KubeObject }
  | { readonly type: 'DELETED'; readonly object: KubeObject };

/** One cause of a failure, as metav1.StatusCause: which field, what kind of fault, what is wrong. */
export interface StatusCause {
  readonly reason: string;
  readonly message: string;
  readonly field?: string;
}

/** metav1.StatusDetails: what the failure is about. */
export interface StatusDetails {
  readonly name?: string;
  readonly group?: string;
  readonly kind?: string;
  readonly uid?: string;
  readonly causes?: readonly StatusCause[];
  readonly retryAfterSeconds?: number;
}

/** An API error as metav1.Status tells it. */
export class ApiError extends Error {
  override readonly name = 'ApiError';
  readonly code: number;
  /** `NotFound`, `AlreadyExists`, `Conflict`, `Invalid`, `Forbidden`, `TooManyRequests`, `Expired` … */
  readonly reason: string;
  readonly details: StatusDetails;
  constructor(code: number, reason: string, message: string, details: StatusDetails = {}) {
    super(message);
    this.code = code;
    this.reason = reason;
    this.details = details;
  }
  get retryAfterSeconds(): number | undefined {
    return this.details.retryAfterSeconds;
  }
}
