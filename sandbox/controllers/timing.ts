/** How long things take in the simulated cluster. Ranges are drawn from evenly, per occurrence, from the seed. */
import type { RandomStream } from '../../src/runtime/random.ts';

export interface RangeMs {
  readonly lowestMs: number;
  readonly highestMs: number;
}

export interface ControllerTiming {
  /** From an instance's start to its Node. Vultr publishes no figure; with the boot before it, 2 to 4 minutes in all. */
  readonly nodeJoin: RangeMs;
  /** From the Node to its Ready condition. */
  readonly nodeReady: RangeMs;
  /** From the Node to its provider id and cloud labels. */
  readonly nodeInitialized: RangeMs;
  /** From Ready to the GPUs that the device plugin advertises. */
  readonly gpuReady: RangeMs;
  /** From an instance's end to Ready=Unknown: the control plane's patience with a silent kubelet. */
  readonly heartbeatPatienceMs: number;
  /** From Ready=Unknown to the removal of the Node, once the instance is known to be gone. */
  readonly nodeRemoval: RangeMs;
  /** From a pod's binding to Running and Ready; image pulls included. */
  readonly podStart: RangeMs;
  /** How long a pod takes to stop when asked, unless its grace period is shorter or it is annotated otherwise. */
  readonly podStopMs: number;
  /** From a Node's removal to that of the pods bound to it. */
  readonly orphanedPodsMs: number;
  /** How long the workload controllers gather events before they act on them. */
  readonly reconcileMs: number;
  /** From a change to the scheduler's next round. */
  readonly schedulerRoundMs: number;
  /** Between renewals of each node's Lease; 0: none, which is right for long virtual times. */
  readonly leaseRenewalMs: number;
}

export const DEFAULT_TIMING: ControllerTiming = {
  nodeJoin: { lowestMs: 30_000, highestMs: 90_000 },
  nodeReady: { lowestMs: 5000, highestMs: 15_000 },
  nodeInitialized: { lowestMs: 1000, highestMs: 5000 },
  gpuReady: { lowestMs: 10_000, highestMs: 40_000 },
  heartbeatPatienceMs: 40_000,
  nodeRemoval: { lowestMs: 1000, highestMs: 5000 },
  podStart: { lowestMs: 800, highestMs: 3000 },
  podStopMs: 2000,
  orphanedPodsMs: 10_000,
  reconcileMs: 10,
  schedulerRoundMs: 10,
  leaseRenewalMs: 0,
};

export function drawMs(random: RandomStream, { lowestMs, highestMs }: RangeMs): number {
  return random.integer(lowestMs, highestMs);
}
