/** Records for tests: empty unless said otherwise. */
import type { DecisionRecord, GroupExplanation, NodeCounts } from './record.ts';

const NO_NODES: NodeCounts = {
  registered: 0,
  ready: 0,
  notStarted: 0,
  suspended: 0,
  unready: 0,
  resourceUnready: 0,
  beingDeleted: 0,
  longUnregistered: 0,
  unregistered: 0,
};

export function aRecord(said: Partial<DecisionRecord> = {}): DecisionRecord {
  return {
    schema: 1,
    id: 'r-1',
    pass: 1,
    atMs: 0,
    triggers: ['timer'],
    pods: [],
    nodes: [],
    groups: [],
    actions: [],
    cluster: { healthy: true, nodes: NO_NODES, milliCpu: 0, memoryBytes: 0, taints: {} },
    ...said,
  };
}

/** A pool of one ready node, 1 to 4, unless said otherwise. */
export function aGroupExplanation(said: Partial<GroupExplanation> = {}): GroupExplanation {
  return {
    id: 'g',
    name: 'web',
    minSize: 1,
    maxSize: 4,
    targetSize: 1,
    registered: 1,
    ready: 1,
    upcoming: 0,
    nodes: { ...NO_NODES, registered: 1, ready: 1 },
    shape: undefined,
    pricePerHour: undefined,
    blocked: undefined,
    ...said,
  };
}
