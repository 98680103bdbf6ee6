/** A pod from JSON to facts: the path for servers that do not speak protobuf, and for recorded objects. */
import { atTheDoor, MalformedObject, type DecodeResult } from './decode-result.ts';
import type { Interner } from './intern.ts';
import { conditionFromJson, metadataFromJson } from './json-metadata.ts';
import { podSpecFromJson } from './json-pod-spec.ts';
import { JsonReader } from './json-reader.ts';
import { newPartialIdentity } from './object-metadata.ts';
import { NOTHING_PLACED, type PlacedResourcesShape, type SetAsideShape } from './pod-shape.ts';
import { podSpecFacts } from './pod-spec.ts';
import { applyPodCondition, decodedPod, newPodStatus } from './pod-status.ts';

/** Decodes a parsed Pod. */
export function decodePodJson(value: unknown, interner: Interner): DecodeResult {
  const identity = newPartialIdentity();
  return atTheDoor(identity, () => {
    const root = JsonReader.of(value);
    const metadata = metadataFromJson(root, interner, identity);
    const spec = root.object('spec');
    if (spec === undefined) throw new MalformedObject('spec', 'missing');
    const statusJson = root.objectOrEmpty('status');
    const status = newPodStatus();
    status.phase = statusJson.text('phase');
    status.nominatedNodeName = statusJson.text('nominatedNodeName');
    for (const condition of statusJson.objects('conditions')) applyPodCondition(status, conditionFromJson(condition));
    const nodeName = interner.text(spec.text('nodeName'));
    const placed = nodeName === '' ? NOTHING_PLACED : placedFromJson(statusJson, status.resizeInfeasible);
    const facts = interner.spec(podSpecFacts(podSpecFromJson(spec), placed));
    return decodedPod(metadata, status, { nodeName, spec: facts });
  });
}

function placedFromJson(status: JsonReader, resizeInfeasible: boolean): PlacedResourcesShape {
  const statuses = [...status.objects('containerStatuses'), ...status.objects('initContainerStatuses')];
  return {
    containers: statuses.map((container) => ({ name: container.text('name'), ...setAsideFromJson(container) })),
    pod: setAsideFromJson(status),
    resizeInfeasible,
  };
}

function setAsideFromJson(parent: JsonReader): SetAsideShape {
  return {
    allocated: parent.quantities('allocatedResources'),
    inForce: parent.objectOrEmpty('resources').quantities('requests'),
  };
}
