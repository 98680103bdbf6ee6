/** The columns of the kinds that keep pods. */
import { parseTimestamp } from '../../../src/runtime/timestamps.ts';
import { listAt, numberAt, recordAt, textAt, textsAt, valueAt } from '../json.ts';
import { selectorText } from '../label-selector.ts';
import type { KubeObject, ResourceName } from '../object.ts';
import { AGE, NAME, column, counted, orNone, wide } from './column.ts';
import type { Column } from './column.ts';
import { age, humanDuration } from './human-duration.ts';

function wanted(object: KubeObject): number {
  return numberAt(object.spec, 'replicas') ?? 0;
}

function inStatus(field: string): (object: KubeObject) => number {
  return (object) => numberAt(object.status, field) ?? 0;
}

const readyOfWanted = column('Ready', (object) => `${inStatus('readyReplicas')(object)}/${wanted(object)}`);

function eachContainer(object: KubeObject, field: string): string {
  const pod =
    object.kind === 'CronJob'
      ? recordAt(object.spec, 'jobTemplate', 'spec', 'template')
      : recordAt(object.spec, 'template');
  return listAt(pod, 'spec', 'containers')
    .map((container) => textAt(container, field))
    .join(',');
}

const containers = wide('Containers', (object) => eachContainer(object, 'name'));
const images = wide('Images', (object) => eachContainer(object, 'image'));
const selector = wide('Selector', (object) => orNone(selectorText(valueAt(object.spec, 'selector'))));

export const workloadColumns: Readonly<Partial<Record<ResourceName, readonly Column[]>>> = {
  deployments: [
    NAME,
    readyOfWanted,
    counted('Up-to-date', inStatus('updatedReplicas')),
    counted('Available', inStatus('availableReplicas')),
    AGE,
    containers,
    images,
    selector,
  ],
  replicasets: replicaColumns(selector),
  replicationcontrollers: replicaColumns(
    wide('Selector', (object) => selectorText({ matchLabels: textsAt(object.spec, 'selector') })),
  ),
  statefulsets: [NAME, readyOfWanted, AGE, containers, images],
  daemonsets: [
    NAME,
    counted('Desired', inStatus('desiredNumberScheduled')),
    counted('Current', inStatus('currentNumberScheduled')),
    counted('Ready', inStatus('numberReady')),
    counted('Up-to-date', inStatus('updatedNumberScheduled')),
    counted('Available', inStatus('numberAvailable')),
    column('Node Selector', (set) =>
      orNone(selectorText({ matchLabels: recordAt(set.spec, 'template', 'spec', 'nodeSelector') })),
    ),
    AGE,
    containers,
    images,
    selector,
  ],
  jobs: [
    NAME,
    column('Status', jobStatus),
    column('Completions', completions),
    column('Duration', duration),
    AGE,
    containers,
    images,
    selector,
  ],
  cronjobs: [
    NAME,
    column('Schedule', (job) => textAt(job.spec, 'schedule')),
    column('Timezone', (job) => orNone(textAt(job.spec, 'timeZone'))),
    column('Suspend', (job) => (valueAt(job.spec, 'suspend') === true ? 'True' : 'False')),
    counted('Active', (job) => listAt(job.status, 'active').length),
    column('Last Schedule', (job, nowMs) => {
      const last = textAt(job.status, 'lastScheduleTime');
      return last === '' ? '<none>' : age(last, nowMs);
    }),
    AGE,
    containers,
    images,
  ],
};

function replicaColumns(selectorColumn: Column): readonly Column[] {
  return [
    NAME,
    counted('Desired', wanted),
    counted('Current', inStatus('replicas')),
    counted('Ready', inStatus('readyReplicas')),
    AGE,
    containers,
    images,
    selectorColumn,
  ];
}

function jobStatus(job: KubeObject): string {
  const has = (type: string): boolean =>
    listAt(job.status, 'conditions').some((one) => textAt(one, 'type') === type && textAt(one, 'status') === 'True');
  if (has('Complete')) return 'Complete';
  if (has('Failed')) return 'Failed';
  if (job.metadata.deletionTimestamp !== undefined) return 'Terminating';
  return has('Suspended') ? 'Suspended' : 'Running';
}

function completions(job: KubeObject): string {
  const done = numberAt(job.status, 'succeeded') ?? 0;
  const wantedDone = numberAt(job.spec, 'completions');
  if (wantedDone !== undefined) return `${done}/${wantedDone}`;
  const parallelism = numberAt(job.spec, 'parallelism') ?? 0;
  return parallelism > 1 ? `${done}/1 of ${parallelism}` : `${done}/1`;
}

function duration(job: KubeObject, nowMs: number): string {
  const startMs = parseTimestamp(textAt(job.status, 'startTime'));
  if (startMs === undefined) return '';
  return humanDuration((parseTimestamp(textAt(job.status, 'completionTime')) ?? nowMs) - startMs);
}
