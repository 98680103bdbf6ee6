import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { seededRandom } from '../runtime/random.ts';
import { Secret } from '../runtime/secret.ts';
import { FakeClock } from './fake-clock.test-support.ts';
import { buildVultr } from './provider.ts';
import { CLUSTER, FakeVultr, plan, refusal } from './fake-vultr.test-support.ts';
import { isPatch, LogLines, providerId, TOKEN, world } from './world.test-support.ts';

describe('which pools are managed', () => {
  it('manages pools with auto_scaler=true within their own bounds, and warns once that Vultr may do so too', async () => {
    const w = world();
    const web = w.vultr.addPool('web', { size: 2, min_nodes: 2, max_nodes: 5 });
    w.vultr.addPool('static', { auto_scaler: false });
    await w.refresh();
    await w.refresh();
    assert.deepEqual(
      w.provider.nodeGroups().map((group) => group.name()),
      ['web'],
    );
    assert.equal(w.group(web).minSize(), 2);
    assert.equal(w.group(web).maxSize(), 5);
    assert.equal(w.log.warnings().filter((line) => line.includes('own autoscaling switched on')).length, 1);
  });

  it('picks up bounds and pools changed in the console without a restart', async () => {
    const w = world();
    const web = w.vultr.addPool('web', { max_nodes: 5 });
    await w.refresh();
    const group = w.group(web);
    web.max_nodes = 8;
    const late = w.vultr.addPool('late');
    await w.refresh();
    assert.equal(group.maxSize(), 8);
    assert.equal(w.group(web), group, 'the group object is stable');
    web.auto_scaler = false;
    w.vultr.pools.splice(w.vultr.pools.indexOf(late), 1);
    await w.refresh();
    assert.deepEqual(w.provider.nodeGroups(), []);
    assert.equal(w.provider.nodeGroupForNode(providerId(web, 0)), undefined);
    assert.equal(w.provider.hasInstance(providerId(web, 0)), true);
    assert.equal(w.provider.hasInstance(providerId(late, 0)), false);
  });

  it('reads a minimum of 0 as 1, because a VKE pool has no size zero', async () => {
    const w = world({ specs: [{ minSize: 0, maxSize: 3, pool: 'batch' }] });
    const batch = w.vultr.addPool('batch', { auto_scaler: false });
    await w.refresh();
    assert.equal(w.group(batch).minSize(), 1);
    assert.equal(w.group(batch).maxSize(), 3);
  });

  it('manages by --nodes and by discovery, and names the nearest pool for a name that is not there', async () => {
    const w = world({
      specs: [
        { minSize: 1, maxSize: 3, pool: 'web' },
        { minSize: 1, maxSize: 3, pool: 'bacth' },
      ],
      queries: [[{ key: 'tag', value: 'red' }]],
    });
    w.vultr.addPool('web', { auto_scaler: false });
    w.vultr.addPool('batch', { auto_scaler: true });
    w.vultr.addPool('red', { auto_scaler: false, tag: 'red' });
    w.vultr.addPool('blue', { auto_scaler: false, tag: 'blue' });
    await w.refresh();
    assert.deepEqual(
      w.provider.nodeGroups().map((group) => group.name()),
      ['red', 'web'],
    );
    assert.ok(w.log.warnings().some((line) => line.includes('bacth') && line.includes('did you mean \\"batch\\"')));
  });

  it('follows all pages of pools', async () => {
    const w = world();
    w.vultr.pageSize = 2;
    for (let i = 0; i < 5; i++) w.vultr.addPool(`pool-${i}`);
    await w.refresh();
    assert.equal(w.provider.nodeGroups().length, 5);
  });

  it('skips a malformed pool and a malformed node with a warning that names them, and keeps what it knew of the pool', async () => {
    const w = world();
    const web = w.vultr.addPool('web', { size: 2 });
    const other = w.vultr.addPool('other');
    await w.refresh();
    const label = web.nodes[1];
    assert.ok(label !== undefined);
    Object.assign(label, { label: 7 });
    Object.assign(other, { max_nodes: 'many' });
    await w.refresh();
    assert.equal(w.group(web).nodes().length, 1);
    assert.equal(w.group(other).maxSize(), 10);
    assert.equal(w.provider.hasInstance(providerId(other, 0)), true);
    assert.ok(w.log.warnings().some((line) => line.includes(label.id)));
    assert.ok(w.log.warnings().some((line) => line.includes(other.id) && line.includes('max_nodes')));
    // The unreadable node exists all the same: nothing may be shrunk below it (I1).
    assert.equal(w.group(web).targetSize(), 2);
  });

  it('starts anew from the listing after a restart', async () => {
    const before = world();
    const web = before.vultr.addPool('web');
    await before.refresh();
    await before.clock.settle(before.group(web).increaseSize(2));
    before.vultr.build(web);
    const after = world({ vultr: before.vultr });
    await after.refresh();
    assert.equal(after.group(web).targetSize(), 3);
    assert.equal(after.group(web).nodes().length, 3);
  });

  it('shares one round of requests among refreshes that overlap', async () => {
    const w = world();
    w.vultr.addPool('web');
    await w.clock.settle(Promise.all([w.provider.refresh(), w.provider.refresh()]));
    assert.equal(w.vultr.asked('GET').filter((path) => path.endsWith('/node-pools')).length, 1);
  });

  it('gives the same template object while nothing about it changes', async () => {
    const w = world();
    const web = w.vultr.addPool('web');
    await w.refresh();
    const first = w.group(web).templateNodeInfo();
    await w.refresh();
    assert.equal(w.group(web).templateNodeInfo(), first);
    web.labels = { team: 'red' };
    await w.refresh();
    assert.notEqual(w.group(web).templateNodeInfo(), first);
  });

  it('tells what cannot work before anything is asked', () => {
    const built = buildVultr({
      config: { clusterId: '', token: new Secret(''), apiUrl: '' },
      transport: new FakeVultr().transport,
      clock: new FakeClock(),
      random: seededRandom(1),
      logger: new LogLines(),
      version: '0',
      specs: [{ pool: 'web', minSize: 3, maxSize: 2 }],
    });
    assert.ok(!built.ok);
    assert.deepEqual(
      built.error.map(({ field }) => field),
      ['cluster_id', 'token', 'nodes'],
    );
  });

  it('says which cluster is missing, and keeps the last state when a refresh fails', async () => {
    const w = world();
    const web = w.vultr.addPool('web');
    await w.refresh();
    w.vultr.fault = () => ({ kind: 'reply', reply: refusal(404, 'Invalid resource ID') });
    const failed = await w.clock.settle(w.provider.refresh());
    assert.ok(!failed.ok);
    assert.equal(failed.error.kind, 'not-found');
    assert.match(failed.error.message, new RegExp(CLUSTER));
    assert.match(failed.error.message, /cluster_id/);
    assert.equal(w.group(web).targetSize(), 1);
  });
});

