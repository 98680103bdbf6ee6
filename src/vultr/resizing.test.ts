import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { refusal } from './fake-vultr.test-support.ts';
import { faulty, isPatch, world } from './world.test-support.ts';

describe('increaseSize', () => {
  it('asks for the sum in one PATCH and keeps the target while the listed quantity lags', async () => {
    const w = world();
    const web = w.vultr.addPool('web');
    await w.refresh();
    const group = w.group(web);
    assert.deepEqual(await w.clock.settle(group.increaseSize(2)), { ok: true, value: undefined });
    assert.deepEqual(
      w.vultr.asked('PATCH').map((line) => line.split(' ')[1]),
      ['{"node_quantity":3}'],
    );
    web.listedQuantity = 1;
    await w.refresh();
    assert.equal(group.targetSize(), 3);
    w.vultr.build(web);
    web.listedQuantity = undefined;
    await w.refresh();
    assert.equal(group.targetSize(), 3);
    assert.deepEqual(
      group.nodes().map(({ state }) => state),
      ['running', 'creating', 'creating'],
    );
  });

  it('believes the listing again once the nodes have not come for 20 minutes', async () => {
    const w = world();
    const web = w.vultr.addPool('web');
    await w.refresh();
    await w.clock.settle(w.group(web).increaseSize(2));
    web.quantity = 1;
    await w.clock.advance(19 * 60_000);
    await w.refresh();
    assert.equal(w.group(web).targetSize(), 3);
    await w.clock.advance(60_000);
    await w.refresh();
    assert.equal(w.group(web).targetSize(), 1);
  });

  it('reaches a minimum that was set above the pool (I1)', async () => {
    const w = world();
    const web = w.vultr.addPool('web', { size: 1, min_nodes: 3, max_nodes: 5 });
    await w.refresh();
    const raised = await w.clock.settle(w.group(web).increaseSize(1));
    assert.ok(raised.ok);
    assert.equal(web.quantity, 3);
    assert.equal(w.group(web).targetSize(), 3);
  });

  it('refuses to pass the maximum, without asking Vultr (I1)', async () => {
    const w = world();
    const web = w.vultr.addPool('web', { size: 2, max_nodes: 3 });
    await w.refresh();
    const refusedCall = await w.clock.settle(w.group(web).increaseSize(2));
    assert.ok(!refusedCall.ok);
    assert.equal(refusedCall.error.kind, 'invalid');
    assert.match(refusedCall.error.message, /from 2 to 4.*maximum is 3/);
    assert.deepEqual(w.vultr.asked('PATCH'), []);
  });

  it('does not undo a resize made in the console since the last refresh', async () => {
    const w = world();
    const web = w.vultr.addPool('web', { size: 2 });
    await w.refresh();
    web.quantity = 5;
    w.vultr.build(web, 'active');
    await w.clock.advance(10_000);
    await w.clock.settle(w.group(web).increaseSize(1));
    assert.equal(web.quantity, 6);
    assert.deepEqual(w.vultr.randomVictims, []);
  });

  it('puts two calls for one pool one after the other (I4)', async () => {
    const w = world();
    const web = w.vultr.addPool('web');
    await w.refresh();
    const group = w.group(web);
    await w.clock.settle(Promise.all([group.increaseSize(1), group.increaseSize(2)]));
    assert.deepEqual(
      w.vultr.asked('PATCH').map((line) => line.split(' ')[1]),
      ['{"node_quantity":2}', '{"node_quantity":4}'],
    );
  });

  for (const done of [true, false]) {
    it(`resolves a lost reply by reading when Vultr ${done ? 'did' : 'did not do'} it (I4)`, async () => {
      const w = world();
      const web = w.vultr.addPool('web');
      await w.refresh();
      w.vultr.fault = faulty(isPatch, { kind: 'lost', done });
      const result = await w.clock.settle(w.group(web).increaseSize(2));
      assert.equal(w.vultr.asked('PATCH').length, 1, 'never sent twice');
      assert.equal(w.group(web).targetSize(), 3, 'counted while it may have been done');
      if (done) assert.ok(result.ok);
      else {
        assert.ok(!result.ok);
        assert.equal(result.error.kind, 'unknown-outcome');
        const again = await w.clock.settle(w.group(web).increaseSize(1));
        assert.ok(!again.ok, 'left alone while the outcome is open');
        assert.equal(w.vultr.asked('PATCH').length, 1);
        await w.clock.advance(60_000);
        await w.refresh();
        assert.equal(w.group(web).targetSize(), 1);
        assert.ok((await w.clock.settle(w.group(web).increaseSize(1))).ok);
        assert.equal(web.quantity, 2);
      }
    });
  }

  it('finds a lost resize done at a later refresh, when the listing lagged at first', async () => {
    const w = world();
    const web = w.vultr.addPool('web');
    await w.refresh();
    w.vultr.fault = faulty(isPatch, { kind: 'lost', done: true });
    web.listedQuantity = 1;
    const result = await w.clock.settle(w.group(web).increaseSize(1));
    assert.ok(!result.ok);
    web.listedQuantity = undefined;
    await w.refresh();
    await w.clock.advance(120_000);
    await w.refresh();
    assert.equal(w.group(web).targetSize(), 2);
  });

  it('passes stock, quota and account refusals on with Vultr’s words, and forgets the request', async () => {
    const texts = [
      [refusal(500, 'Please open a support request for access to this product'), 'account-refused'],
      [refusal(400, 'You have reached the maximum monthly fee limit for this account'), 'quota-exceeded'],
      [refusal(400, 'Plan is not available in the selected region'), 'out-of-stock'],
    ] as const;
    for (const [reply, kind] of texts) {
      const w = world();
      const web = w.vultr.addPool('web');
      await w.refresh();
      w.vultr.fault = faulty(isPatch, { kind: 'reply', reply });
      const result = await w.clock.settle(w.group(web).increaseSize(1));
      assert.ok(!result.ok);
      assert.equal(result.error.kind, kind);
      assert.equal(w.vultr.asked('PATCH').length, 1);
      assert.equal(w.group(web).targetSize(), 1);
    }
  });

  it('takes an empty reply for accepted, and tells when Vultr echoes another quantity', async () => {
    const w = world();
    const web = w.vultr.addPool('web');
    await w.refresh();
    w.vultr.fault = faulty(isPatch, { kind: 'reply', reply: { status: 202 } });
    assert.ok((await w.clock.settle(w.group(web).increaseSize(1))).ok);
    assert.equal(w.group(web).targetSize(), 2);
    assert.deepEqual(
      w.log.warnings().filter((line) => line.includes('echoed')),
      [],
    );
    const reply = { status: 202, body: { node_pool: { node_quantity: 2 } } };
    w.vultr.fault = faulty(isPatch, { kind: 'reply', reply });
    assert.ok((await w.clock.settle(w.group(web).increaseSize(1))).ok);
    assert.equal(w.log.warnings().filter((line) => line.includes('echoed')).length, 1);
  });

  it('says that the pool is gone when it has been deleted meanwhile', async () => {
    const w = world();
    const web = w.vultr.addPool('web');
    await w.refresh();
    const group = w.group(web);
    w.vultr.pools.length = 0;
    await w.clock.advance(1000);
    const result = await w.clock.settle(group.increaseSize(1));
    assert.ok(!result.ok);
    assert.equal(result.error.kind, 'not-found');
    assert.equal(group.exist(), false);
  });

  it('refuses sizes that are no whole positive numbers', async () => {
    const w = world();
    const web = w.vultr.addPool('web');
    await w.refresh();
    for (const delta of [0, -1, 1.5, Number.NaN]) {
      const result = await w.clock.settle(w.group(web).increaseSize(delta));
      assert.ok(!result.ok && result.error.kind === 'invalid');
    }
    assert.deepEqual(w.vultr.asked('PATCH'), []);
  });

  it('says honestly that it cannot increase atomically', async () => {
    const w = world();
    const web = w.vultr.addPool('web');
    await w.refresh();
    const result = await w.group(web).atomicIncreaseSize(2);
    assert.ok(!result.ok);
    assert.equal(result.error.kind, 'unsupported');
  });
});

