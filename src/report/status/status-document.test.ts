import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { parseDocument } from 'yaml';
import { aGroupExplanation, aRecord } from '../../explain/record.test-support.ts';
import { formatGoTime } from '../../runtime/timestamps.ts';
import { initialStatus, statusDocument, type StatusMemory } from './status-document.ts';

const NONE: StatusMemory = new Map();
const AT_MS = Date.UTC(2026, 7, 21, 16, 23, 0, 120);
const COUNTS = {
  registered: 3,
  ready: 3,
  notStarted: 0,
  suspended: 0,
  unready: 0,
  resourceUnready: 0,
  beingDeleted: 0,
  longUnregistered: 0,
  unregistered: 0,
};

function calm(): ReturnType<typeof aRecord> {
  return aRecord({
    atMs: AT_MS,
    cluster: { healthy: true, nodes: COUNTS, milliCpu: 0, memoryBytes: 0, taints: {} },
    groups: [aGroupExplanation({ id: 'pool-a', targetSize: 3, maxSize: 10, nodes: COUNTS })],
    nodes: [
      {
        node: 'web-1',
        group: 'web',
        utilization: 0.1,
        outcome: {
          kind: 'unneeded',
          sinceMs: 0,
          reason: { code: 'NotUnneededLongEnough', sinceMs: 0, untilMs: 600_000 },
        },
      },
    ],
  });
}

describe('the status ConfigMap', () => {
  it('is, byte for byte, what tools read from Cluster Autoscaler’s', () => {
    assert.equal(
      statusDocument(calm(), NONE).text,
      `autoscalerStatus: Running
clusterWide:
  health:
    lastProbeTime: "2026-08-21T16:23:00Z"
    lastTransitionTime: "2026-08-21T16:23:00Z"
    nodeCounts:
      longUnregistered: 0
      registered:
        notStarted: 0
        ready: 3
        suspended: 0
        total: 3
        unready:
          resourceUnready: 0
          total: 0
      unregistered: 0
    status: Healthy
  scaleDown:
    candidates: 1
    lastProbeTime: "2026-08-21T16:23:00Z"
    lastTransitionTime: "2026-08-21T16:23:00Z"
    status: CandidatesPresent
  scaleUp:
    lastProbeTime: "2026-08-21T16:23:00Z"
    lastTransitionTime: "2026-08-21T16:23:00Z"
    status: NoActivity
nodeGroups:
- health:
    cloudProviderTarget: 3
    lastProbeTime: "2026-08-21T16:23:00Z"
    lastTransitionTime: "2026-08-21T16:23:00Z"
    maxSize: 10
    minSize: 1
    nodeCounts:
      longUnregistered: 0
      registered:
        notStarted: 0
        ready: 3
        suspended: 0
        total: 3
        unready:
          resourceUnready: 0
          total: 0
      unregistered: 0
    status: Healthy
  name: pool-a
  scaleDown:
    candidates: 1
    lastProbeTime: "2026-08-21T16:23:00Z"
    lastTransitionTime: "2026-08-21T16:23:00Z"
    status: CandidatesPresent
  scaleUp:
    backoffInfo: {}
    lastProbeTime: "2026-08-21T16:23:00Z"
    lastTransitionTime: "2026-08-21T16:23:00Z"
    status: NoActivity
time: 2026-08-21 16:23:00.12 +0000 UTC
`,
    );
  });

  it('begins as Initializing, before any pass', () => {
    assert.equal(initialStatus(AT_MS), 'autoscalerStatus: Initializing\ntime: 2026-08-21 16:23:00.12 +0000 UTC\n');
    assert.equal(formatGoTime(Date.UTC(2026, 7, 21)), '2026-08-21 00:00:00 +0000 UTC');
  });

  it('keeps the time of the last change of each status while it stays', () => {
    const { memory } = statusDocument(calm(), NONE);
    const later = statusDocument({ ...calm(), atMs: AT_MS + 60_000, nodes: [] }, memory);
    const document = parseDocument(later.text);
    assert.equal(document.getIn(['clusterWide', 'health', 'lastTransitionTime']), '2026-08-21T16:23:00Z');
    assert.equal(document.getIn(['clusterWide', 'health', 'lastProbeTime']), '2026-08-21T16:24:00Z');
    assert.equal(document.getIn(['clusterWide', 'scaleDown', 'status']), 'NoCandidates');
    assert.equal(document.getIn(['clusterWide', 'scaleDown', 'lastTransitionTime']), '2026-08-21T16:24:00Z');
    assert.equal(document.hasIn(['clusterWide', 'scaleDown', 'candidates']), false);
  });

  it('says why a pool is left alone, and cuts long words of the cloud', () => {
    assert.match(said('late'), /backoffInfo:\n {6}errorCode: timeout\n {6}errorMessage: late\n/);
    const line = /errorMessage: (.*)/.exec(said('x'.repeat(900)))?.[1] ?? '';
    assert.equal(line.length, 500);
    assert.ok(line.endsWith('<truncated>'));
  });
});

/** Of a pool whose nodes did not come. */
function said(message: string): string {
  return statusDocument(
    aRecord({
      groups: [
        aGroupExplanation({ blocked: { code: 'GroupInBackoff', untilMs: 1, cause: 'provision-timeout', message } }),
      ],
    }),
    NONE,
  ).text;
}