describe('what is told of nodes', () => {
  it('maps Vultr’s status words', async () => {
    const w = world();
    const web = w.vultr.addPool('web', { size: 7 });
    await w.refresh();
    for (const [index, status] of ['Active', 'upgrading', 'pending', 'closed', 'suspended', 'mystery'].entries()) {
      Object.assign(web.nodes[index] ?? {}, { status });
    }
    const fresh = web.nodes[6];
    assert.ok(fresh !== undefined);
    web.nodes[6] = { ...fresh, id: 'brand-new', status: 'build failed' };
    await w.refresh();
    const nodes = w.group(web).nodes();
    assert.deepEqual(
      nodes.map(({ state }) => state),
      ['running', 'running', 'creating', 'deleting', 'running', 'running', 'creating'],
    );
    assert.equal(nodes[4]?.error?.kind, 'account-refused');
    assert.equal(nodes[5]?.error, undefined);
    assert.match(nodes[6]?.error?.message ?? '', /build failed/);
    assert.ok(w.log.warnings().some((line) => line.includes('mystery')));
  });

  it('cannot tell of instances that it has never seen', async () => {
    const w = world();
    w.vultr.addPool('web');
    assert.equal(w.provider.hasInstance('vultr://x'), undefined);
    await w.refresh();
    assert.equal(w.provider.hasInstance('vultr://x'), undefined);
    assert.equal(w.provider.nodeGroupForNode('aws:///x'), undefined);
  });

  it('EL-23, ND-18: reads a pool’s own options from its labels and tells which it cannot read', async () => {
    const w = world();
    const labels = {
      'vke-autoscaler-scale-down-unneeded-time': '1h30m',
      'vke-autoscaler-scale-down-utilization-threshold': '0.7',
      'vke-autoscaler-scale-down-unready-time': 'soon',
      'vke-autoscaler-scale-down-unneded-time': '5m',
    };
    const web = w.vultr.addPool('web', { labels });
    await w.refresh();
    assert.deepEqual(w.group(web).getOptions(), {
      scaleDownUnneededTimeMs: 5_400_000,
      scaleDownUtilizationThreshold: 0.7,
    });
    assert.ok(w.log.warnings().some((line) => line.includes('soon') && line.includes('a duration such as 10m')));
    assert.ok(w.log.warnings().some((line) => line.includes('did you mean \\"scale-down-unneeded-time\\"')));
  });

  it('knows GPU nodes by what they hold', () => {
    const w = world();
    assert.equal(w.provider.gpuLabel(), '');
    assert.equal(w.provider.getNodeGpuConfig({ labels: {}, capacity: { cpu: 1 } }), undefined);
    const config = w.provider.getNodeGpuConfig({ labels: {}, capacity: { 'nvidia.com/gpu': 1 } });
    assert.deepEqual(config, { label: '', resource: 'nvidia.com/gpu' });
  });

  it('carries on without the plan catalogue, and reads it as soon as it can', async () => {
    const w = world();
    const web = w.vultr.addPool('web');
    w.vultr.fault = ({ path }) =>
      path.startsWith('/v2/plans') ? { kind: 'reply', reply: refusal(400, 'no') } : undefined;
    await w.refresh();
    const template = w.group(web).templateNodeInfo();
    assert.ok(!template.ok && template.error.message.includes('vc2-2c-4gb'));
    assert.equal(w.group(web).pricePerHour(), undefined);
    w.vultr.fault = () => undefined;
    await w.clock.advance(60_000);
    await w.refresh();
    assert.ok(w.group(web).templateNodeInfo().ok);
    assert.equal(w.group(web).pricePerHour(), 20 / 730);
  });

  it('reads the catalogue again for a plan that it lacks', async () => {
    const w = world();
    const odd = w.vultr.addPool('odd', { plan: 'vx9-new' });
    await w.refresh();
    const unknown = w.group(odd).templateNodeInfo();
    assert.ok(!unknown.ok);
    assert.equal(unknown.error.kind, 'not-found');
    assert.match(unknown.error.message, /vx9-new/);
    w.vultr.plans.push(plan('vx9-new'));
    await w.clock.advance(60_000);
    await w.refresh();
    assert.ok(w.group(odd).templateNodeInfo().ok);
  });
});

