import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { faulty, world } from './world.test-support.ts';

describe('pools made by the autoscaler', () => {
  const wanted = {
    name: 'nap-1',
    machineType: 'vc2-2c-4gb',
    labels: { team: 'red' },
    taints: [{ key: 'dedicated', value: 'red', effect: 'NoSchedule' }],
    minSize: 0,
    maxSize: 4,
  } as const;

  it('creates a pool that is then managed, and deletes it with its last node', async () => {
    const w = world();
    w.vultr.addPool('web');
    await w.refresh();
    const planned = w.provider.newNodeGroup(wanted);
    assert.ok(planned.ok);
    assert.equal(planned.value.exist(), false);
    const template = planned.value.templateNodeInfo();
    assert.ok(template.ok);
    assert.equal(template.value.labels['vke.vultr.com/node-pool'], 'nap-1');
    const created = await w.clock.settle(planned.value.create());
    assert.ok(created.ok);
    assert.ok(created.value.autoprovisioned() && created.value.exist());
    assert.equal(created.value.minSize(), 1);
    assert.equal(created.value.maxSize(), 4);
    await w.refresh();
    assert.ok(w.provider.nodeGroups().includes(created.value));
    assert.ok((await w.clock.settle(created.value.delete())).ok);
    assert.equal(created.value.exist(), false);
    await w.refresh();
    assert.deepEqual(
      w.provider.nodeGroups().map((group) => group.name()),
      ['web'],
    );
  });

  for (const done of [true, false]) {
    it(`looks for the pool by its label when the reply was lost and Vultr ${done ? 'did' : 'did not do'} it`, async () => {
      const w = world();
      await w.refresh();
      const planned = w.provider.newNodeGroup(wanted);
      assert.ok(planned.ok);
      w.vultr.fault = faulty(({ method }) => method === 'POST', { kind: 'lost', done });
      const created = await w.clock.settle(planned.value.create());
      assert.equal(created.ok, done);
      assert.ok((await w.clock.settle(planned.value.create())).ok);
      assert.equal(w.vultr.asked('POST').length, done ? 1 : 2);
      assert.equal(w.vultr.pools.length, 1);
    });
  }

  it('does not delete pools of people, nor pools that still have several nodes', async () => {
    const w = world();
    const web = w.vultr.addPool('web');
    const own = w.vultr.addPool('own', { tag: 'vke-autoscaler-autoprovisioned', size: 2, auto_scaler: false });
    await w.refresh();
    for (const pool of [web, own]) {
      const result = await w.clock.settle(w.group(pool).delete());
      assert.ok(!result.ok);
      assert.equal(result.error.kind, 'invalid');
    }
    assert.equal(w.vultr.pools.length, 2);
  });

  it('refuses a label that is taken and a plan that does not exist, naming them', async () => {
    const w = world();
    w.vultr.addPool('nap-1');
    await w.refresh();
    const taken = w.provider.newNodeGroup(wanted);
    assert.ok(!taken.ok && taken.error.message.includes('nap-1'));
    const unknown = w.provider.newNodeGroup({ ...wanted, name: 'x', machineType: 'vc9-1c' });
    assert.ok(!unknown.ok && unknown.error.message.includes('vc9-1c'));
  });
});
