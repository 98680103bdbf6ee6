/**
 * The cloud contract: the names of Cluster Autoscaler's CloudProvider and NodeGroup, in camelCase, free of Vultr.
 *
 * Reads answer from what the last {@link CloudProvider.refresh} saw, at once. Writes are asynchronous, return results
 * as values, and are each safe to call again. Instance ids equal `spec.providerID` of the node (`vultr://<uuid>`).
 */
import type { Labels, ResourceList, Taint } from '../cluster/facts.ts';
import type { Result } from '../runtime/result.ts';
import type { CloudError, Instance, NodeGroupOptions, NodeTemplate } from './facts.ts';

export type { CloudError, NodeTemplate } from './facts.ts';

export type CloudResult<T = void> = Result<T, CloudError>;

/** The last word on whether an instance is to be deleted. Never rejects. */
export type IsStillDue = (instanceId: string) => Promise<boolean>;

/** What the cloud was asked for, by the process before this one. */
export interface AskedSize {
  readonly size: number;
  /** Wall clock. */
  readonly atMs: number;
}

export interface NodeGroup {
  /** Unique and stable; for VKE the pool's id. */
  id(): string;
  /** For people; for VKE the pool's label. */
  name(): string;
  minSize(): number;
  maxSize(): number;
  /** Wanted size: nodes being created count, nodes being deleted do not. */
  targetSize(): number;
  /**
   * Somebody else has just changed the group: before this moment (wall clock) the target and the nodes that are told may
   * be those from before the change. `undefined`: nobody has.
   */
  staleUntilMs(): number | undefined;
  nodes(): readonly Instance[];
  templateNodeInfo(): CloudResult<NodeTemplate>;
  /** What one node costs, in US dollars an hour; `undefined` when unknown. */
  pricePerHour(): number | undefined;
  getOptions(): NodeGroupOptions;
  /** One line for people: id, bounds and target. */
  debug(): string;
  exist(): boolean;
  autoprovisioned(): boolean;
  /** Counts it as asked for here, for as long as the cloud may not show it yet. */
  recall(asked: AskedSize): void;

  /** Asks for `delta` > 0 more nodes; returns once accepted. Refuses to pass maxSize (I1). */
  increaseSize(delta: number): Promise<CloudResult>;
  /** All or nothing. */
  atomicIncreaseSize(delta: number): Promise<CloudResult>;
  /**
   * Deletes exactly these instances and lowers the target by as many (I3). Refuses foreign ones and to pass minSize.
   * `isStillDue` is asked just before each request that deletes an instance, repetitions included; where it says no,
   * nothing is sent for that instance, which is no failure.
   */
  deleteNodes(instanceIds: readonly string[], isStillDue?: IsStillDue): Promise<CloudResult>;
  /** The same, below minSize if need be. */
  forceDeleteNodes(instanceIds: readonly string[], isStillDue?: IsStillDue): Promise<CloudResult>;
  /** Withdraws `delta` < 0 unfulfilled requests; never fewer than the instances that exist (I1). */
  decreaseTargetSize(delta: number): Promise<CloudResult>;
  create(): Promise<CloudResult<NodeGroup>>;
  delete(): Promise<CloudResult>;
}

export interface MachineType {
  /** For Vultr the plan's id. */
  readonly id: string;
  readonly capacity: ResourceList;
  readonly pricePerHour: number;
}

export interface NewNodeGroup {
  readonly name: string;
  readonly machineType: string;
  readonly labels: Labels;
  readonly taints: readonly Taint[];
  readonly minSize: number;
  readonly maxSize: number;
}

/** Cluster-wide bounds by resource name, in the units of ResourceList. */
export interface ResourceLimiter {
  readonly min: ResourceList;
  readonly max: ResourceList;
}

/** Prices in US dollars an hour. */
export interface PricingModel {
  nodePrice(machineType: string): number | undefined;
}

export interface CloudProvider {
  name(): string;
  /** Stable between refreshes, in a stable order. */
  nodeGroups(): readonly NodeGroup[];
  /** The group that holds the instance of that id (`spec.providerID`); `undefined`: not one of ours. */
  nodeGroupForNode(providerID: string): NodeGroup | undefined;
  /** Whether the instance still exists in a group that is known; `undefined` when this cannot be told. */
  hasInstance(providerID: string): boolean | undefined;
  pricing(): CloudResult<PricingModel>;
  getAvailableMachineTypes(): CloudResult<readonly MachineType[]>;
  newNodeGroup(group: NewNodeGroup): CloudResult<NodeGroup>;
  getResourceLimiter(): ResourceLimiter;
  gpuLabel(): string;
  getAvailableGpuTypes(): readonly string[];
  /** The GPU resource of a node with these labels and capacity; `undefined`: it has none. */
  getNodeGpuConfig(node: { labels: Labels; capacity: ResourceList }): { label: string; resource: string } | undefined;
  /** Re-reads pools, bounds, targets and instances. On failure the last state is kept. */
  refresh(): Promise<CloudResult>;
  cleanup(): Promise<void>;
}
