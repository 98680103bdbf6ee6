import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { refusal } from './fake-vultr.test-support.ts';
import { faulty, isDelete, providerId, world } from './world.test-support.ts';

describe('deleteNodes', () => {
  it('deletes by id, lowers the target, and shows the node as deleting until it is gone', async () => {
    const w = world();
    const web = w.vultr.addPool('web', { size: 3 });
    await w.refresh();
    const group = w.group(web);
    const victim = providerId(web, 1);
    const before = [...web.nodes];
    assert.ok((await w.clock.settle(group.deleteNodes([victim, victim]))).ok);
    assert.equal(w.vultr.asked('DELETE').length, 1);
    assert.equal(group.targetSize(), 2);
    // Vultr's listing lags: node and quantity are still as they were.
    const after = web.nodes;
    web.nodes = before;
    web.listedQuantity = 3;
    await w.refresh();
    assert.equal(group.targetSize(), 2);
    assert.equal(group.nodes().find(({ id }) => id === victim)?.state, 'deleting');
    assert.ok((await w.clock.settle(group.deleteNodes([victim]))).ok, 'asked for again: done already');
    assert.equal(w.vultr.asked('DELETE').length, 1, 'and sent only once (I3)');
    web.nodes = after;
    web.listedQuantity = undefined;
    await w.refresh();
    assert.equal(group.targetSize(), 2);
    assert.equal(group.nodes().length, 2);
    assert.equal(w.provider.hasInstance(victim), false);
    assert.ok((await w.clock.settle(group.deleteNodes([victim]))).ok, 'gone: done');
    assert.equal(w.vultr.asked('DELETE').length, 1);
  });

  it('refuses a foreign instance and deletes none of the others', async () => {
    const w = world();
    const web = w.vultr.addPool('web', { size: 3 });
    const other = w.vultr.addPool('other', { size: 2 });
    await w.refresh();
    const result = await w.clock.settle(w.group(web).deleteNodes([providerId(web, 0), providerId(other, 0)]));
    assert.ok(!result.ok);
    assert.equal(result.error.kind, 'invalid');
    assert.deepEqual(w.vultr.asked('DELETE'), []);
  });

  it('refuses to pass the minimum unless forced', async () => {
    const w = world();
    const web = w.vultr.addPool('web', { size: 2, min_nodes: 2 });
    await w.refresh();
    const refusedCall = await w.clock.settle(w.group(web).deleteNodes([providerId(web, 0)]));
    assert.ok(!refusedCall.ok);
    assert.match(refusedCall.error.message, /minimum is 2/);
    assert.ok((await w.clock.settle(w.group(web).forceDeleteNodes([providerId(web, 0)]))).ok);
    assert.equal(web.nodes.length, 1);
  });

  it('refuses to delete the last existing node, even while others are on their way', async () => {
    const w = world();
    const web = w.vultr.addPool('web');
    await w.refresh();
    await w.clock.settle(w.group(web).increaseSize(2));
    const result = await w.clock.settle(w.group(web).deleteNodes([providerId(web, 0)]));
    assert.ok(!result.ok);
    assert.deepEqual(w.vultr.asked('DELETE'), []);
  });

  it('takes a node that somebody else deleted as done, and leaves the target to the listing', async () => {
    const w = world();
    const web = w.vultr.addPool('web', { size: 3 });
    await w.refresh();
    const victim = providerId(web, 0);
    web.nodes.shift();
    assert.ok((await w.clock.settle(w.group(web).deleteNodes([victim]))).ok);
    assert.equal(w.group(web).targetSize(), 3);
    // VKE builds a new one, with a new id.
    w.vultr.build(web);
    await w.refresh();
    assert.equal(w.group(web).targetSize(), 3);
    assert.equal(w.provider.hasInstance(victim), false);
    assert.equal(w.provider.nodeGroupForNode(providerId(web, 2)), w.group(web));
  });

  for (const text of ['Invalid resource ID', 'invalid instance ID', 'instance not found', 'Invalid server']) {
    it(`takes a 400 "${text}" as done`, async () => {
      const w = world();
      const web = w.vultr.addPool('web', { size: 3 });
      await w.refresh();
      w.vultr.fault = faulty(isDelete, { kind: 'reply', reply: refusal(400, text) });
      assert.ok((await w.clock.settle(w.group(web).deleteNodes([providerId(web, 0)]))).ok);
    });
  }

  for (const done of [true, false]) {
    it(`looks before it repeats a deletion whose reply was lost, when Vultr ${done ? 'did' : 'did not do'} it`, async () => {
      const w = world();
      const web = w.vultr.addPool('web', { size: 3 });
      await w.refresh();
      w.vultr.fault = faulty(isDelete, { kind: 'lost', done });
      assert.ok((await w.clock.settle(w.group(web).deleteNodes([providerId(web, 0)]))).ok);
      assert.equal(w.vultr.asked('DELETE').length, done ? 1 : 2);
      assert.equal(w.vultr.destroyed.length, 1);
      assert.equal(w.group(web).targetSize(), 2);
      await w.refresh();
      assert.equal(w.group(web).targetSize(), 2);
    });
  }

  it('says which nodes were deleted when others were not', async () => {
    const w = world();
    const web = w.vultr.addPool('web', { size: 4 });
    await w.refresh();
    const stubborn = providerId(web, 1);
    w.vultr.fault = (request) =>
      isDelete(request) && request.path.endsWith(stubborn.slice('vultr://'.length))
        ? { kind: 'reply', reply: refusal(400, 'node is locked') }
        : undefined;
    const first = providerId(web, 0);
    const result = await w.clock.settle(w.group(web).deleteNodes([first, stubborn]));
    assert.ok(!result.ok);
    assert.match(result.error.message, /deleted 1 of 2 nodes/);
    assert.ok(result.error.message.includes(first) && result.error.message.includes('node is locked'));
    assert.equal(w.group(web).targetSize(), 3);
    assert.equal(
      w
        .group(web)
        .nodes()
        .find(({ id }) => id === stubborn)?.state,
      'running',
    );
  });

  it('gives a node back when its deletion stays unknown and the node stays', async () => {
    const w = world();
    const web = w.vultr.addPool('web', { size: 3 });
    await w.refresh();
    w.vultr.fault = faulty(isDelete, { kind: 'lost', done: false }, 2);
    const result = await w.clock.settle(w.group(web).deleteNodes([providerId(web, 0)]));
    assert.ok(!result.ok);
    assert.equal(result.error.kind, 'unknown-outcome');
    assert.equal(w.group(web).targetSize(), 2);
    await w.clock.advance(61_000);
    await w.refresh();
    assert.equal(w.group(web).targetSize(), 3);
    assert.equal(w.group(web).nodes()[0]?.state, 'running');
    assert.ok((await w.clock.settle(w.group(web).deleteNodes([providerId(web, 0)]))).ok);
  });

  it('lowers the target once for a deletion that took two tries, also with nodes on their way', async () => {
    const w = world();
    const web = w.vultr.addPool('web', { size: 3 });
    await w.refresh();
    await w.clock.settle(w.group(web).increaseSize(4));
    web.listedQuantity = 3;
    w.vultr.fault = faulty(isDelete, { kind: 'lost', done: false });
    assert.ok((await w.clock.settle(w.group(web).deleteNodes([providerId(web, 0)]))).ok);
    assert.equal(w.group(web).targetSize(), 6);
    await w.refresh();
    assert.equal(w.group(web).targetSize(), 6);
  });

  it('asks for no more deletions once Vultr refuses for a reason that meets all of them', async () => {
    const w = world();
    const web = w.vultr.addPool('web', { size: 9 });
    await w.refresh();
    w.vultr.fault = (request) =>
      isDelete(request) ? { kind: 'reply', reply: refusal(401, 'Invalid API token.') } : undefined;
    const ids = web.nodes.slice(1).map(({ id }) => `vultr://${id}`);
    const result = await w.clock.settle(w.group(web).deleteNodes(ids));
    assert.ok(!result.ok);
    assert.equal(result.error.kind, 'unauthorized');
    assert.ok(w.vultr.asked('DELETE').length <= 4);
    assert.equal(w.group(web).targetSize(), 9);
    assert.ok(
      w
        .group(web)
        .nodes()
        .every(({ state }) => state === 'running'),
    );
  });

  it('gives a node back that is listed half an hour after its deletion was accepted, and says so', async () => {
    const w = world();
    const web = w.vultr.addPool('web', { size: 3 });
    await w.refresh();
    w.vultr.destroyedLinger = true;
    const victim = providerId(web, 0);
    assert.ok((await w.clock.settle(w.group(web).deleteNodes([victim]))).ok);
    await w.clock.advance(29 * 60_000);
    await w.refresh();
    const stateOf = (): string | undefined =>
      w
        .group(web)
        .nodes()
        .find(({ id }) => id === victim)?.state;
    assert.equal(stateOf(), 'deleting');
    await w.clock.advance(60_000);
    await w.refresh();
    assert.equal(stateOf(), 'running');
    assert.ok(w.log.warnings().some((line) => line.includes(victim.slice('vultr://'.length))));
  });

  it('remembers a deletion over a listing that lacks the whole pool by mistake', async () => {
    const w = world();
    const web = w.vultr.addPool('web', { size: 3 });
    await w.refresh();
    w.vultr.destroyedLinger = true;
    const victim = providerId(web, 0);
    assert.ok((await w.clock.settle(w.group(web).deleteNodes([victim]))).ok);
    const group = w.group(web);
    w.vultr.pools.length = 0;
    await w.refresh();
    assert.equal(group.exist(), false);
    assert.equal(w.provider.hasInstance(victim), false);
    w.vultr.pools.push(web);
    await w.refresh();
    assert.equal(w.group(web), group);
    assert.ok((await w.clock.settle(group.deleteNodes([victim]))).ok);
    assert.deepEqual(w.vultr.deletedTwice, []);
  });
});
