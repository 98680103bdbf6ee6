/** A small simulated cluster in virtual time, for the tests of the sandbox's controllers and workloads. */
import { seededRandom } from '../../src/runtime/random.ts';
import type { KubeObject, NewObject } from '../kubernetes/object.ts';
import { MemoryObjectStore } from '../kubernetes/object-store.ts';
import { VirtualClock } from '../time/virtual-clock.ts';
import type { InstanceEvent, InstanceSource, Plan, SimulatedInstance } from '../vultr/instances.ts';
import { type ControllerOptions, startControllers } from './controllers.ts';
import { nodeSpec, podSpec, podStatus } from './shapes.ts';

export const SMALL_PLAN: Plan = plan({ id: 'vc2-4c-8gb', vcpu_count: 4, ram: 8192, disk: 160 });
export const GPU_PLAN: Plan = plan({ id: 'vcg-a16-2c-8g-2vram', vcpu_count: 2, ram: 8192, disk: 50, gpu_count: 1 });

function plan(row: Pick<Plan, 'id' | 'vcpu_count' | 'ram' | 'disk' | 'gpu_count'>): Plan {
  return { ...row, monthly_cost: 40, type: 'vc2', locations: ['ewr'] };
}

/** Instances that come and go when the test says so. */
class HandMadeInstances implements InstanceSource {
  readonly #active = new Map<string, SimulatedInstance>();
  readonly #listeners: ((event: InstanceEvent) => void)[] = [];
  #count = 0;

  onInstance(listener: (event: InstanceEvent) => void): void {
    this.#listeners.push(listener);
  }

  instances(): readonly { readonly instance: SimulatedInstance; readonly state: 'active' }[] {
    return [...this.#active.values()].map((instance) => ({ instance, state: 'active' }));
  }

  start(shape: Partial<SimulatedInstance> = {}): SimulatedInstance {
    this.#count += 1;
    const instance: SimulatedInstance = {
      id: `00000000-0000-4000-8000-${String(this.#count).padStart(12, '0')}`,
      label: `web-${this.#count}`,
      poolId: 'pool-web',
      poolLabel: 'web',
      planId: SMALL_PLAN.id,
      region: 'ewr',
      poolLabels: {},
      poolTaints: [],
      ...shape,
    };
    this.#active.set(instance.id, instance);
    this.#tell({ kind: 'created', instance });
    this.#tell({ kind: 'active', instance });
    return instance;
  }

  destroy(instance: SimulatedInstance): void {
    this.#active.delete(instance.id);
    this.#tell({ kind: 'destroyed', instance });
  }

  #tell(event: InstanceEvent): void {
    for (const listener of this.#listeners) listener(event);
  }
}

export interface TestCluster {
  readonly clock: VirtualClock;
  readonly store: MemoryObjectStore;
  readonly instances: HandMadeInstances;
  /** Lets so much virtual time pass. */
  readonly run: (ms: number) => Promise<void>;
  /** A pod as `namespace/name` has it, in `default` unless said. */
  readonly pod: (name: string, namespace?: string) => KubeObject;
  readonly stop: () => void;
}

export interface TestClusterOptions {
  readonly seed?: number;
  /** Nodes that are there, and Ready, from the start. */
  readonly nodes?: number;
  readonly controllers?: ControllerOptions['options'];
}

/** A cluster without add-ons unless asked for; its first nodes are ready when this resolves. */
export async function testCluster({ seed = 1, nodes = 0, controllers }: TestClusterOptions = {}): Promise<TestCluster> {
  const clock = new VirtualClock();
  const random = seededRandom(seed);
  const store = new MemoryObjectStore({ clock, random: random.stream('store') });
  const instances = new HandMadeInstances();
  for (let i = 0; i < nodes; i++) instances.start();
  const running = startControllers({
    store,
    clock,
    random,
    instances,
    plans: [SMALL_PLAN, GPU_PLAN],
    options: { addons: false, ...controllers },
  });
  await clock.runFor(30_000);
  return {
    clock,
    store,
    instances,
    run: (ms) => clock.runFor(ms),
    pod: (name, namespace = 'default') => store.get('pods', namespace, name),
    stop: () => running.stop(),
  };
}

/** A pod that asks for so much; more of its spec in `spec`. */
export function newPod(name: string, requests: Record<string, string> = {}, spec: object = {}): NewObject {
  return {
    metadata: { name, namespace: 'default', labels: { app: name.replace(/-\d+$/, '') } },
    spec: { containers: [{ name: 'main', image: 'example', resources: { requests } }], ...spec },
  };
}

export function newDeployment(name: string, replicas: number, requests: Record<string, string> = {}): NewObject {
  const labels = { app: name };
  return {
    metadata: { name, namespace: 'default' },
    spec: {
      replicas,
      selector: { matchLabels: labels },
      template: {
        metadata: { labels },
        spec: { containers: [{ name: 'main', image: 'example', resources: { requests } }] },
      },
    },
  };
}

export function nodeNameOf(pod: KubeObject): string {
  return podSpec(pod).nodeName ?? '';
}

export function phaseOf(pod: KubeObject): string {
  return podStatus(pod).phase ?? '';
}

/** The message with which the scheduler gave up on the pod; '' when it has not. */
export function schedulerMessage(pod: KubeObject): string {
  return podStatus(pod).conditions?.find((c) => c.type === 'PodScheduled' && c.status === 'False')?.message ?? '';
}

export function taintKeys(node: KubeObject): readonly string[] {
  return (nodeSpec(node).taints ?? []).map((taint) => taint.key);
}
