/**
 * The node half of the kubelets: each active instance joins as a Node, becomes Ready, and shows its GPUs; when the
 * instance is destroyed its kubelet falls silent, and the control plane notices after a while.
 *
 * The cloud controller (cloud-controller.ts) gives the Node its provider id and removes it in the end.
 */
import type { Clock, Timer } from '../../src/runtime/clock.ts';
import type { Random, RandomStream } from '../../src/runtime/random.ts';
import { formatMicroTimestamp, formatTimestamp } from '../../src/runtime/timestamps.ts';
import type { KubeObject, NewObject } from '../kubernetes/object.ts';
import type { ObjectStore } from '../kubernetes/store.ts';
import type { InstanceSource, Plan, SimulatedInstance } from '../vultr/instances.ts';
import type { KubeletPods } from './kubelet-pods.ts';
import {
  GPU_RESOURCE,
  NOT_READY_TAINT,
  type NodeResources,
  UNINITIALIZED_TAINT,
  kubeletLabels,
  nodeResources,
} from './node-shape.ts';
import { nodeStatus, withCondition } from './shapes.ts';
import { type ControllerTiming, drawMs } from './timing.ts';

export interface KubeletOptions {
  readonly store: ObjectStore;
  readonly clock: Clock;
  readonly random: Random;
  readonly instances: InstanceSource;
  readonly plans: readonly Plan[];
  readonly timing: ControllerTiming;
  /** Told which kubelets are up. */
  readonly pods: KubeletPods;
  /** Shown by `kubectl get nodes`. */
  readonly kubeletVersion: string;
}

const LEASE_NAMESPACE = 'kube-node-lease';
const LEASE_SECONDS = 40;

export class KubeletNodes {
  readonly #options: KubeletOptions;
  readonly #random: RandomStream;
  readonly #resources = new Map<string, NodeResources>();
  /** The next step of each living kubelet, by instance. */
  readonly #steps = new Map<string, Timer>();
  readonly #leases = new Map<string, Timer>();

  constructor(options: KubeletOptions) {
    this.#options = options;
    this.#random = options.random.stream('kubelet/nodes');
    for (const plan of options.plans) this.#resources.set(plan.id, nodeResources(plan, options.random));
    options.instances.onInstance(({ kind, instance }) => {
      if (kind === 'active') this.#boot(instance);
      else if (kind === 'destroyed') this.#fallSilent(instance);
    });
    // What runs already is an old node found again, not a new one: it joins at once.
    for (const { instance, state } of options.instances.instances()) {
      if (state === 'active') this.#after(0, instance, () => this.#join(instance, 0));
    }
  }

