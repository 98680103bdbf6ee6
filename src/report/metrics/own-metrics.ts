/** What Cluster Autoscaler has no metric for: money, speed, mistaken predictions. */
import type { Metric } from './metric.ts';

/** 5 ms to about 40 s, doubling. */
const PASS_BUCKETS = Array.from({ length: 14 }, (_, index) => 0.005 * 2 ** index);
/** 1 s to about 68 min, doubling. */
const WAIT_BUCKETS = Array.from({ length: 13 }, (_, index) => 2 ** index);

export const OWN_METRICS = [
  {
    name: 'vke_autoscaler_pass_duration_seconds',
    type: 'histogram',
    help: 'How long each pass took, the reading of the cloud included.',
    labels: [],
    buckets: PASS_BUCKETS,
  },
  {
    name: 'vke_autoscaler_passes_total',
    type: 'counter',
    help: 'Passes, by what came of them: decided, cloud-unreadable, not-leading.',
    labels: ['outcome'],
  },
  {
    name: 'vke_autoscaler_leader',
    type: 'gauge',
    help: 'Whether this process is the one that acts: 1 or 0.',
    labels: [],
  },
  {
    name: 'vke_autoscaler_hourly_price_dollars',
    type: 'gauge',
    help: 'US dollars an hour that the nodes of the pool cost, by its target size and the price of its plan.',
    labels: ['node_group'],
  },
  {
    name: 'vke_autoscaler_unpriced_nodes',
    type: 'gauge',
    help: 'Nodes of pools of which no price is known: they are in neither of the amounts of money.',
    labels: [],
  },
  {
    name: 'vke_autoscaler_saved_dollars_total',
    type: 'counter',
    help: 'US dollars saved since the start: against pools at their maximum, and against pools that never shrink.',
    labels: ['against'],
    initial: [{ against: 'maximum' }, { against: 'no-scale-down' }],
  },
  {
    name: 'vke_autoscaler_pending_pods',
    type: 'gauge',
    help: 'Pending pods by what becomes of them: helped, partly-helped, waits, cannot-be-helped.',
    labels: ['outcome'],
  },
  {
    name: 'vke_autoscaler_unhelped_pods',
    type: 'gauge',
    help: 'Pods that no node pool helps, by the first reason that a pool gives.',
    labels: ['reason'],
  },
  {
    name: 'vke_autoscaler_nodes_ready_seconds',
    type: 'histogram',
    help: 'From a request for nodes until all that the pool is to have are ready.',
    labels: ['node_group'],
    buckets: WAIT_BUCKETS,
  },
  {
    name: 'vke_autoscaler_wrong_predictions_total',
    type: 'counter',
    help: 'New nodes that did not take the pods they were asked for.',
    labels: ['node_group'],
  },
  {
    name: 'vke_autoscaler_shadow_findings_total',
    type: 'counter',
    help: 'With --shadow: what another autoscaler did, or did not do, by what this one wanted: agreed, sooner, only-they, only-we.',
    labels: ['what', 'verdict'],
  },
  {
    name: 'vke_autoscaler_cloud_errors_total',
    type: 'counter',
    help: 'Calls that the cloud did not do, or whose outcome is not known, by kind.',
    labels: ['kind'],
  },
] as const satisfies readonly Metric[];
