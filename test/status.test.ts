/** What `kubectl get configmap` and `kubectl get events` show of the autoscaler itself, in virtual time. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { parseDocument } from 'yaml';
import { textAt } from '../sandbox/kubernetes/json.ts';
import type { KubeObject } from '../sandbox/kubernetes/object.ts';
import { MINUTE_MS, type World, aPool, aWorld } from './support/world.ts';
import { deployment } from './support/workloads.ts';

function configMap({ sandbox }: World, name = 'cluster-autoscaler-status'): KubeObject | undefined {
  return sandbox.store.list('configmaps', 'kube-system').find(({ metadata }) => metadata.name === name);
}

function status(world: World): ReturnType<typeof parseDocument> {
  const text = textAt(configMap(world), 'data', 'status');
  assert.notEqual(text, '');
  return parseDocument(text);
}

/** Reason and type of each event on the ConfigMap, with its annotation. */
function eventsOn({ sandbox }: World, kind: string): readonly { reason: string; type: string; decision: string }[] {
  return sandbox.store
    .list('events')
    .filter((event) => textAt(event, 'involvedObject', 'kind') === kind)
    .map((event) => ({
      reason: String(event['reason']),
      type: String(event['type']),
      decision: event.metadata.annotations?.['vke-autoscaler.io/decision'] ?? '',
    }));
}

describe('the status ConfigMap of a cluster', () => {
  it('is there from the start, follows the pools, and goes with the program', async () => {
    const world = aWorld({ pools: [aPool('web')] });
    await world.begin();
    assert.equal(status(world).get('autoscalerStatus'), 'Running');
    assert.equal(status(world).getIn(['nodeGroups', 0, 'health', 'cloudProviderTarget']), 1);
    world.apply(deployment('web', 12));
    await world.until(
      'growing is told',
      () => status(world).getIn(['clusterWide', 'scaleUp', 'status']) === 'InProgress',
      MINUTE_MS,
    );
    await world.served();
    await world.until(
      'it is over',
      () => status(world).getIn(['clusterWide', 'scaleUp', 'status']) === 'NoActivity',
      5 * MINUTE_MS,
    );
    const annotation = configMap(world)?.metadata.annotations?.['cluster-autoscaler.kubernetes.io/last-updated'];
    assert.equal(annotation, status(world).get('time'));
    const cost = parseDocument(textAt(configMap(world), 'data', 'cost'));
    assert.equal(cost.getIn(['pools', 0, 'name']), 'web');
    assert.ok(Number(cost.get('pricePerHour')) > 0 && Number(cost.getIn(['saved', 'againstMaximum'])) > 0);
    assert.equal(status(world).has('cost'), false, "Cluster Autoscaler's text is as it was");
    await world.current.stopped();
    assert.equal(configMap(world), undefined);
    await world.end();
  });

  it('is not kept where that is not wished for, nor in a dry run, and may have another name', async () => {
    for (const flag of ['--write-status-configmap=false', '--dry-run', '--status-config-map-name=other']) {
      const world = aWorld({ pools: [aPool('web')], flags: [flag] });
      await world.begin();
      assert.equal(configMap(world), undefined, flag);
      assert.equal(configMap(world, 'other') !== undefined, flag.endsWith('other'));
      await world.end();
    }
  });

  it('carries the events about the autoscaler itself, each with its decision', async () => {
    const world = aWorld({ pools: [aPool('web')], flags: ['--max-nodes-total=3'] });
    await world.begin();
    world.apply(deployment('web', 12));
    await world.runFor(10 * MINUTE_MS);
    const uid = configMap(world)?.metadata.uid;
    const onConfigMaps = world.sandbox.store
      .list('events')
      .filter((event) => textAt(event, 'involvedObject', 'kind') === 'ConfigMap');
    assert.ok(onConfigMaps.every((event) => textAt(event, 'involvedObject', 'uid') === uid));
    const told = eventsOn(world, 'ConfigMap');
    assert.deepEqual([...new Set(told.map(({ reason, type }) => `${type} ${reason}`))].toSorted(), [
      'Normal ScaledUpGroup',
      'Warning MaxNodesTotalReached',
    ]);
    const ids = new Set(world.current.records.map(({ id }) => id));
    for (const { decision } of [
      ...told,
      ...eventsOn(world, 'Pod').filter(({ reason }) => reason.endsWith('ScaleUp')),
    ]) {
      assert.ok(ids.has(decision), decision);
    }
    await world.end();
  });

  it('tells of nodes that do not come', async () => {
    const world = aWorld({
      pools: [aPool('web')],
      flags: ['--max-node-provision-time=5m'],
      vultr: { bootMs: { lowest: 30 * MINUTE_MS, highest: 30 * MINUTE_MS } },
    });
    await world.begin();
    world.apply(deployment('web', 12));
    await world.runFor(8 * MINUTE_MS);
    assert.ok(
      eventsOn(world, 'ConfigMap').some(({ reason, type }) => reason === 'ScaleUpTimedOut' && type === 'Warning'),
    );
    const { body } = await world.current.ask('/metrics');
    assert.match(body, /failed_scale_ups_total\{reason="timeout",[^}]*\} 1\n/);
    assert.match(body, /failed_node_creations_total\{reason="timeout"\} [1-9]/);
    await world.end();
  });
});
