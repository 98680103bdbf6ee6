/**
 * The text of the status ConfigMap, by the schema of Cluster Autoscaler's: what it was at, for the cluster and for each
 * node group, and since when. Pure; what has to be remembered from text to text is {@link StatusMemory}.
 */
import type { DecisionRecord, GroupExplanation, NodeCounts } from '../../explain/record.ts';
import { formatGoTime, formatTimestamp } from '../../runtime/timestamps.ts';
import { backoffCode } from '../metrics/state-metrics.ts';
import { yamlText, type YamlMap } from './yaml-text.ts';

/** By a name for what has the status: the status, and since when it is that. */
export type StatusMemory = ReadonlyMap<string, { readonly status: string; readonly sinceMs: number }>;

const LONGEST_MESSAGE = 500;
const CUT = '<truncated>';

/** Before the first pass. */
export function initialStatus(now: number): string {
  return yamlText({ time: formatGoTime(now), autoscalerStatus: 'Initializing' });
}

export function statusDocument(
  record: DecisionRecord,
  before: StatusMemory,
): { readonly text: string; readonly memory: StatusMemory } {
  const { atMs, cluster, groups } = record;
  const writing = new Writing(before, atMs);
  const candidates = candidatesByGroup(record);
  const total = [...candidates.values()].reduce((sum, count) => sum + count, 0);
  const isGrowing = groups.some((group) => group.upcoming > 0);
  const text = yamlText({
    time: formatGoTime(atMs),
    autoscalerStatus: 'Running',
    clusterWide: {
      health: {
        ...writing.timed('health', cluster.healthy ? 'Healthy' : 'Unhealthy'),
        nodeCounts: countsOf(cluster.nodes),
      },
      scaleUp: writing.timed('scaleUp', isGrowing ? 'InProgress' : 'NoActivity'),
      scaleDown: writing.scaleDown('scaleDown', total),
    },
    nodeGroups: groups.length === 0 ? undefined : groups.map((group) => groupStatus(group, candidates, writing)),
  });
  return { text, memory: writing.memory };
}

function groupStatus(group: GroupExplanation, candidates: ReadonlyMap<string, number>, writing: Writing): YamlMap {
  const { id, name, blocked, maxSize, minSize, nodes, targetSize } = group;
  const isHealthy = blocked?.code !== 'GroupUnhealthy';
  return {
    name: id,
    health: {
      ...writing.timed(`health ${id}`, isHealthy ? 'Healthy' : 'Unhealthy'),
      nodeCounts: countsOf(nodes),
      cloudProviderTarget: targetSize,
      maxSize,
      minSize,
    },
    scaleUp: {
      ...writing.timed(`scaleUp ${id}`, growthStatus(group)),
      backoffInfo: growthStatus(group) === 'Backoff' ? backoffInfo(group) : {},
    },
    scaleDown: writing.scaleDown(`scaleDown ${id}`, candidates.get(name) ?? 0),
  };
}

function growthStatus({ blocked, upcoming }: GroupExplanation): string {
  if (upcoming > 0) return 'InProgress';
  if (blocked?.code === 'GroupUnhealthy') return 'Unhealthy';
  return blocked?.code === 'GroupInBackoff' ? 'Backoff' : 'NoActivity';
}

function backoffInfo({ blocked }: GroupExplanation): YamlMap {
  if (blocked?.code !== 'GroupInBackoff') return {};
  const { cause, message } = blocked;
  const isLong = message.length > LONGEST_MESSAGE;
  return {
    errorCode: backoffCode(cause),
    errorMessage: isLong ? `${message.slice(0, LONGEST_MESSAGE - CUT.length)}${CUT}` : message,
  };
}

function countsOf(counts: NodeCounts): YamlMap {
  return {
    registered: {
      total: counts.registered,
      ready: counts.ready,
      notStarted: counts.notStarted,
      suspended: counts.suspended,
      beingDeleted: counts.beingDeleted === 0 ? undefined : counts.beingDeleted,
      unready: { total: counts.unready, resourceUnready: counts.resourceUnready },
    },
    longUnregistered: counts.longUnregistered,
    unregistered: counts.unregistered,
  };
}

/** How many nodes of each group, by its name, may go. */
function candidatesByGroup({ nodes }: DecisionRecord): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const { group, outcome } of nodes) {
    if (outcome.kind === 'unneeded' || outcome.kind === 'removed') counts.set(group, (counts.get(group) ?? 0) + 1);
  }
  return counts;
}

/** Gives each status its times, and remembers it. */
class Writing {
  readonly memory = new Map<string, { readonly status: string; readonly sinceMs: number }>();
  readonly #before: StatusMemory;
  readonly #now: number;

  constructor(before: StatusMemory, now: number) {
    this.#before = before;
    this.#now = now;
  }

  timed(what: string, status: string): YamlMap {
    const before = this.#before.get(what);
    const sinceMs = before?.status === status ? before.sinceMs : this.#now;
    this.memory.set(what, { status, sinceMs });
    return { status, lastProbeTime: formatTimestamp(this.#now), lastTransitionTime: formatTimestamp(sinceMs) };
  }

  scaleDown(what: string, candidates: number): YamlMap {
    const status = candidates > 0 ? 'CandidatesPresent' : 'NoCandidates';
    return { ...this.timed(what, status), candidates: candidates === 0 ? undefined : candidates };
  }
}
