/**
 * The Vultr cloud provider: the node pools of one VKE cluster as node groups.
 *
 * Pools, their bounds, quantities and nodes are read anew at every refresh, so a change in the Vultr console needs no
 * restart. A failed refresh keeps what was known. Requests, budget and errors are in client.ts, what a pool has and wants
 * in pool-ledger.ts, which pools are managed in selection.ts.
 */
import type { Labels, NodeFacts, ResourceList } from '../cluster/facts.ts';
import type {
  CloudProvider,
  CloudResult,
  MachineType,
  NewNodeGroup,
  NodeGroup,
  PricingModel,
  ResourceLimiter,
} from '../cloud/provider.ts';
import type { Clock } from '../runtime/clock.ts';
import type { HttpTransport } from '../runtime/http.ts';
import type { Logger } from '../runtime/log.ts';
import type { Random } from '../runtime/random.ts';
import { failure, success, type Result } from '../runtime/result.ts';
import { VultrClient } from './client.ts';
import type { ConfigProblem, VultrConfig } from './cloud-config.ts';
import { refused } from './managed-pool.ts';
import type { PlanView } from './node-group.ts';
import { ObservedNodes } from './observed-nodes.ts';
import { PlannedNodeGroup } from './planned-group.ts';
import { GPU_RESOURCE, PlanCatalogue } from './plans.ts';
import { PoolApi } from './pool-api.ts';
import { PoolIndex } from './pool-index.ts';
import { selectPools, type PoolQuery, type PoolSpec } from './selection.ts';
import { templateOf } from './templates.ts';
import { Warnings } from './warnings.ts';

export interface VultrOptions {
  readonly config: VultrConfig;
  readonly transport: HttpTransport;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  /** The product's version, for `User-Agent`. */
  readonly version: string;
  /** Begins the `User-Agent` header; the product's name and version follow. */
  readonly userAgentPrefix?: string;
  /** Pools named one by one (`--nodes`). */
  readonly specs?: readonly PoolSpec[];
  /** Labels or tags of pools to manage (`--node-group-auto-discovery`). */
  readonly queries?: readonly PoolQuery[];
  /** US dollars an hour by plan, in the place of the catalogue's (`--price`). */
  readonly prices?: Readonly<Record<string, number>>;
}

/** The contract, and what this provider can learn beyond it. */
export interface VultrProvider extends CloudProvider {
  /**
   * Tells of a living node. From its amounts the provider learns how much of its plan a node really offers, for the
   * templates of pools of the same plan. Cheap; nodes that are not Vultr's, or not ready, are passed over.
   */
  observeNode(node: NodeFacts): void;
}

/** What cannot work is told here; nothing is asked of Vultr before the first refresh. */
export function buildVultr(options: VultrOptions): Result<VultrProvider, readonly ConfigProblem[]> {
  const problems: ConfigProblem[] = [];
  if (options.config.clusterId === '') problems.push({ field: 'cluster_id', message: '"cluster_id" is missing.' });
  if (options.config.token.reveal() === '') problems.push({ field: 'token', message: '"token" is missing.' });
  for (const { pool, minSize, maxSize } of options.specs ?? []) {
    if (pool !== '' && maxSize >= Math.max(1, minSize)) continue;
    const message = `The bounds ${minSize}..${maxSize} of the pool "${pool}" hold no size; a VKE pool has at least 1 node.`;
    problems.push({ field: 'nodes', message });
  }
  return problems.length > 0 ? failure(problems) : success(new Provider(options));
}