describe('safety', () => {
  it('shows the token nowhere, even if Vultr echoes it (I9)', async () => {
    const w = world();
    w.vultr.fault = () => ({ kind: 'reply', reply: refusal(401, `Invalid API token ${TOKEN}.`) });
    const result = await w.clock.settle(w.provider.refresh());
    assert.ok(!result.ok);
    assert.equal(result.error.kind, 'unauthorized');
    assert.ok(!JSON.stringify([result, w.log.lines]).includes(TOKEN));
    assert.match(result.error.message, /\[redacted\]/);
  });

  it('waits at cleanup for a write under way, sends nothing more, and leaves no timer behind', async () => {
    const w = world();
    const web = w.vultr.addPool('web');
    await w.refresh();
    const reply = Promise.withResolvers<void>();
    w.vultr.delay = (request) => (isPatch(request) ? reply.promise : undefined);
    const rising = w.group(web).increaseSize(1);
    await w.clock.advance(0);
    let isClean = false;
    const clean = async (): Promise<void> => {
      await w.provider.cleanup();
      isClean = true;
    };
    const cleaning = clean();
    await w.clock.advance(1000);
    assert.equal(isClean, false);
    reply.resolve();
    await w.clock.settle(cleaning);
    assert.ok((await rising).ok);
    assert.equal(w.clock.pendingTimers, 0);
    const requests = w.vultr.requests.length;
    assert.ok(!(await w.clock.settle(w.provider.refresh())).ok);
    assert.equal(w.vultr.requests.length, requests);
  });
});
