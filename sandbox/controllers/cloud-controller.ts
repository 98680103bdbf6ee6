/**
 * The cloud controller (CCM): it gives each new Node its provider id, addresses and cloud labels, and removes the Node
 * of an instance that is gone, once the control plane has found the node silent.
 */
import type { Clock, Timer } from '../../src/runtime/clock.ts';
import type { Random, RandomStream } from '../../src/runtime/random.ts';
import type { KubeObject, StoreEvent } from '../kubernetes/object.ts';
import type { ObjectStore } from '../kubernetes/store.ts';
import type { InstanceSource, SimulatedInstance } from '../vultr/instances.ts';
import { UNINITIALIZED_TAINT, cloudLabels } from './node-shape.ts';
import { nodeSpec } from './shapes.ts';
import { type ControllerTiming, drawMs } from './timing.ts';

export interface CloudControllerOptions {
  readonly store: ObjectStore;
  readonly clock: Clock;
  readonly random: Random;
  readonly instances: InstanceSource;
  readonly timing: ControllerTiming;
}

const NODE_ID_LABEL = 'vke.vultr.com/node-id';
const ACTIVE_NODE_TAINTS = new Set<string>([UNINITIALIZED_TAINT.key]);

export function startCloudController(options: CloudControllerOptions): { stop(): void } {
  const controller = new CloudController(options);
  return { stop: () => controller.stop() };
}

class CloudController {
  readonly #options: CloudControllerOptions;
  readonly #random: RandomStream;
  readonly #instances = new Map<string, SimulatedInstance>();
  readonly #timers = new Set<Timer>();
  readonly #unwatch: () => void;
  #addresses = 3;

  constructor(options: CloudControllerOptions) {
    this.#options = options;
    this.#random = options.random.stream('cloud-controller');
    for (const { instance } of options.instances.instances()) this.#instances.set(instance.id, instance);
    options.instances.onInstance(({ kind, instance }) => {
      if (kind !== 'destroyed') this.#instances.set(instance.id, instance);
      else this.#onDestroyed(instance);
    });
    this.#unwatch = options.store.watch('nodes', (event) => this.#onNode(event));
  }

  stop(): void {
    this.#unwatch();
    for (const timer of this.#timers) timer.cancel();
    this.#timers.clear();
  }

  #after(delayMs: number, step: () => void): void {
    const timer = this.#options.clock.setTimer(delayMs, () => {
      this.#timers.delete(timer);
      step();
    });
    this.#timers.add(timer);
  }

  #onNode(event: StoreEvent): void {
    if (event.type !== 'ADDED' || !isUninitialized(event.object)) return;
    const { name, uid } = event.object.metadata;
    this.#after(drawMs(this.#random, this.#options.timing.nodeInitialized), () => this.#initialize(name, uid));
  }

  #initialize(name: string, uid: string): void {
    const { store } = this.#options;
    const node = store.find('nodes', '', name);
    const instance = this.#instances.get(node?.metadata.labels?.[NODE_ID_LABEL] ?? '');
    // A Node that nobody in the cloud stands behind keeps its taint.
    if (node?.metadata.uid !== uid || instance === undefined) return;
    store.update('nodes', '', name, (current) => ({
      ...current,
      metadata: { ...current.metadata, labels: { ...current.metadata.labels, ...cloudLabels(instance) } },
      spec: {
        ...current.spec,
        providerID: `vultr://${instance.id}`,
        taints: nodeSpec(current).taints?.filter((taint) => !ACTIVE_NODE_TAINTS.has(taint.key)),
      },
      status: { ...current.status, addresses: this.#addressesOf(instance) },
    }));
  }

  /** Addresses of a private network and of the documentation range: the sandbox's nodes are on no real network. */
  #addressesOf(instance: SimulatedInstance): readonly { readonly type: string; readonly address: string }[] {
    this.#addresses += 1;
    const [high, low] = [Math.floor(this.#addresses / 250) % 250, (this.#addresses % 250) + 3];
    return [
      { type: 'Hostname', address: instance.label },
      { type: 'InternalIP', address: `10.1.${96 + (high % 16)}.${low}` },
      { type: 'ExternalIP', address: `203.0.113.${low}` },
    ];
  }

  #onDestroyed(instance: SimulatedInstance): void {
    this.#instances.delete(instance.id);
    const { timing } = this.#options;
    const delayMs = timing.heartbeatPatienceMs + drawMs(this.#random, timing.nodeRemoval);
    this.#after(delayMs, () => this.#remove(instance));
  }

  #remove(instance: SimulatedInstance): void {
    const { store } = this.#options;
    const node = store.find('nodes', '', instance.label);
    if (node?.metadata.labels?.[NODE_ID_LABEL] === instance.id) store.delete('nodes', '', instance.label);
  }
}

function isUninitialized(node: KubeObject): boolean {
  return nodeSpec(node).taints?.some((taint) => ACTIVE_NODE_TAINTS.has(taint.key)) === true;
}
