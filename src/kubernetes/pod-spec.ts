/**
 * From a pod's spec as written to its facts: defaults filled in, amounts summed, unions closed. Both wire formats and the
 * DaemonSet templates come through here, so a spec means the same however it arrived.
 */
import type { HostPort, PodSpecFacts, TaintEffect, Toleration, TopologySpreadConstraint } from '../cluster/facts.ts';
import { MalformedObject } from './decode-result.ts';
import { inKeyOrder } from './intern.ts';
import { effectiveRequests } from './pod-requests.ts';
import { problemOf } from './pod-problems.ts';
import {
  NOTHING_PLACED,
  type ContainerShape,
  type PodSpecShape,
  type TolerationShape,
  type TopologySpreadShape,
} from './pod-shape.ts';

const DEFAULT_SCHEDULER = 'default-scheduler';
const DEFAULT_GRACE_SECONDS = 30;

export function podSpecFacts(spec: PodSpecShape, placed = NOTHING_PLACED): PodSpecFacts {
  return Object.freeze({
    requests: effectiveRequests(spec, placed),
    nodeSelector: Object.fromEntries(inKeyOrder(Object.entries(spec.nodeSelector))),
    requiredNodeAffinity: spec.requiredNodeAffinity,
    tolerations: spec.tolerations.flatMap(tolerationFacts),
    topologySpread: spec.topologySpread.map(topologySpreadFacts),
    requiredPodAffinity: spec.requiredPodAffinity,
    requiredPodAntiAffinity: spec.requiredPodAntiAffinity,
    hostPorts: hostPorts(spec),
    volumes: spec.volumes,
    resourceClaims: spec.resourceClaims,
    schedulingGates: spec.schedulingGates,
    ...priority(spec),
    preemptionPolicy: spec.preemptionPolicy === 'Never' ? 'Never' : 'PreemptLowerPriority',
    schedulerName: spec.schedulerName === '' ? DEFAULT_SCHEDULER : spec.schedulerName,
    terminationGracePeriodSeconds: spec.terminationGracePeriodSeconds ?? DEFAULT_GRACE_SECONDS,
    restartPolicy: restartPolicy(spec.restartPolicy),
    ...requiredFeatures(spec),
    ...problem(spec),
  });
}

/** The classes that every cluster has: templates name them, and admission writes their value on pods alone. */
const SYSTEM_PRIORITIES: ReadonlyMap<string, number> = new Map([
  ['system-cluster-critical', 2_000_000_000],
  ['system-node-critical', 2_000_001_000],
]);

function priority({
  priority: written,
  priorityClassName,
}: PodSpecShape): Pick<PodSpecFacts, 'priority' | 'hasNoPriority'> {
  const value = written ?? SYSTEM_PRIORITIES.get(priorityClassName);
  return value === undefined ? { priority: 0, hasNoPriority: true } : { priority: value };
}

/** The features that the scheduler infers from a spec; others matter to changes of running pods only. */
function requiredFeatures(spec: PodSpecShape): Pick<PodSpecFacts, 'requiredFeatures'> {
  const restartsAll = [...spec.containers, ...spec.initContainers].some((container) => container.restartsAll);
  return restartsAll ? { requiredFeatures: ['RestartAllContainersOnContainerExits'] } : {};
}

function problem(spec: PodSpecShape): Pick<PodSpecFacts, 'problem'> {
  const found = problemOf(spec);
  return found === undefined ? {} : { problem: found };
}

/** The effect of a taint. Guessing at an unknown one could let a pod land wrongly. */
export function taintEffect(text: string, field: string): TaintEffect {
  if (isTaintEffect(text)) return text;
  throw new MalformedObject(field, `unknown effect "${text}"`);
}

function isTaintEffect(text: string): text is TaintEffect {
  return text === 'NoSchedule' || text === 'PreferNoSchedule' || text === 'NoExecute';
}

/** A toleration by an operator unknown here (the numeric `Lt`, `Gt`), or of an unknown effect, tolerates nothing. */
function tolerationFacts(shape: TolerationShape): readonly Toleration[] {
  const operator = shape.operator === '' ? 'Equal' : shape.operator;
  if (operator !== 'Equal' && operator !== 'Exists') return [];
  const { effect } = shape;
  if (effect !== '' && !isTaintEffect(effect)) return [];
  return [{ key: shape.key, operator, value: shape.value, effect }];
}

function topologySpreadFacts(shape: TopologySpreadShape): TopologySpreadConstraint {
  return {
    ...shape,
    whenUnsatisfiable: shape.whenUnsatisfiable === 'ScheduleAnyway' ? 'ScheduleAnyway' : 'DoNotSchedule',
    nodeAffinityPolicy: shape.nodeAffinityPolicy === 'Ignore' ? 'Ignore' : 'Honor',
    nodeTaintsPolicy: shape.nodeTaintsPolicy === 'Honor' ? 'Honor' : 'Ignore',
  };
}

function hostPorts(spec: PodSpecShape): readonly HostPort[] {
  const sidecars = spec.initContainers.filter((container) => container.restartPolicy === 'Always');
  return [...spec.containers, ...sidecars].flatMap((container) => containerHostPorts(container));
}

function containerHostPorts(container: ContainerShape): readonly HostPort[] {
  return container.ports
    .filter((port) => port.hostPort > 0)
    .map((port) => ({
      hostIP: port.hostIP === '' ? '0.0.0.0' : port.hostIP,
      protocol: protocol(port.protocol),
      port: port.hostPort,
    }));
}

function protocol(text: string): HostPort['protocol'] {
  return text === 'UDP' || text === 'SCTP' ? text : 'TCP';
}

function restartPolicy(text: string): PodSpecFacts['restartPolicy'] {
  return text === 'Never' || text === 'OnFailure' ? text : 'Always';
}
