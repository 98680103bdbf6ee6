import assert from 'node:assert/strict';
import { test } from 'node:test';
import { effectiveRequests } from './scheduler-pod-class.ts';

const asks = (cpu: string, more: object = {}): object => ({ resources: { requests: { cpu } }, ...more });

function milliCpu(spec: Parameters<typeof effectiveRequests>[0]): number | undefined {
  return effectiveRequests(spec).get('cpu');
}

test('containers add up; an init container counts only if it asks for more than all of them', () => {
  const containers = [asks('500m'), asks('300m')];
  assert.equal(milliCpu({ containers, initContainers: [asks('700m')] }), 800);
  assert.equal(milliCpu({ containers, initContainers: [asks('900m'), asks('200m')] }), 900);
});

test('a sidecar runs beside the containers, and beside the init containers that come after it', () => {
  const sidecar = asks('200m', { restartPolicy: 'Always' });
  assert.equal(milliCpu({ containers: [asks('500m')], initContainers: [sidecar, asks('100m')] }), 700);
  assert.equal(milliCpu({ containers: [asks('500m')], initContainers: [sidecar, asks('600m')] }), 800);
  assert.equal(milliCpu({ containers: [asks('500m')], initContainers: [asks('600m'), sidecar] }), 700);
});

test('pod-level requests take the place of the sum, the overhead comes on top, a bare limit is a request', () => {
  const containers = [asks('500m'), { resources: { limits: { cpu: '1' } } }];
  assert.equal(milliCpu({ containers }), 1500);
  assert.equal(milliCpu({ containers, resources: { requests: { cpu: '2' } }, overhead: { cpu: '100m' } }), 2100);
});
