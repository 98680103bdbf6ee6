/**
 * What the API server adds to a pod's spec: its defaults, and what the always-on admission plugins (priority, default
 * tolerations) fill in. Only the fields that scheduling, draining and printing read; the rest stays as sent.
 */
import { isRecord, listAt, numberAt, recordAt, textAt } from './json.ts';
import type { JsonObject } from './object.ts';

/** What the admission plugin `Priority` makes of a class name. */
export interface ResolvedPriority {
  /** The class's own name: for the empty name the global default's, or ''. */
  readonly className: string;
  readonly value: number;
  readonly preemptionPolicy: string;
}

/** The wait that the admission plugin DefaultTolerationSeconds grants to pods on a node that stops answering. */
const UNREACHABLE_SECONDS = 300;
const UNREACHABLE_TAINTS = ['node.kubernetes.io/not-ready', 'node.kubernetes.io/unreachable'];

/** The defaults that a pod template gets, too. */
export function defaultedPodSpec(spec: Readonly<JsonObject>): JsonObject {
  const initContainers = listAt(spec, 'initContainers');
  const hostNetwork = spec['hostNetwork'] === true;
  return {
    restartPolicy: 'Always',
    terminationGracePeriodSeconds: 30,
    dnsPolicy: 'ClusterFirst',
    schedulerName: 'default-scheduler',
    securityContext: {},
    ...spec,
    containers: listAt(spec, 'containers').map((container) => defaultedContainer(container, hostNetwork)),
    ...(initContainers.length > 0 && {
      initContainers: initContainers.map((container) => defaultedContainer(container, hostNetwork)),
    }),
  };
}

/** The spec of a pod itself: as a template's, with priority and tolerations. */
export function admittedPodSpec(spec: Readonly<JsonObject>, priority: ResolvedPriority): JsonObject {
  return {
    enableServiceLinks: true,
    ...defaultedPodSpec(spec),
    ...(priority.className !== '' && { priorityClassName: priority.className }),
    priority: priority.value,
    preemptionPolicy: textAt(spec, 'preemptionPolicy') || priority.preemptionPolicy,
    tolerations: admittedTolerations(listAt(spec, 'tolerations')),
  };
}

function defaultedContainer(container: unknown, hostNetwork: boolean): unknown {
  if (!isRecord(container)) return container;
  const limits = recordAt(container, 'resources', 'limits');
  const requests = { ...limits, ...recordAt(container, 'resources', 'requests') };
  const ports = listAt(container, 'ports').map((port) => defaultedPort(recordAt(port), hostNetwork));
  return {
    imagePullPolicy: 'IfNotPresent',
    ...container,
    ...(ports.length > 0 && { ports }),
    resources: { ...recordAt(container, 'resources'), ...(Object.keys(requests).length > 0 && { requests }) },
  };
}

/** A port of a pod on its node's network is a port of the node. */
function defaultedPort(port: Readonly<JsonObject>, hostNetwork: boolean): JsonObject {
  const { containerPort } = port;
  return { protocol: 'TCP', ...(hostNetwork && { hostPort: containerPort }), ...port };
}

function admittedTolerations(tolerations: readonly unknown[]): unknown[] {
  const missing = UNREACHABLE_TAINTS.filter((key) => !tolerations.some((toleration) => tolerates(toleration, key)));
  return [
    ...tolerations,
    ...missing.map((key) => ({
      key,
      operator: 'Exists',
      effect: 'NoExecute',
      tolerationSeconds: UNREACHABLE_SECONDS,
    })),
  ];
}

function tolerates(toleration: unknown, key: string): boolean {
  const effect = textAt(toleration, 'effect');
  const tolerated = textAt(toleration, 'key');
  const everyKey = tolerated === '' && textAt(toleration, 'operator') === 'Exists';
  return (everyKey || tolerated === key) && (effect === '' || effect === 'NoExecute');
}

/** `Guaranteed`, `Burstable` or `BestEffort`, from the CPU and memory of all containers. */
export function qosClass(spec: Readonly<JsonObject>): string {
  const containers = [...listAt(spec, 'containers'), ...listAt(spec, 'initContainers')];
  let any = false;
  let guaranteed = true;
  for (const container of containers) {
    for (const resource of ['cpu', 'memory']) {
      const request = amountAt(container, 'requests', resource);
      const limit = amountAt(container, 'limits', resource);
      any ||= request !== '' || limit !== '';
      guaranteed &&= limit !== '' && request === limit;
    }
  }
  if (!any) return 'BestEffort';
  return guaranteed ? 'Guaranteed' : 'Burstable';
}

function amountAt(container: unknown, side: 'requests' | 'limits', resource: string): string {
  const amounts = recordAt(container, 'resources', side);
  return textAt(amounts, resource) || (numberAt(amounts, resource)?.toString() ?? '');
}
