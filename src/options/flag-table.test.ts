import assert from 'node:assert/strict';
import { findFlag, flagFamilies, flagTable } from './flag-table.ts';
import { type Flag, dashed } from './flag.ts';
import { readValue } from './flag-values.ts';
import { test } from 'node:test';

/** Families that are not in Cluster Autoscaler's own flag set: ours, and those of the libraries it is built on. */
const OTHER_FAMILIES = new Set<string>(['Of this program alone', 'Leader election', 'Logging', 'Feature gates']);

test('all 137 flags of Cluster Autoscaler are there, and no name twice', () => {
  const upstream = flagFamilies
    .filter((family) => !OTHER_FAMILIES.has(family.title))
    .flatMap((family): readonly Flag[] => family.flags);
  assert.equal(upstream.length, 137);
  assert.equal(new Set(flagTable.map((flag) => flag.name)).size, flagTable.length);
});

test('each default is of its type, and so is each value that needs no warning', () => {
  for (const flag of flagTable) {
    assert.notEqual(readValue(flag, flag.default), undefined, dashed(flag.name));
    if (flag.effect.kind === 'accepted') {
      for (const text of flag.effect.sameAs) assert.notEqual(readValue(flag, text), undefined, dashed(flag.name));
    }
  }
});

test('names are as pflag normalises them, help is whole sentences, and a reason ends no sentence', () => {
  for (const { name, help, effect } of flagTable) {
    assert.match(name, /^[a-z][a-z0-9-]*$/);
    assert.match(help, /^[A-Z].*[.)]$/, dashed(name));
    if (effect.kind === 'accepted') assert.match(effect.reason, /[^.\s]$/, dashed(name));
  }
});

test('types and defaults are those that manifests for Cluster Autoscaler rely on', () => {
  const facts: readonly (readonly [string, string, string])[] = [
    ['scan-interval', 'duration', '10s'],
    ['namespace', 'string', 'kube-system'],
    ['nodes', 'repeated', ''],
    ['expander', 'string', 'least-waste'],
    ['max-nodes-total', 'int', '0'],
    ['cores-total', 'string', '0:320000'],
    ['memory-total', 'string', '0:6400000'],
    ['gpu-total', 'repeated', ''],
    ['max-nodes-per-scaleup', 'int', '1000'],
    ['new-pod-scale-up-delay', 'duration', '0s'],
    ['expendable-pods-priority-cutoff', 'int', '-10'],
    ['scale-down-delay-after-add', 'duration', '10m'],
    ['scale-down-delay-after-delete', 'duration', '0s'],
    ['scale-down-delay-after-failure', 'duration', '3m'],
    ['scale-down-unneeded-time', 'duration', '10m'],
    ['scale-down-unready-time', 'duration', '20m'],
    ['scale-down-utilization-threshold', 'float', '0.5'],
    ['max-scale-down-parallelism', 'int', '10'],
    ['max-drain-parallelism', 'int', '1'],
    ['max-graceful-termination-sec', 'int', '600'],
    ['max-pod-eviction-time', 'duration', '2m'],
    ['node-delete-delay-after-taint', 'duration', '5s'],
    ['cordon-node-before-terminating', 'bool', 'true'],
    ['skip-nodes-with-system-pods', 'bool', 'true'],
    ['skip-nodes-with-local-storage', 'bool', 'true'],
    ['skip-nodes-with-custom-controller-pods', 'bool', 'true'],
    ['blocking-system-pod-distruption-timeout', 'duration', '1h'],
    ['daemonset-eviction-for-empty-nodes', 'bool', 'false'],
    ['daemonset-eviction-for-occupied-nodes', 'bool', 'true'],
    ['unremovable-node-recheck-timeout', 'duration', '5m'],
    ['max-node-provision-time', 'duration', '15m'],
    ['initial-node-group-backoff-duration', 'duration', '5m'],
    ['max-node-group-backoff-duration', 'duration', '30m'],
    ['node-group-backoff-reset-timeout', 'duration', '3h'],
    ['memory-difference-ratio', 'float', '0.015'],
    ['bypassed-scheduler-names', 'csv', ''],
    ['leader-elect', 'bool', 'true'],
    ['leader-elect-lease-duration', 'duration', '15s'],
    ['leader-elect-renew-deadline', 'duration', '10s'],
    ['leader-elect-retry-period', 'duration', '2s'],
    ['leader-elect-resource-name', 'string', 'cluster-autoscaler'],
    ['kube-client-qps', 'float', '5'],
    ['v', 'int', '0'],
    ['logtostderr', 'bool', 'true'],
    ['log-file-max-size', 'int', '1800'],
  ];
  for (const [name, type, defaultText] of facts) {
    const flag = findFlag(flagTable, name);
    assert.deepEqual([flag?.type, flag?.default], [type, defaultText], name);
  }
});
