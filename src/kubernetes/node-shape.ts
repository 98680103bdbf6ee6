/** What is read of a node, from either wire format, and the facts made of it. */
import type { NodeCondition, Taint } from '../cluster/facts.ts';
import type { Decoded } from './decode-result.ts';
import { checkIdentity, type ObjectMetadata } from './object-metadata.ts';
import { readResourceList } from './pod-requests.ts';
import type { QuantityTexts } from './pod-shape.ts';
import { taintEffect } from './pod-spec.ts';
import type { ConditionShape } from './pod-status.ts';

export interface NodeShape {
  providerID: string;
  unschedulable: boolean;
  readonly taints: TaintShape[];
  capacity: QuantityTexts;
  allocatable: QuantityTexts;
  readonly conditions: ConditionShape[];
  declaredFeatures: readonly string[];
}

export interface TaintShape {
  readonly key: string;
  readonly value: string;
  readonly effect: string;
}

export function newNodeShape(): NodeShape {
  return {
    providerID: '',
    unschedulable: false,
    taints: [],
    capacity: {},
    allocatable: {},
    conditions: [],
    declaredFeatures: [],
  };
}

export function decodedNode(metadata: ObjectMetadata, node: NodeShape): Decoded {
  checkIdentity(metadata);
  return {
    key: metadata.name,
    uid: metadata.uid,
    resourceVersion: metadata.resourceVersion,
    event: {
      kind: 'node',
      node: {
        name: metadata.name,
        uid: metadata.uid,
        resourceVersion: metadata.resourceVersion,
        providerID: node.providerID,
        labels: metadata.labels,
        annotations: metadata.annotations,
        taints: node.taints.map(taintFacts),
        unschedulable: node.unschedulable,
        createdAtMs: metadata.createdAtMs,
        deleting: metadata.deletedAtMs !== undefined,
        capacity: readResourceList(node.capacity, 'status.capacity'),
        allocatable: readResourceList(node.allocatable, 'status.allocatable'),
        conditions: node.conditions.map(conditionFacts),
        ...(node.declaredFeatures.length === 0 ? {} : { declaredFeatures: node.declaredFeatures }),
      },
    },
  };
}

function taintFacts(shape: TaintShape, index: number): Taint {
  return { key: shape.key, value: shape.value, effect: taintEffect(shape.effect, `spec.taints[${index}].effect`) };
}

function conditionFacts(shape: ConditionShape): NodeCondition {
  const status = shape.status === 'True' || shape.status === 'False' ? shape.status : 'Unknown';
  return { type: shape.type, status, reason: shape.reason, lastTransitionAtMs: shape.lastTransitionAtMs ?? 0 };
}
