/** A pod's spec from JSON, read into its shape. Also used for the pod templates of DaemonSets. */
import type { NodeSelectorTerm, VolumeFacts } from '../cluster/facts.ts';
import { labelSelectorFromJson, requirementFromJson } from './json-metadata.ts';
import { inlineDiskFromJson } from './inline-disk.ts';
import type { JsonReader } from './json-reader.ts';
import {
  IGNORED_VOLUME_SOURCES,
  RESTART_ALL,
  type ContainerShape,
  type PodAffinityTermShape,
  type PodSpecShape,
  type PortShape,
  type TolerationShape,
  type TopologySpreadShape,
} from './pod-shape.ts';

const REQUIRED = 'requiredDuringSchedulingIgnoredDuringExecution';

export function podSpecFromJson(spec: JsonReader): PodSpecShape {
  const affinity = spec.objectOrEmpty('affinity');
  return {
    containers: spec.objects('containers').map(containerFromJson),
    initContainers: spec.objects('initContainers').map(containerFromJson),
    overhead: spec.quantities('overhead'),
    podRequests: spec.objectOrEmpty('resources').quantities('requests'),
    nodeSelector: Object.fromEntries(spec.entries('nodeSelector')),
    requiredNodeAffinity: affinity
      .objectOrEmpty('nodeAffinity')
      .object(REQUIRED)
      ?.objects('nodeSelectorTerms')
      .map(nodeSelectorTermFromJson),
    tolerations: spec.objects('tolerations').map(tolerationFromJson),
    topologySpread: spec.objects('topologySpreadConstraints').map(topologySpreadFromJson),
    requiredPodAffinity: affinity.objectOrEmpty('podAffinity').objects(REQUIRED).map(podAffinityTermFromJson),
    requiredPodAntiAffinity: affinity.objectOrEmpty('podAntiAffinity').objects(REQUIRED).map(podAffinityTermFromJson),
    volumes: spec.objects('volumes').flatMap(volumeFromJson),
    resourceClaims: spec.objects('resourceClaims').map((claim) => claim.text('name')),
    schedulingGates: spec.objects('schedulingGates').map((gate) => gate.text('name')),
    priority: spec.integer('priority'),
    priorityClassName: spec.text('priorityClassName'),
    preemptionPolicy: spec.text('preemptionPolicy'),
    schedulerName: spec.text('schedulerName'),
    terminationGracePeriodSeconds: spec.integer('terminationGracePeriodSeconds'),
    restartPolicy: spec.text('restartPolicy'),
  };
}

function containerFromJson(container: JsonReader): ContainerShape {
  return {
    name: container.text('name'),
    requests: container.objectOrEmpty('resources').quantities('requests'),
    ports: container.objects('ports').map(portFromJson),
    restartPolicy: container.text('restartPolicy'),
    restartsAll: container.objects('restartPolicyRules').some((rule) => rule.text('action') === RESTART_ALL),
  };
}

function portFromJson(port: JsonReader): PortShape {
  return { hostPort: port.integer('hostPort') ?? 0, protocol: port.text('protocol'), hostIP: port.text('hostIP') };
}

function tolerationFromJson(toleration: JsonReader): TolerationShape {
  return {
    key: toleration.text('key'),
    operator: toleration.text('operator'),
    value: toleration.text('value'),
    effect: toleration.text('effect'),
  };
}

function topologySpreadFromJson(constraint: JsonReader): TopologySpreadShape {
  return {
    maxSkew: constraint.integer('maxSkew') ?? 0,
    topologyKey: constraint.text('topologyKey'),
    whenUnsatisfiable: constraint.text('whenUnsatisfiable'),
    labelSelector: labelSelectorFromJson(constraint, 'labelSelector'),
    minDomains: constraint.integer('minDomains'),
    nodeAffinityPolicy: constraint.text('nodeAffinityPolicy'),
    nodeTaintsPolicy: constraint.text('nodeTaintsPolicy'),
    matchLabelKeys: constraint.texts('matchLabelKeys'),
  };
}

function nodeSelectorTermFromJson(term: JsonReader): NodeSelectorTerm {
  return {
    matchExpressions: term.objects('matchExpressions').map(requirementFromJson),
    matchFields: term.objects('matchFields').map(requirementFromJson),
  };
}

function podAffinityTermFromJson(term: JsonReader): PodAffinityTermShape {
  return {
    labelSelector: labelSelectorFromJson(term, 'labelSelector'),
    topologyKey: term.text('topologyKey'),
    namespaces: term.texts('namespaces'),
    namespaceSelector: labelSelectorFromJson(term, 'namespaceSelector'),
    matchLabelKeys: term.texts('matchLabelKeys'),
    mismatchLabelKeys: term.texts('mismatchLabelKeys'),
  };
}

function volumeFromJson(volume: JsonReader): readonly VolumeFacts[] {
  const name = volume.text('name');
  const emptyDir = volume.object('emptyDir');
  if (emptyDir !== undefined) return [{ kind: 'emptyDir', name, medium: emptyDir.text('medium') }];
  if (volume.has('hostPath')) return [{ kind: 'hostPath', name }];
  const claim = volume.object('persistentVolumeClaim');
  if (claim !== undefined) {
    return [{ kind: 'claim', name, claimName: claim.text('claimName'), readOnly: claim.boolean('readOnly') }];
  }
  if (volume.has('ephemeral')) return [{ kind: 'ephemeral', name }];
  const source = volume.keys().find((key) => key !== 'name');
  if (source === undefined || IGNORED_VOLUME_SOURCES.has(source)) return [];
  const disk = inlineDiskFromJson(source, volume.objectOrEmpty(source));
  return [disk === undefined ? { kind: 'inline', name, source } : { kind: 'inline', name, source, disk }];
}
