/** A cloud of one pool whose answers the test holds back, loses or refuses. Left alone it does what is asked at once. */
import type { CloudError, Instance } from '../cloud/facts.ts';
import type { AskedSize, CloudProvider, CloudResult, IsStillDue, NodeGroup } from '../cloud/provider.ts';
import type { NodeFacts } from '../cluster/facts.ts';
import { failure, success } from '../runtime/result.ts';

/** One pool. Deleted instances show as `deleting` until `catchUp`. */
export class FakePool implements NodeGroup {
  readonly calls: string[] = [];
  instances: Instance[];
  /** What happens instead of a call; `undefined`: it is done. */
  onCall: (call: string) => Promise<CloudResult> | undefined = () => undefined;
  #target: number;
  readonly #id: string;

  constructor(id: string, nodes: readonly NodeFacts[]) {
    this.#id = id;
    this.instances = nodes.map(({ name, providerID }) => ({
      id: providerID,
      name,
      state: 'running',
      createdAtMs: 0,
      error: undefined,
    }));
    this.#target = this.instances.length;
  }

  /** Deleting instances are gone. */
  catchUp(): void {
    this.instances = this.instances.filter(({ state }) => state !== 'deleting');
  }

  /** Deletes, as the cloud does. */
  loseInstances(ids: readonly string[]): void {
    this.instances = this.instances.map((one) => (ids.includes(one.id) ? { ...one, state: 'deleting' } : one));
    this.#target -= ids.length;
  }

  #do(call: string, effect: () => void): Promise<CloudResult> {
    this.calls.push(call);
    const instead = this.onCall(call);
    if (instead !== undefined) return instead;
    effect();
    return Promise.resolve(success(undefined));
  }

  id(): string {
    return this.#id;
  }
  name(): string {
    return this.#id;
  }
  minSize(): number {
    return 0;
  }
  maxSize(): number {
    return 100;
  }
  targetSize(): number {
    return this.#target;
  }
  staleUntilMs(): undefined {
    return undefined;
  }
  nodes(): readonly Instance[] {
    return this.instances;
  }
  templateNodeInfo(): CloudResult<never> {
    return failure({ kind: 'unsupported', message: 'not here' });
  }
  pricePerHour(): undefined {
    return undefined;
  }
  getOptions(): object {
    return {};
  }
  debug(): string {
    return this.#id;
  }
  exist(): boolean {
    return true;
  }
  autoprovisioned(): boolean {
    return false;
  }
  recall({ size }: AskedSize): void {
    this.#target = Math.max(this.#target, size);
  }
  increaseSize(delta: number): Promise<CloudResult> {
    return this.#do(`increase ${delta}`, () => (this.#target += delta));
  }
  atomicIncreaseSize(delta: number): Promise<CloudResult> {
    return this.increaseSize(delta);
  }
  async deleteNodes(instanceIds: readonly string[], isStillDue?: IsStillDue): Promise<CloudResult> {
    const due: string[] = [];
    for (const id of instanceIds) if (isStillDue === undefined || (await isStillDue(id))) due.push(id);
    if (due.length === 0) return success(undefined);
    return this.#do(`delete ${due.join()}`, () => this.loseInstances(due));
  }
  forceDeleteNodes(instanceIds: readonly string[], isStillDue?: IsStillDue): Promise<CloudResult> {
    return this.deleteNodes(instanceIds, isStillDue);
  }
  decreaseTargetSize(delta: number): Promise<CloudResult> {
    return this.#do(`decrease ${delta}`, () => (this.#target += delta));
  }
  create(): Promise<CloudResult<never>> {
    return Promise.resolve(failure({ kind: 'unsupported', message: 'not here' }));
  }
  delete(): Promise<CloudResult> {
    return this.create();
  }
}

const UNSUPPORTED = failure({ kind: 'unsupported', message: 'not here' } as const);

export function fakeProvider(pools: readonly FakePool[]): CloudProvider {
  return {
    name: () => 'fake',
    nodeGroups: () => pools,
    nodeGroupForNode: (id) => pools.find((pool) => pool.instances.some((instance) => instance.id === id)),
    hasInstance: (id) => pools.some((pool) => pool.instances.some((instance) => instance.id === id)),
    pricing: () => UNSUPPORTED,
    getAvailableMachineTypes: () => UNSUPPORTED,
    newNodeGroup: () => UNSUPPORTED,
    getResourceLimiter: () => ({ min: {}, max: {} }),
    gpuLabel: () => '',
    getAvailableGpuTypes: () => [],
    getNodeGpuConfig: () => undefined,
    refresh: () => Promise.resolve(success(undefined)),
    cleanup: () => Promise.resolve(),
  };
}

export function cloudFailure(kind: Exclude<CloudError['kind'], 'rate-limited'>, message = 'no'): Promise<CloudResult> {
  return Promise.resolve(failure({ kind, message }));
}
