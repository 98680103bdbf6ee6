/**
 * Everything that lives inside the simulated cluster: kubelets, the cloud controller, a scheduler stand-in, the workload
 * controllers and VKE's add-ons. All of it is driven by the store's watches and the clock alone: the same seed and the same
 * inputs give the same history.
 */
import type { Clock } from '../../src/runtime/clock.ts';
import type { Random } from '../../src/runtime/random.ts';
import type { ObjectStore } from '../kubernetes/store.ts';
import type { InstanceSource, Plan } from '../vultr/instances.ts';
import { startCloudController } from './cloud-controller.ts';
import { startDaemonSetController } from './daemonset.ts';
import { startDeploymentController } from './deployment.ts';
import { startDisruptionController } from './disruption.ts';
import { startGarbageCollector } from './garbage-collector.ts';
import { startJobController } from './job.ts';
import { KubeletNodes } from './kubelet-nodes.ts';
import { KubeletPods } from './kubelet-pods.ts';
import { startNodeLifecycle } from './node-lifecycle.ts';
import { OwnedObjects } from './owned-objects.ts';
import { startReplicaSetController } from './replicaset.ts';
import { startScheduler } from './scheduler.ts';
import { startStatefulSetController } from './statefulset.ts';
import { type ControllerTiming, DEFAULT_TIMING } from './timing.ts';
import { installVkeAddons } from './vke-addons.ts';

export interface ControllerOptions {
  readonly store: ObjectStore;
  readonly clock: Clock;
  readonly random: Random;
  readonly instances: InstanceSource;
  /** Every plan that an instance may have. */
  readonly plans: readonly Plan[];
  readonly options?: {
    /** Overrides of {@link DEFAULT_TIMING}. */
    readonly timing?: Partial<ControllerTiming>;
    /** Whether kube-system is filled as on VKE. Default: yes. */
    readonly addons?: boolean;
    /** Shown by `kubectl get nodes`. */
    readonly kubeletVersion?: string;
  };
}

/** A version that VKE has been seen with. */
const KUBELET_VERSION = 'v1.36.2';

/** Starts all of it; `stop` ends every watch and timer. */
export function startControllers({ options = {}, ...cluster }: ControllerOptions): { stop(): void } {
  const { store, clock } = cluster;
  const timing = { ...DEFAULT_TIMING, ...options.timing };
  // The indexes come first: a controller that hears of a change finds it in them.
  const ownedPods = new OwnedObjects(store, 'pods');
  const ownedReplicaSets = new OwnedObjects(store, 'replicasets');
  const context = { store, clock, timing, ownedPods, ownedReplicaSets };
  const pods = new KubeletPods({ ...cluster, timing });
  const kubeletVersion = options.kubeletVersion ?? KUBELET_VERSION;
  const running = [
    ownedPods,
    ownedReplicaSets,
    pods,
    startNodeLifecycle(store, { clock, delayMs: timing.reconcileMs }),
    startScheduler({ store, clock, roundDelayMs: timing.schedulerRoundMs }),
    startDeploymentController(context),
    startReplicaSetController(context),
    startStatefulSetController(context),
    startDaemonSetController(context),
    startJobController(context),
    startDisruptionController(context),
    startGarbageCollector(context),
    startCloudController({ ...cluster, timing }),
    new KubeletNodes({ ...cluster, timing, pods, kubeletVersion }),
  ];
  if (options.addons !== false) installVkeAddons(store);
  return {
    stop() {
      for (const part of running) part.stop();
    },
  };
}
