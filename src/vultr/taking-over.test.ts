/** What a process may ask for that begins where another one, its own earlier self or the last leader, has asked. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { FakePool } from './fake-vultr.test-support.ts';
import { type World, world } from './world.test-support.ts';

/** A process that sees a listing of before the raise, from 1 to 4 nodes, that another one has just made. */
async function raisedBefore(): Promise<{ after: World; web: FakePool; show: () => void }> {
  const before = world();
  const web = before.vultr.addPool('web');
  await before.refresh();
  await before.clock.settle(before.group(web).increaseSize(3));
  before.vultr.build(web, 'active');
  const hidden = web.nodes.splice(1);
  web.listedQuantity = 1;
  const after = world({ vultr: before.vultr });
  web.date_created = '2026-11-24T02:52:55+00:00';
  web.date_updated = new Date(after.clock.now()).toISOString();
  await after.refresh();
  return {
    after,
    web,
    show() {
      web.nodes.push(...hidden);
      web.listedQuantity = undefined;
    },
  };
}

describe('after a raise by the process before it', () => {
  it('waits out the lag of the listing after a change that it knows nothing of (I8)', async () => {
    const { after, web, show } = await raisedBefore();
    const result = await after.clock.settle(after.group(web).increaseSize(1));
    assert.ok(!result.ok);
    assert.ok(result.error.kind === 'unavailable');
    assert.equal(result.error.retryAfterMs, 30_000, 'it says for how long');
    assert.equal(after.group(web).staleUntilMs(), after.clock.now() + 30_000, 'which can be known without asking');
    show();
    await after.clock.advance(30_000);
    assert.equal(after.group(web).staleUntilMs(), undefined);
    assert.ok((await after.clock.settle(after.group(web).increaseSize(1))).ok);
    assert.equal(web.quantity, 5);
    assert.deepEqual(after.vultr.randomVictims, []);
    assert.ok((await after.clock.settle(after.group(web).increaseSize(1))).ok, 'its own changes need no wait');
  });

  it('needs no wait for a change by the process before it that it knows of, and adds to it (I8)', async () => {
    const { after, web } = await raisedBefore();
    const group = after.group(web);
    group.recall({ size: 4, atMs: after.clock.now() });
    assert.equal(group.targetSize(), 4, 'what was asked for counts');
    assert.equal(group.staleUntilMs(), undefined);
    assert.ok((await after.clock.settle(group.increaseSize(1))).ok);
    assert.equal(web.quantity, 5);
    assert.deepEqual(after.vultr.randomVictims, []);
  });

  it('waits where somebody has changed the pool after the change that it knows of', async () => {
    const { after, web } = await raisedBefore();
    const group = after.group(web);
    group.recall({ size: 3, atMs: after.clock.now() - 5_000 });
    assert.equal((await after.clock.settle(group.increaseSize(1))).ok, false);
    assert.equal(web.quantity, 4);
  });

  it('takes the listing for the truth when it must show what the process before it has asked for', async () => {
    const { after, web } = await raisedBefore();
    const group = after.group(web);
    // Nodes came and were deleted since; what was kept does not know.
    group.recall({ size: 9, atMs: after.clock.now() });
    assert.equal(group.targetSize(), 9);
    await after.clock.advance(30_000);
    await after.refresh();
    assert.equal(group.targetSize(), 1);
    group.recall({ size: 9, atMs: after.clock.now() - 30_000 });
    assert.equal(group.targetSize(), 1);
  });

  it('withdraws nothing that the process before it has just asked for', async () => {
    const { after, web } = await raisedBefore();
    const group = after.group(web);
    group.recall({ size: 4, atMs: after.clock.now() });
    const withdrawn = await after.clock.settle(group.decreaseTargetSize(-1));
    assert.ok(!withdrawn.ok);
    assert.match(withdrawn.error.message, /raised a moment ago/);
    assert.equal(web.quantity, 4);
  });
});