describe('decreaseTargetSize', () => {
  it('withdraws what has not come, and never goes below the nodes that exist (I1)', async () => {
    const w = world();
    const web = w.vultr.addPool('web', { size: 2 });
    await w.refresh();
    const group = w.group(web);
    await w.clock.settle(group.increaseSize(3));
    const early = await w.clock.settle(group.decreaseTargetSize(-3));
    assert.ok(!early.ok);
    assert.equal(early.error.kind, 'unavailable', 'nodes may exist that the listing does not show yet');
    await w.clock.advance(120_000);
    const tooMuch = await w.clock.settle(group.decreaseTargetSize(-4));
    assert.ok(!tooMuch.ok);
    assert.equal(tooMuch.error.kind, 'invalid');
    assert.ok((await w.clock.settle(group.decreaseTargetSize(-3))).ok);
    assert.equal(web.quantity, 2);
    assert.equal(group.targetSize(), 2);
    assert.deepEqual(w.vultr.randomVictims, []);
  });

  it('looks again before it withdraws: a node that came meanwhile is not put up for deletion', async () => {
    const w = world();
    const web = w.vultr.addPool('web');
    await w.refresh();
    await w.clock.settle(w.group(web).increaseSize(1));
    await w.clock.advance(120_000);
    w.vultr.build(web, 'active');
    const result = await w.clock.settle(w.group(web).decreaseTargetSize(-1));
    assert.ok(!result.ok);
    assert.deepEqual(w.vultr.randomVictims, []);
    assert.equal(web.quantity, 2);
  });

  it('does not withdraw while VKE may still count a node that was destroyed behind its back', async () => {
    const w = world();
    const web = w.vultr.addPool('web', { size: 4 });
    await w.refresh();
    w.vultr.destroyOutside(web);
    await w.refresh();
    assert.equal(w.group(web).targetSize(), 4);
    const early = await w.clock.settle(w.group(web).decreaseTargetSize(-1));
    assert.ok(!early.ok);
    assert.equal(early.error.kind, 'unavailable');
    assert.deepEqual(w.vultr.asked('PATCH'), []);
    web.ghosts = 0;
    for (let minute = 0; minute < 15; minute++) {
      await w.clock.advance(60_000);
      await w.refresh();
    }
    assert.ok((await w.clock.settle(w.group(web).decreaseTargetSize(-1))).ok);
    assert.deepEqual(w.vultr.randomVictims, []);
  });

  it('does not withdraw what may have come and been destroyed while nobody looked', async () => {
    const w = world();
    const web = w.vultr.addPool('web', { size: 2 });
    await w.refresh();
    await w.clock.settle(w.group(web).increaseSize(1));
    await w.clock.advance(5 * 60_000);
    w.vultr.build(web, 'active');
    w.vultr.destroyOutside(web, 'newest');
    await w.clock.advance(5 * 60_000);
    await w.refresh();
    const early = await w.clock.settle(w.group(web).decreaseTargetSize(-1));
    assert.ok(!early.ok);
    assert.equal(early.error.kind, 'unavailable');
    assert.deepEqual(w.vultr.randomVictims, []);
    assert.equal(web.quantity, 3);
  });

  it('resolves a lost reply by reading', async () => {
    const w = world();
    const web = w.vultr.addPool('web');
    await w.refresh();
    await w.clock.settle(w.group(web).increaseSize(3));
    await w.clock.advance(120_000);
    w.vultr.fault = faulty(isPatch, { kind: 'lost', done: true });
    assert.ok((await w.clock.settle(w.group(web).decreaseTargetSize(-3))).ok);
    assert.equal(w.vultr.asked('PATCH').length, 2);
    assert.equal(w.group(web).targetSize(), 1);
  });
});
