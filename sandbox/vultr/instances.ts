/**
 * The seam between the simulated Vultr API and the rest of the sandbox: machines that come up and go away. The kubelets
 * join a node for an active instance; the cloud controller removes the Node of one that is gone.
 */

export interface SimulatedInstance {
  /** UUID; the node's providerID is `vultr://<id>`. */
  readonly id: string;
  /** The node's name. */
  readonly label: string;
  readonly poolId: string;
  readonly poolLabel: string;
  readonly planId: string;
  readonly region: string;
  /** Labels and taints that the pool gives its nodes. */
  readonly poolLabels: Readonly<Record<string, string>>;
  readonly poolTaints: readonly { readonly key: string; readonly value: string; readonly effect: string }[];
}

export type InstanceEvent =
  /** Ordered; billing begins; not usable yet. */
  | { readonly kind: 'created'; readonly instance: SimulatedInstance }
  /** Booted: its kubelet may join. */
  | { readonly kind: 'active'; readonly instance: SimulatedInstance }
  /** Gone, with all it ran. Billing ends. */
  | { readonly kind: 'destroyed'; readonly instance: SimulatedInstance };

export interface InstanceSource {
  /** Calls `listener` for each later event, in order. */
  onInstance(listener: (event: InstanceEvent) => void): void;
  /** All instances that exist now, in the order of their creation, with what they are. */
  instances(): readonly { readonly instance: SimulatedInstance; readonly state: 'pending' | 'active' }[];
}

/** What the sandbox's parts need to know of a plan. Shaped like a row of `GET /v2/plans`. */
export interface Plan {
  readonly id: string;
  readonly vcpu_count: number;
  /** Megabytes. */
  readonly ram: number;
  /** Gigabytes. */
  readonly disk: number;
  /** US dollars. */
  readonly monthly_cost: number;
  readonly type: string;
  readonly locations: readonly string[];
  readonly gpu_count?: number;
  readonly [field: string]: unknown;
}
