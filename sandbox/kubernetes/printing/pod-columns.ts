/** The columns of pods, and above all their status: the one word that sums up phase, conditions and containers. */
import { isRecord, listAt, numberAt, textAt, valueAt } from '../json.ts';
import type { KubeObject } from '../object.ts';
import { AGE, NAME, column, orNone, wide } from './column.ts';
import type { Column } from './column.ts';
import { age } from './human-duration.ts';

export const podColumns: readonly Column[] = [
  NAME,
  column('Ready', (pod) => {
    const statuses = listAt(pod.status, 'containerStatuses');
    const ready = statuses.filter((status) => valueAt(status, 'ready') === true).length;
    return `${ready}/${listAt(pod.spec, 'containers').length}`;
  }),
  column('Status', podStatus),
  column('Restarts', restarts),
  AGE,
  wide('IP', (pod) => orNone(textAt(pod.status, 'podIP'))),
  wide('Node', (pod) => orNone(textAt(pod.spec, 'nodeName'))),
  wide('Nominated Node', (pod) => orNone(textAt(pod.status, 'nominatedNodeName'))),
  wide('Readiness Gates', readinessGates),
];

function podStatus(pod: KubeObject): string {
  const lost = textAt(pod.status, 'reason') === 'NodeLost';
  if (pod.metadata.deletionTimestamp !== undefined) return lost ? 'Unknown' : 'Terminating';
  return initStatus(pod) ?? containerStatus(pod);
}

/** `Init:1/3`, `Init:CrashLoopBackOff` … while init containers still hold the pod back. */
function initStatus(pod: KubeObject): string | undefined {
  const statuses = listAt(pod.status, 'initContainerStatuses');
  const total = listAt(pod.spec, 'initContainers').length;
  for (const [index, status] of statuses.entries()) {
    const terminated = valueAt(status, 'state', 'terminated');
    const code = numberAt(terminated, 'exitCode');
    if (code === 0 || valueAt(status, 'started') === true) continue;
    const waiting = textAt(status, 'state', 'waiting', 'reason');
    if (isRecord(terminated)) return `Init:${textAt(terminated, 'reason') || `ExitCode:${code}`}`;
    return waiting === '' || waiting === 'PodInitializing' ? `Init:${index}/${total}` : `Init:${waiting}`;
  }
  return undefined;
}

function containerStatus(pod: KubeObject): string {
  let word = textAt(pod.status, 'reason') || textAt(pod.status, 'phase');
  const conditions = listAt(pod.status, 'conditions');
  const isGated = conditions.some((condition) => textAt(condition, 'reason') === 'SchedulingGated');
  if (isGated) word = 'SchedulingGated';
  let running = false;
  // The first container's word counts, so they are read from the last to the first.
  for (const status of listAt(pod.status, 'containerStatuses').toReversed()) {
    const waiting = textAt(status, 'state', 'waiting', 'reason');
    const terminated = valueAt(status, 'state', 'terminated');
    if (waiting !== '') word = waiting;
    else if (isRecord(terminated))
      word = textAt(terminated, 'reason') || `ExitCode:${numberAt(terminated, 'exitCode')}`;
    else if (valueAt(status, 'ready') === true) running = true;
  }
  if (word !== 'Completed' || !running) return word;
  const isReady = conditions.some((one) => textAt(one, 'type') === 'Ready' && textAt(one, 'status') === 'True');
  return isReady ? 'Running' : 'NotReady';
}

/** `2`, or `2 (5m ago)` when the time of the last one is known. */
function restarts(pod: KubeObject, nowMs: number): string {
  let count = 0;
  let last = '';
  for (const status of listAt(pod.status, 'containerStatuses')) {
    count += numberAt(status, 'restartCount') ?? 0;
    const finishedAt = textAt(status, 'lastState', 'terminated', 'finishedAt');
    if (finishedAt > last) last = finishedAt;
  }
  return count > 0 && last !== '' ? `${count} (${age(last, nowMs)} ago)` : String(count);
}

function readinessGates(pod: KubeObject): string {
  const gates = listAt(pod.spec, 'readinessGates').map((gate) => textAt(gate, 'conditionType'));
  if (gates.length === 0) return '<none>';
  const isTrue = (gate: string): boolean =>
    listAt(pod.status, 'conditions').some((one) => textAt(one, 'type') === gate && textAt(one, 'status') === 'True');
  return `${gates.filter(isTrue).length}/${gates.length}`;
}
