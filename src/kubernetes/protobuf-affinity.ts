/** A pod's affinity and topology spread from protobuf, read into their shapes. */
import type { NodeSelectorTerm, SelectorRequirement } from '../cluster/facts.ts';
import type { PodAffinityTermShape, TopologySpreadShape } from './pod-shape.ts';
import { readLabelSelector, readRequirement } from './protobuf-metadata.ts';
import { eachField, type ProtobufReader } from './protobuf-reader.ts';

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

export interface AffinityShape {
  node: NodeSelectorTerm[] | undefined;
  readonly pod: PodAffinityTermShape[];
  readonly antiPod: PodAffinityTermShape[];
}

export function readAffinity(reader: ProtobufReader, into: AffinityShape): void {
  eachField(reader, (field) => {
    if (field === 1) {
      eachField(reader, (inner) => {
        if (inner === 1) into.node = readNodeSelector(reader);
      });
    } else if (field === 2 || field === 3) {
      const terms = field === 2 ? into.pod : into.antiPod;
      eachField(reader, (inner) => {
        if (inner === 1) terms.push(readPodAffinityTerm(reader));
      });
    }
  });
}

function readNodeSelector(reader: ProtobufReader): NodeSelectorTerm[] {
  const terms: NodeSelectorTerm[] = [];
  eachField(reader, (field) => {
    if (field === 1) terms.push(readNodeSelectorTerm(reader));
  });
  return terms;
}

function readNodeSelectorTerm(reader: ProtobufReader): NodeSelectorTerm {
  const matchExpressions: SelectorRequirement[] = [];
  const matchFields: SelectorRequirement[] = [];
  eachField(reader, (field) => {
    if (field === 1) matchExpressions.push(readRequirement(reader));
    else if (field === 2) matchFields.push(readRequirement(reader));
  });
  return { matchExpressions, matchFields };
}

function readPodAffinityTerm(reader: ProtobufReader): PodAffinityTermShape {
  const namespaces: string[] = [];
  const matchLabelKeys: string[] = [];
  const mismatchLabelKeys: string[] = [];
  const term: Mutable<PodAffinityTermShape> = {
    labelSelector: undefined,
    topologyKey: '',
    namespaces,
    namespaceSelector: undefined,
    matchLabelKeys,
    mismatchLabelKeys,
  };
  eachField(reader, (field) => {
    if (field === 1) term.labelSelector = readLabelSelector(reader);
    else if (field === 2) namespaces.push(reader.text());
    else if (field === 3) term.topologyKey = reader.text();
    else if (field === 4) term.namespaceSelector = readLabelSelector(reader);
    else if (field === 5) matchLabelKeys.push(reader.text());
    else if (field === 6) mismatchLabelKeys.push(reader.text());
  });
  return term;
}

export function readTopologySpread(reader: ProtobufReader): TopologySpreadShape {
  const matchLabelKeys: string[] = [];
  const spread: Mutable<TopologySpreadShape> = {
    maxSkew: 0,
    topologyKey: '',
    whenUnsatisfiable: '',
    labelSelector: undefined,
    minDomains: undefined,
    nodeAffinityPolicy: '',
    nodeTaintsPolicy: '',
    matchLabelKeys,
  };
  eachField(reader, (field) => {
    if (field === 1) spread.maxSkew = reader.integer();
    else if (field === 2) spread.topologyKey = reader.text();
    else if (field === 3) spread.whenUnsatisfiable = reader.text();
    else if (field === 4) spread.labelSelector = readLabelSelector(reader);
    else if (field === 5) spread.minDomains = reader.integer();
    else if (field === 6) spread.nodeAffinityPolicy = reader.text();
    else if (field === 7) spread.nodeTaintsPolicy = reader.text();
    else if (field === 8) matchLabelKeys.push(reader.text());
  });
  return spread;
}
