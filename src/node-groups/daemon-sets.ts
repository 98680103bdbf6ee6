/** The pods that DaemonSets would put on a node that is not there yet. */
import type { Cluster } from '../cluster/cluster.ts';
import type { ControllerFacts, NodeFacts, PodFacts, PodSpecFacts, Taint, Toleration } from '../cluster/facts.ts';
import { staticRejection } from '../scheduling/static-verdicts.ts';

/** A pod of each wanted DaemonSet that would run on the node, in the order of names. Too big a pod is listed as well. */
export function* daemonSetPods(
  cluster: Cluster,
  node: NodeFacts,
  wanted: (daemonSet: ControllerFacts, spec: PodSpecFacts) => boolean,
): Generator<PodFacts> {
  const daemonSets = [...cluster.controllers()]
    .filter(({ kind }) => kind === 'DaemonSet')
    .toSorted((a, b) => (`${a.namespace}/${a.name}` < `${b.namespace}/${b.name}` ? -1 : 1));
  for (const daemonSet of daemonSets) {
    if (daemonSet.podTemplate === undefined) continue;
    const spec = tolerant(daemonSet.podTemplate.spec);
    // The DaemonSet controller itself asks only these filters: node affinity and taints, not resources.
    if (!wanted(daemonSet, spec) || staticRejection(spec, node) !== undefined) continue;
    yield podOf(daemonSet, daemonSet.podTemplate, spec);
  }
}

function podOf(
  daemonSet: ControllerFacts,
  template: NonNullable<ControllerFacts['podTemplate']>,
  spec: PodSpecFacts,
): PodFacts {
  const { namespace, name, uid } = daemonSet;
  return {
    uid: `${uid}-of-template`,
    namespace,
    name: `${name}-of-template`,
    resourceVersion: '',
    labels: template.labels,
    annotations: template.annotations,
    controller: { apiVersion: 'apps/v1', kind: 'DaemonSet', name, uid },
    createdAtMs: 0,
    deletion: undefined,
    nodeName: '',
    nominatedNodeName: '',
    phase: 'Running',
    unschedulable: false,
    scheduledConditionAtMs: undefined,
    ready: true,
    spec,
  };
}

const DAEMON_TOLERATIONS: readonly Toleration[] = [
  tolerates('node.kubernetes.io/not-ready', 'NoExecute'),
  tolerates('node.kubernetes.io/unreachable', 'NoExecute'),
  tolerates('node.kubernetes.io/disk-pressure', 'NoSchedule'),
  tolerates('node.kubernetes.io/memory-pressure', 'NoSchedule'),
  tolerates('node.kubernetes.io/pid-pressure', 'NoSchedule'),
  tolerates('node.kubernetes.io/unschedulable', 'NoSchedule'),
];

function tolerates(key: string, effect: Taint['effect']): Toleration {
  return { key, operator: 'Exists', value: '', effect };
}

const tolerantSpecs = new WeakMap<PodSpecFacts, PodSpecFacts>();

/** The spec as the DaemonSet controller completes it; the same object each time. */
function tolerant(spec: PodSpecFacts): PodSpecFacts {
  let completed = tolerantSpecs.get(spec);
  if (completed === undefined) {
    completed = { ...spec, tolerations: [...spec.tolerations, ...DAEMON_TOLERATIONS] };
    tolerantSpecs.set(spec, completed);
  }
  return completed;
}
