/** What the cloud tells, as plain values that the deciding rooms may hold. */
import type { Labels, ResourceList, Taint } from '../cluster/facts.ts';

/** Why the cloud did not do as asked, classified once, at the edge. `message` keeps the cloud's own words. */
export type CloudError = { readonly message: string } & (
  | { readonly kind: 'out-of-stock' }
  | { readonly kind: 'quota-exceeded' }
  /** The account may not use this product, or is suspended. */
  | { readonly kind: 'account-refused' }
  /** 401 and 403: wrong token, address not on the key's allow-list, missing right. */
  | { readonly kind: 'unauthorized' }
  | { readonly kind: 'not-found' }
  | { readonly kind: 'rate-limited'; readonly retryAfterMs: number }
  /** The request makes no sense to the cloud (400, 422), or to us before it is sent (beyond max size …). */
  | { readonly kind: 'invalid' }
  /** Nothing was done; trying again later is right: 5xx on a read, no connection. After so long, where that is known. */
  | { readonly kind: 'unavailable'; readonly retryAfterMs?: number }
  /** The reply was lost, or a 5xx came back to a write: it may have been done. Resolved by the next refresh (I4). */
  | { readonly kind: 'unknown-outcome' }
  /** This provider cannot do that at all. */
  | { readonly kind: 'unsupported' }
);

export type CloudErrorKind = CloudError['kind'];

export interface Instance {
  /** Equals `spec.providerID` of its node. */
  readonly id: string;
  /** The name its Kubernetes node has or will have. */
  readonly name: string;
  readonly state: 'running' | 'creating' | 'deleting';
  readonly createdAtMs: number | undefined;
  /** Set when creating it failed. */
  readonly error: CloudError | undefined;
}

/** What a node of the group will look like when it joins. */
export interface NodeTemplate {
  readonly labels: Labels;
  readonly taints: readonly Taint[];
  readonly capacity: ResourceList;
  readonly allocatable: ResourceList;
  /** The most volumes that a node takes of each CSI driver, where that is known before it is there. */
  readonly volumeLimits?: Readonly<Record<string, number>>;
  /** The cloud's name for the type of its GPUs; absent: it has none, or they have no name. */
  readonly gpuType?: string;
  /** Where the amounts come from: a living node of the group, the plan with a learned margin, or its default margin. */
  readonly source: 'living-node' | 'plan-learned' | 'plan-default';
}

/** Per-group overrides of the options of that name; `undefined` keeps the global value. */
export interface NodeGroupOptions {
  readonly scaleDownUtilizationThreshold?: number;
  readonly scaleDownGpuUtilizationThreshold?: number;
  readonly scaleDownUnneededTimeMs?: number;
  readonly scaleDownUnreadyTimeMs?: number;
  readonly maxNodeProvisionTimeMs?: number;
  readonly maxNodeStartupTimeMs?: number;
  /** The group grows to its maximum or not at all, and goes as a whole. */
  readonly zeroOrMaxNodeScaling?: boolean;
  /** Of such a group, a part may come and stay. */
  readonly allowNonAtomicScaleUpToMax?: boolean;
  readonly ignoreDaemonSetsUtilization?: boolean;
  /** What would be done with the group is decided and recorded, and never done. */
  readonly dryRun?: boolean;
}