class Provider implements VultrProvider {
  readonly #client: VultrClient;
  readonly #api: PoolApi;
  readonly #catalogue: PlanCatalogue;
  readonly #observed = new ObservedNodes();
  readonly #pools: PoolIndex;
  readonly #logger: Logger;
  readonly #clock: Clock;
  readonly #plans: PlanView = {
    template: (pool) =>
      templateOf(pool, { catalogue: this.#catalogue, observed: this.#observed, region: this.#region }),
    pricePerHour: (planId) => this.#catalogue.pricePerHour(planId, this.#region),
  };
  #region = '';
  #refreshing: Promise<CloudResult> | undefined;

  constructor(options: VultrOptions) {
    const { clock, config, transport } = options;
    this.#clock = clock;
    this.#logger = options.logger.child({ cluster: config.clusterId });
    const warnings = new Warnings(this.#logger, clock);
    const random = options.random.stream('vultr-backoff');
    const userAgent = `${options.userAgentPrefix ?? ''} vke-autoscaler/${options.version}`.trim();
    const selection = selectPools(options.specs ?? [], options.queries ?? []);
    this.#client = new VultrClient({ transport, clock, random, logger: this.#logger, token: config.token, userAgent });
    this.#api = new PoolApi(this.#client, config.clusterId, warnings);
    this.#catalogue = new PlanCatalogue(this.#client, clock, warnings, options.prices);
    this.#pools = new PoolIndex({ api: this.#api, clock, logger: this.#logger, warnings, selection }, this.#plans);
  }

  name(): string {
    return 'vultr';
  }

  nodeGroups(): readonly NodeGroup[] {
    return this.#pools.groups();
  }

  nodeGroupForNode(providerID: string): NodeGroup | undefined {
    return this.#pools.groupOf(providerID);
  }

  hasInstance(providerID: string): boolean | undefined {
    return this.#pools.hasInstance(providerID);
  }

  pricing(): CloudResult<PricingModel> {
    const types = this.#catalogue.machineTypes(this.#region);
    if (!types.ok) return types;
    return success({ nodePrice: (machineType) => this.#plans.pricePerHour(machineType) });
  }

  getAvailableMachineTypes(): CloudResult<readonly MachineType[]> {
    return this.#catalogue.machineTypes(this.#region);
  }

  newNodeGroup(group: NewNodeGroup): CloudResult<NodeGroup> {
    const plan = this.#catalogue.plan(group.machineType);
    if (!plan.ok) return plan;
    if (group.name === '') return refused('a node pool needs a name');
    if (group.maxSize < Math.max(1, group.minSize)) {
      return refused(
        `pool ${group.name}: the maximum ${group.maxSize} is less than the minimum ${Math.max(1, group.minSize)}`,
      );
    }
    if (this.#pools.hasLabel(group.name)) return refused(`the cluster has a pool named ${group.name} already`);
    const adopt = (row: Parameters<PoolIndex['adopt']>[0]): NodeGroup => this.#pools.adopt(row);
    return success(new PlannedNodeGroup(group, { api: this.#api, plans: this.#plans, adopt }));
  }

  /** None: limits of the whole cluster are flags of the autoscaler. */
  getResourceLimiter(): ResourceLimiter {
    return { min: {}, max: {} };
  }

  /** VKE sets no label that tells GPU nodes from others; they are known by what they can hold. */
  gpuLabel(): string {
    return '';
  }

  getAvailableGpuTypes(): readonly string[] {
    return this.#catalogue.gpuTypes();
  }

  getNodeGpuConfig(node: { labels: Labels; capacity: ResourceList }): { label: string; resource: string } | undefined {
    return (node.capacity[GPU_RESOURCE] ?? 0) > 0 ? { label: this.gpuLabel(), resource: GPU_RESOURCE } : undefined;
  }

  observeNode(node: NodeFacts): void {
    const plan = this.#pools.planOf(node.providerID);
    if (plan !== undefined) this.#observed.observe(plan, node);
  }

  /** Calls that overlap share one round of requests. */
  async refresh(): Promise<CloudResult> {
    this.#refreshing ??= this.#refresh().finally(() => {
      this.#refreshing = undefined;
    });
    return this.#refreshing;
  }

  /** Stops reading, and waits for writes under way: their outcome matters. */
  async cleanup(): Promise<void> {
    this.#client.stop();
    await this.#refreshing;
    await this.#pools.idle();
  }

  async #refresh(): Promise<CloudResult> {
    const askedAtMs = this.#clock.monotonic();
    const [region, listed] = await Promise.all([this.#readRegion(), this.#api.list()]);
    if (!listed.ok) return listed;
    if (!region.ok) {
      if (region.error.kind === 'not-found' || region.error.kind === 'unauthorized') return failure(region.error);
      this.#logger.warn('the region of the cluster could not be read', { error: region.error.message });
    }
    this.#pools.apply(listed.value, askedAtMs);
    this.#observed.keepOnly((providerID) => this.#pools.hasInstance(providerID) === true);
    const catalogue = await this.#catalogue.refresh(this.#pools.plans());
    if (!catalogue.ok) {
      this.#logger.warn('the catalogue of Vultr plans could not be read', { error: catalogue.error.message });
    }
    return success(undefined);
  }

  /** A cluster never moves: read once. */
  async #readRegion(): Promise<CloudResult> {
    if (this.#region !== '') return success(undefined);
    const read = await this.#api.region();
    if (!read.ok) return read;
    this.#region = read.value;
    return success(undefined);
  }
}
