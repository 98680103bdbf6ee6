/** What a dashboard sees of a day: the metrics of the whole program, in virtual time. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { MINUTE_MS, type World, aPool, aWorld } from './support/world.ts';
import { deployment } from './support/workloads.ts';

/** The series of the exposition, by name and labels. */
async function exposed(world: World): Promise<(series: string) => number | undefined> {
  const { body, contentType } = await world.current.ask('/metrics');
  assert.match(contentType, /^text\/plain/);
  const values = new Map(
    body
      .split('\n')
      .filter((line) => line !== '' && !line.startsWith('#'))
      .map((line) => {
        const space = line.lastIndexOf(' ');
        return [line.slice(0, space), Number(line.slice(space + 1))] as const;
      }),
  );
  return (series) => values.get(series);
}

const NO_GPU = 'gpu_resource_name="",gpu_name="",dra_drivers=""';

describe('the metrics of a cluster', () => {
  it('follow it as it grows and shrinks', async () => {
    const flags = ['--emit-per-nodegroup-metrics', '--price=vc2-4c-8gb=0.1', '--max-nodes-total=4'];
    const world = aWorld({ pools: [aPool('web')], flags });
    await world.begin();
    const quiet = await exposed(world);
    assert.equal(quiet('cluster_autoscaler_nodes_count{state="ready"}'), 1);
    assert.equal(quiet('cluster_autoscaler_cluster_safe_to_autoscale'), 1);
    assert.equal(quiet('cluster_autoscaler_max_nodes_count'), 4);
    assert.equal(quiet('cluster_autoscaler_cluster_cpu_current_cores'), 4);
    assert.equal(quiet('vke_autoscaler_hourly_price_dollars{node_group="web"}'), 0.1);

    world.apply(deployment('web', 12));
    await world.served();
    await world.runFor(2 * MINUTE_MS);
    const grown = await exposed(world);
    const nodes = world.nodes().length;
    assert.ok(nodes > 1);
    assert.equal(grown(`cluster_autoscaler_scaled_up_nodes_total{${NO_GPU}}`), nodes - 1);
    assert.equal(grown('cluster_autoscaler_nodes_count{state="ready"}'), nodes);
    const { id } = world.pool('web');
    assert.equal(grown(`cluster_autoscaler_node_group_target_count{node_group="${id}"}`), nodes);
    assert.equal(grown(`cluster_autoscaler_node_group_backoff_status{node_group="${id}",reason=""}`), 0);
    assert.equal(grown('vke_autoscaler_nodes_ready_seconds_count{node_group="web"}'), 1);

    world.scale('deployments', 'web', 1);
    await world.until('only one node is left', () => world.nodes().length === 1, 60 * MINUTE_MS);
    await world.runFor(MINUTE_MS);
    const shrunk = await exposed(world);
    const removed = ['empty', 'underutilized', 'unready'].map((reason) =>
      shrunk(`cluster_autoscaler_scaled_down_nodes_total{reason="${reason}",${NO_GPU}}`),
    );
    assert.equal(
      removed.reduce((sum: number, one) => sum + (one ?? 0), 0),
      nodes - 1,
    );
    assert.equal(shrunk('cluster_autoscaler_unremovable_nodes_count{reason="NodeGroupMinSizeReached"}'), 1);
    const saved = shrunk('vke_autoscaler_saved_dollars_total{against="maximum"}') ?? 0;
    const hours = world.clock.monotonic() / (60 * MINUTE_MS);
    assert.ok(saved > 0 && saved < 0.5 * hours, `${saved} $ in ${hours} h`);
    assert.equal(shrunk('cluster_autoscaler_errors_total{type="cloudProviderError"}'), 0);
    await world.end();
  });

  it('count what the cloud refuses, and name the pool that is left alone', async () => {
    const flags = ['--emit-per-nodegroup-metrics'];
    const world = aWorld({ pools: [aPool('web')], flags });
    world.sandbox.cloud.setStock('vc2-4c-8gb', 'ewr', false);
    await world.begin();
    world.apply(deployment('web', 12));
    await world.runFor(2 * MINUTE_MS);
    const seen = await exposed(world);
    const { id } = world.pool('web');
    assert.equal(seen(`cluster_autoscaler_failed_scale_ups_total{reason="cloudProviderError",${NO_GPU}}`), 1);
    assert.equal(seen(`cluster_autoscaler_node_group_backoff_status{node_group="${id}",reason="out-of-stock"}`), 1);
    assert.equal(seen('vke_autoscaler_cloud_errors_total{kind="out-of-stock"}'), 1);
    assert.ok((seen('vke_autoscaler_unhelped_pods{reason="GroupInBackoff"}') ?? 0) > 0);
    await world.end();
  });
});