  stop(): void {
    for (const timer of [...this.#steps.values(), ...this.#leases.values()]) timer.cancel();
    this.#steps.clear();
    this.#leases.clear();
  }

  #after(delayMs: number, instance: SimulatedInstance, step: () => void): void {
    this.#steps.get(instance.id)?.cancel();
    const timer = this.#options.clock.setTimer(delayMs, () => {
      this.#steps.delete(instance.id);
      step();
    });
    this.#steps.set(instance.id, timer);
  }

  #boot(instance: SimulatedInstance): void {
    const { timing } = this.#options;
    const readyMs = drawMs(this.#random, timing.nodeReady);
    this.#after(drawMs(this.#random, timing.nodeJoin), instance, () => this.#join(instance, readyMs));
  }

  #join(instance: SimulatedInstance, readyMs: number): void {
    const { store, timing, pods } = this.#options;
    const resources = this.#resources.get(instance.planId);
    if (resources === undefined) throw new Error(`the sandbox has no plan ${instance.planId}`);
    // An instance that was rebuilt under its old name takes over the Node of the old one only when that is gone.
    if (store.find('nodes', '', instance.label) !== undefined) {
      this.#after(timing.nodeRemoval.highestMs, instance, () => this.#join(instance, readyMs));
      return;
    }
    store.create('nodes', this.#newNode(instance, resources));
    pods.nodeUp(instance.label);
    if (timing.leaseRenewalMs > 0) this.#renewLease(instance);
    this.#after(readyMs, instance, () => this.#becomeReady(instance, resources));
  }

  #newNode(instance: SimulatedInstance, { capacity, allocatable }: NodeResources): NewObject {
    const { kubeletVersion } = this.#options;
    const notReady = {
      type: 'Ready',
      status: 'False',
      reason: 'KubeletNotReady',
      message: 'container runtime starting',
    };
    return {
      metadata: { name: instance.label, labels: { ...kubeletLabels(instance) } },
      spec: { taints: [...instance.poolTaints, UNINITIALIZED_TAINT, NOT_READY_TAINT] },
      status: {
        capacity,
        allocatable,
        conditions: withCondition(undefined, { ...notReady, lastTransitionTime: this.#now() }),
        addresses: [{ type: 'Hostname', address: instance.label }],
        nodeInfo: {
          architecture: 'amd64',
          operatingSystem: 'linux',
          osImage: 'Debian GNU/Linux 12 (bookworm)',
          kernelVersion: '6.1.0',
          containerRuntimeVersion: 'containerd://2.0.0',
          kubeletVersion,
        },
      },
    };
  }

  /** The taint not-ready goes with the condition: node-lifecycle.ts takes it off. */
  #becomeReady(instance: SimulatedInstance, { gpus }: NodeResources): void {
    this.#setReady(instance, { status: 'True', reason: 'KubeletReady', message: 'kubelet is posting ready status' });
    if (gpus === 0) return;
    const delayMs = drawMs(this.#random, this.#options.timing.gpuReady);
    this.#after(delayMs, instance, () => this.#advertiseGpus(instance, gpus));
  }

  #advertiseGpus(instance: SimulatedInstance, gpus: number): void {
    this.#updateStatus(instance, (node) => {
      const { capacity, allocatable } = nodeStatus(node);
      const more = { [GPU_RESOURCE]: String(gpus) };
      return { capacity: { ...capacity, ...more }, allocatable: { ...allocatable, ...more } };
    });
  }

  #fallSilent(instance: SimulatedInstance): void {
    this.#steps.get(instance.id)?.cancel();
    this.#steps.delete(instance.id);
    this.#leases.get(instance.id)?.cancel();
    this.#leases.delete(instance.id);
    this.#options.pods.nodeSilent(instance.label);
    this.#after(this.#options.timing.heartbeatPatienceMs, instance, () => {
      this.#setReady(instance, {
        status: 'Unknown',
        reason: 'NodeStatusUnknown',
        message: 'Kubelet stopped posting node status.',
      });
    });
  }

  #setReady(instance: SimulatedInstance, ready: { status: string; reason: string; message: string }): void {
    const condition = { type: 'Ready', ...ready, lastTransitionTime: this.#now() };
    this.#updateStatus(instance, (node) => ({ conditions: withCondition(nodeStatus(node).conditions, condition) }));
  }

  /** Changes parts of the status of the instance's own Node; a Node that is gone, or another's, is left alone. */
  #updateStatus(instance: SimulatedInstance, change: (node: KubeObject) => object): void {
    const { store } = this.#options;
    const node = store.find('nodes', '', instance.label);
    if (node?.metadata.labels?.['vke.vultr.com/node-id'] !== instance.id) return;
    store.update('nodes', '', instance.label, (current) => ({
      ...current,
      status: { ...current.status, ...change(current) },
    }));
  }

  #renewLease(instance: SimulatedInstance): void {
    const { store, clock, timing } = this.#options;
    const spec = {
      holderIdentity: instance.label,
      leaseDurationSeconds: LEASE_SECONDS,
      renewTime: formatMicroTimestamp(clock.now()),
    };
    if (store.find('leases', LEASE_NAMESPACE, instance.label) === undefined) {
      store.create('leases', { metadata: { name: instance.label, namespace: LEASE_NAMESPACE }, spec });
    } else {
      store.update('leases', LEASE_NAMESPACE, instance.label, (current) => ({ ...current, spec }));
    }
    this.#leases.set(
      instance.id,
      clock.setTimer(timing.leaseRenewalMs, () => this.#renewLease(instance)),
    );
  }

  #now(): string {
    return formatTimestamp(this.#options.clock.now());
  }
}
