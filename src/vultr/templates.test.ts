import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { seededRandom } from '../runtime/random.ts';
import { Secret } from '../runtime/secret.ts';
import type { NodeTemplate } from '../cloud/provider.ts';
import { buildVultr, type VultrProvider } from './provider.ts';
import { FakeClock } from './fake-clock.test-support.ts';
import { CLUSTER, FakeVultr, plan, type FakePool } from './fake-vultr.test-support.ts';
import { LogLines, readyNode, TOKEN } from './world.test-support.ts';

const MIB = 1024 * 1024;

async function providerOf(vultr: FakeVultr): Promise<VultrProvider> {
  const clock = new FakeClock();
  const built = buildVultr({
    config: { clusterId: CLUSTER, token: new Secret(TOKEN), apiUrl: 'http://vultr' },
    transport: vultr.transport,
    clock,
    random: seededRandom(1),
    logger: new LogLines(),
    version: '0',
  });
  assert.ok(built.ok);
  assert.ok((await clock.settle(built.value.refresh())).ok);
  return built.value;
}

function templateIn(provider: VultrProvider, pool: FakePool): NodeTemplate {
  const template = provider
    .nodeGroups()
    .find((group) => group.id() === pool.id)
    ?.templateNodeInfo();
  assert.ok(template?.ok === true);
  return template.value;
}

describe('the template of a pool', () => {
  it('has the labels and taints of a VKE node, and no zone', async () => {
    const vultr = new FakeVultr();
    const taints = [{ key: 'dedicated', value: 'web', effect: 'NoSchedule' }];
    const pool = vultr.addPool('web', { labels: { team: 'red', 'kubernetes.io/arch': 'arm64' }, taints });
    const { labels, taints: got, volumeLimits } = templateIn(await providerOf(vultr), pool);
    assert.deepEqual(labels, {
      team: 'red',
      'kubernetes.io/arch': 'amd64',
      'kubernetes.io/os': 'linux',
      'beta.kubernetes.io/arch': 'amd64',
      'beta.kubernetes.io/os': 'linux',
      'kubernetes.io/hostname': `template-node-for-${pool.id}`,
      'node.kubernetes.io/instance-type': 'vc2-2c-4gb',
      'beta.kubernetes.io/instance-type': 'vc2-2c-4gb',
      'topology.kubernetes.io/region': 'ewr',
      'failure-domain.beta.kubernetes.io/region': 'ewr',
      region: 'ewr',
      'vke.vultr.com/node-pool': 'web',
      'vke.vultr.com/node-id': 'template',
    });
    assert.deepEqual(got, taints);
    assert.deepEqual(volumeLimits, { 'block.csi.vultr.com': 11 });
  });

  it('takes a default margin off the plan until a node of the plan has been seen', async () => {
    const vultr = new FakeVultr();
    const pool = vultr.addPool('web');
    const template = templateIn(await providerOf(vultr), pool);
    assert.equal(template.source, 'plan-default');
    assert.deepEqual(template.capacity, { cpu: 2000, memory: 4096 * MIB, 'ephemeral-storage': 80e9, pods: 110 });
    assert.equal(template.allocatable['cpu'], 1950);
    assert.equal(template.allocatable['memory'], Math.floor(4096 * MIB * 0.93));
    assert.equal(template.allocatable['pods'], 110);
  });

  it('learns the amounts from living nodes of the plan, the least of each, also for another pool of the plan', async () => {
    const vultr = new FakeVultr();
    const web = vultr.addPool('web', { size: 2 });
    const batch = vultr.addPool('batch');
    const provider = await providerOf(vultr);
    const [a = '', b = ''] = web.nodes.map(({ id }) => `vultr://${id}`);
    provider.observeNode(readyNode(a, { allocatable: { cpu: 1900, memory: 3_500_000_000, pods: 110 } }));
    provider.observeNode(readyNode(b, { allocatable: { cpu: 1950, memory: 3_400_000_000, pods: 110, 'x/dev': 1 } }));
    provider.observeNode(readyNode('vultr://stranger', { allocatable: { cpu: 1, memory: 1 } }));
    provider.observeNode(readyNode(a, { allocatable: { cpu: 1, memory: 1 }, conditions: [] }));
    for (const pool of [web, batch]) {
      const template = templateIn(provider, pool);
      assert.equal(template.source, 'plan-learned');
      assert.deepEqual(template.allocatable, { cpu: 1900, memory: 3_400_000_000, pods: 110 });
    }
  });

  it('counts GPUs as the plan says: none, whole, a fraction of one, or known only by the plan’s id', async () => {
    const vultr = new FakeVultr();
    const counts = { whole: 2, text: '4', slice: '1/3', bare: undefined };
    for (const [name, count] of Object.entries(counts)) {
      vultr.plans.push(plan(`vcg-${name}`, { type: 'vdm', gpu_count: count, gpu_type: 'NVIDIA_A16' }));
    }
    const pools = Object.keys(counts).map((name) => vultr.addPool(name, { plan: `vcg-${name}` }));
    const provider = await providerOf(vultr);
    assert.deepEqual(
      pools.map((pool) => templateIn(provider, pool).allocatable['nvidia.com/gpu']),
      [2, 4, 1, 1],
    );
    assert.deepEqual(provider.getAvailableGpuTypes(), ['NVIDIA_A16']);
    // The GPU shows on a node only once its driver runs: it is not unlearned from a node that lacks it still.
    const [gpuPool] = pools;
    assert.ok(gpuPool !== undefined);
    provider.observeNode(readyNode(`vultr://${gpuPool.nodes[0]?.id ?? ''}`));
    assert.equal(templateIn(provider, gpuPool).allocatable['nvidia.com/gpu'], 2);
  });
});

describe('prices', () => {
  it('are a 730th of the monthly cost, in the cluster’s region', async () => {
    const vultr = new FakeVultr();
    vultr.plans.push(plan('vhf-1c-2gb', { monthly_cost: 12, ram: 2048, location_cost: { ewr: { monthly_cost: 18 } } }));
    vultr.plans.push(plan('vc2-1c-1gb', { ram: 1024 }), plan('vc2-far', { locations: ['syd'] }), { id: 'broken' });
    vultr.plans.push(plan('php', { location_cost: [] }));
    vultr.pageSize = 2;
    const web = vultr.addPool('web');
    const provider = await providerOf(vultr);
    const pricing = provider.pricing();
    assert.ok(pricing.ok);
    assert.equal(pricing.value.nodePrice('vhf-1c-2gb'), 18 / 730);
    assert.equal(pricing.value.nodePrice('vc2-2c-4gb'), 20 / 730);
    assert.equal(pricing.value.nodePrice('nonsense'), undefined);
    assert.equal(provider.nodeGroupForNode(`vultr://${web.nodes[0]?.id ?? ''}`)?.pricePerHour(), 20 / 730);
    const types = provider.getAvailableMachineTypes();
    assert.ok(types.ok);
    assert.deepEqual(
      types.value.map(({ id }) => id),
      ['php', 'vc2-2c-4gb', 'vhf-1c-2gb'],
      'sold here, and large enough for VKE',
    );
  });
});
