import assert from 'node:assert/strict';
import { test } from 'node:test';
import { VirtualClock } from '../../sandbox/time/virtual-clock.ts';
import { aRecord } from '../explain/record.test-support.ts';
import { EAGER, MINUTE_MS, NOW_MS, plan } from '../scale-down/fixtures.test-support.ts';
import { aWorld, on } from '../scale-down/world.test-support.ts';
import { Explainer } from './explainer.ts';

test('of a node that is not needed it is told where its pods would go; one that is empty, or stays, has none to tell of', () => {
  const pods = [
    on('goes', 100, { name: 'first' }),
    on('goes', 300, { name: 'second' }),
    on('one', 700, { name: 'third' }),
    on('two', 900, { name: 'fourth' }),
  ];
  const world = aWorld({ nodes: [{ name: 'goes' }, { name: 'one' }, { name: 'two' }, { name: 'empty' }], pods });
  const { nodes, memory } = plan({ ...world, options: { ...EAGER, unneededTimeMs: 10 * MINUTE_MS } });
  const explainer = new Explainer(new VirtualClock(NOW_MS), world.cluster);
  explainer.record(aRecord({ nodes }), memory.places);
  assert.deepEqual(explainer.node('goes')?.moves, [
    { pod: 'default/first', to: 'two' },
    { pod: 'default/second', to: 'one' },
  ]);
  assert.deepEqual([explainer.node('empty')?.state, explainer.node('empty')?.moves], ['unneeded', undefined]);
  assert.equal(explainer.node('one')?.moves, undefined);
});
