/**
 * What acting needs of Kubernetes. The cloud's port is src/cloud/provider.ts. Each call is safe to repeat; outcomes are
 * values; a failure says nothing about whether the change was made, which the next look at the cluster tells.
 */
import type { Taint } from '../cluster/facts.ts';
import type { Result } from '../runtime/result.ts';

export interface KubernetesWrites {
  /** Changes the node of that name if it still has that uid. Conflicts with other writers are dealt with inside. */
  changeNode(node: NodeIdentity, change: NodeChange): Promise<Result<NodeWriteOutcome, WriteFailure>>;
  /** Asks for an eviction, which PodDisruptionBudgets may refuse. `graceSeconds` replaces the pod's own. */
  evictPod(pod: PodIdentity, graceSeconds: number): Promise<Result<EvictionOutcome, WriteFailure>>;
  /** Asks the API server itself, past what the watches have told: the last look before what cannot be taken back. */
  lookAtNode(node: NodeIdentity): Promise<Result<NodeLook, WriteFailure>>;
  /** The same for the question which instances have become nodes. */
  registeredProviderIDs(): Promise<Result<ReadonlySet<string>, WriteFailure>>;
  /** The Deployment whose pods this ReplicaSet keeps, as the API server has it now. */
  deploymentOf(replicaSet: ObjectIdentity): Promise<Result<DeploymentLook, WriteFailure>>;
  /** Lets the Deployment, if it is as it was seen, replace its one pod by a rolling update; `podUid` is the mark of it. */
  replacePod(deployment: DeploymentIdentity, podUid: string): Promise<Result<void, WriteFailure>>;
  /** Tells people what was done. Never waits and never fails. */
  recordEvent(event: ObjectEvent): void;
}

export interface NodeIdentity {
  readonly name: string;
  readonly uid: string;
}

interface ObjectIdentity {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
}

export type PodIdentity = ObjectIdentity;

export interface DeploymentIdentity extends ObjectIdentity {
  readonly resourceVersion: string;
}

export type DeploymentLook =
  /** No Deployment keeps these pods. */
  | { readonly kind: 'none'; readonly why: string }
  | {
      readonly kind: 'there';
      readonly deployment: DeploymentIdentity;
      /** Why it cannot start a pod before it ends another; `undefined`: it can. */
      readonly cannotSurge: string | undefined;
      /** It has no update under way, and all its pods are available. */
      readonly settled: boolean;
      /** The uid of the pod that a rolling update of ours replaces, or has last replaced. */
      readonly replacing: string;
    };

export interface NodeChange {
  /** Each replaces a taint of the same key and effect. */
  readonly addTaints?: readonly Taint[];
  readonly removeTaintKeys?: readonly string[];
  /** The cordon. */
  readonly unschedulable?: boolean;
  /** `null` removes the annotation. */
  readonly annotations?: Readonly<Record<string, string | null>>;
}

export type NodeWriteOutcome =
  { readonly kind: 'changed' } | { readonly kind: 'unchanged' } | { readonly kind: 'gone' };

export type NodeLook =
  /** There is no such node any more, or another one bears the name. */
  | { readonly kind: 'gone' }
  | {
      readonly kind: 'there';
      readonly taintKeys: readonly string[];
      /** Those on it that have not ended. `key`: `namespace/name`. */
      readonly pods: readonly { readonly uid: string; readonly key: string }[];
    };

export type EvictionOutcome =
  /** Granted: the pod ends within its grace period. */
  | { readonly kind: 'evicted' }
  /** Refused for now by a budget, in the server's words. */
  | { readonly kind: 'refused'; readonly message: string; readonly retryAfterMs: number }
  | { readonly kind: 'gone' };

export interface WriteFailure {
  readonly message: string;
}

/** A Kubernetes event. `status` stands for the status ConfigMap, whose name the adapter knows. */
export interface ObjectEvent {
  readonly object:
    | ({ readonly kind: 'Node' } & NodeIdentity)
    | ({ readonly kind: 'Pod' } & PodIdentity)
    | ({ readonly kind: 'ConfigMap' } & ObjectIdentity)
    | { readonly kind: 'status' };
  readonly type: 'Normal' | 'Warning';
  readonly reason: string;
  readonly message: string;
  /** The id of the decision that it comes of, where one is known. */
  readonly decision?: string;
}
