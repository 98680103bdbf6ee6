import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { aCluster, aNode } from '../cluster/fixtures.test-support.ts';
import { aGroup, anInstance } from './fixtures.test-support.ts';
import { look, MINUTE, nodesOf, NOON } from './look.test-support.ts';
import type { NodeGroupHealthOptions } from './options.ts';

describe('what is cleared away', () => {
  const late = NOON + 16 * MINUTE;
  const instances = ['x', 'y', 'z'].map((name) => anInstance(name));

  function ghosts(
    rest: Parameters<typeof aGroup>[0],
    options: Partial<NodeGroupHealthOptions> = {},
  ): readonly string[] {
    const groups = [aGroup({ instances, ...rest })];
    const cluster = aCluster({});
    const seen = look(cluster, groups, { options });
    const then = look(cluster, groups, { memory: seen.memory, now: late, options });
    return then.instancesToDelete.flatMap(({ instanceIds, force }) =>
      instanceIds.map((id) => `${id.slice('vultr://'.length)}${force ? '!' : ''}`),
    );
  }

  it('ML-08: instances that never register go even at the minimum where that is wished for', () => {
    assert.deepEqual(ghosts({ minSize: 3 }), []);
    assert.deepEqual(ghosts({ minSize: 3 }, { forceDeleteUnregistered: true }), ['x!', 'y!', 'z!']);
  });

  it('ML-16: so do instances that could not be created', () => {
    const error = { kind: 'out-of-stock', message: 'none' } as const;
    const failed = { minSize: 1, instances: [anInstance('x', { state: 'creating', error })] };
    const ids = (options: Partial<NodeGroupHealthOptions>): unknown =>
      look(aCluster({}), [aGroup(failed)], { options }).instancesToDelete.map(({ force, instanceIds }) => [
        force,
        instanceIds.length,
      ]);
    assert.deepEqual(ids({}), []);
    assert.deepEqual(ids({ forceDeleteFailed: true }), [[true, 1]]);
  });

  it('ML-23: not before the provision time, that of the group first of all', () => {
    assert.deepEqual(ghosts({ options: { maxNodeProvisionTimeMs: 45 * MINUTE } }), []);
    assert.deepEqual(ghosts({ minSize: 2 }), ['x']);
  });

  it('ML-18, ML-24: of a group that goes as a whole nothing that is no node stays, unless a part of it may', () => {
    const error = { kind: 'invalid', message: 'broken' } as const;
    const nodes = nodesOf('pool', 2);
    const broken = anInstance('broken', { state: 'creating', error });
    const young = anInstance('young');
    const cleared = (rest: Parameters<typeof aGroup>[0]): readonly string[] =>
      look(aCluster({ nodes }), [aGroup(rest)]).instancesToDelete.flatMap(({ instanceIds }) => instanceIds);
    const whole = { zeroOrMaxNodeScaling: true };
    const partly = { ...whole, allowNonAtomicScaleUpToMax: true };
    const some = { nodes, instances: [broken, young] };
    // Nodes with pods on them are drained by scale-down, never deleted for what another instance did (I2).
    assert.deepEqual(cleared({ ...some, options: whole }), ['vultr://broken', 'vultr://young']);
    assert.deepEqual(cleared({ ...some, options: partly }), []);
    assert.deepEqual(cleared({ instances: [broken], options: partly }), ['vultr://broken']);
  });

  it('ML-17: instances of pools that nobody manages are nothing to us', () => {
    const seen = look(aCluster({ nodes: [aNode({ name: 'stranger' })] }), []);
    assert.deepEqual([seen.instancesToDelete, seen.withdrawals], [[], []]);
  });

  it('a withdrawal and a deletion together never take a group below its minimum', () => {
    const groups = [aGroup({ minSize: 1, targetSize: 2, instances: instances.slice(0, 1) })];
    const cluster = aCluster({});
    const then = look(cluster, groups, { memory: look(cluster, groups).memory, now: late });
    const deleted = then.instancesToDelete.flatMap(({ instanceIds }) => instanceIds).length;
    const withdrawn = then.withdrawals.reduce((sum, { from, to }) => sum + from - to, 0);
    assert.equal(deleted + withdrawn, 1);
  });

  it('while the cluster is unhealthy, only what never registered', () => {
    const nodes = nodesOf('pool', 4, { ready: false });
    const error = { kind: 'invalid', message: 'broken' } as const;
    const failed = anInstance('failed', { error });
    const groups = [aGroup({ nodes, instances: [failed, anInstance('lost')] })];
    const cluster = aCluster({ nodes });
    const then = look(cluster, groups, { memory: look(cluster, groups).memory, now: late });
    assert.equal(then.health.healthy, false);
    assert.deepEqual(
      then.instancesToDelete.map(({ instanceIds }) => instanceIds),
      [['vultr://lost']],
    );
  });
});
