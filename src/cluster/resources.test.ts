import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { aSpec } from './fixtures.test-support.ts';
import { addResources, CPU, MEMORY, PODS, ResourceTable } from './resources.ts';

describe('the table of resources', () => {
  it('lists what a pod takes: what it asks more than nothing of, and its own place', () => {
    const table = new ResourceTable();
    const demands = table.demands(aSpec({ 'nvidia.com/gpu': 2, memory: 100, cpu: 0, pods: 7 }));
    assert.deepEqual(
      demands.map(({ column, amount }) => [table.name(column), amount]),
      [
        ['memory', 100],
        ['pods', 1],
        ['nvidia.com/gpu', 2],
      ],
    );
  });

  it('gives the same column for the same name', () => {
    const table = new ResourceTable();
    assert.deepEqual([table.column('cpu'), table.column('memory'), table.column('pods')], [CPU, MEMORY, PODS]);
    assert.equal(table.column('amd.com/gpu'), table.column('amd.com/gpu'));
  });
});

describe('adding resources', () => {
  it('keeps what only one of them has', () => {
    assert.deepEqual(addResources({ cpu: 1, memory: 2 }, { cpu: 3, 'amd.com/gpu': 1 }), {
      cpu: 4,
      memory: 2,
      'amd.com/gpu': 1,
    });
  });
});
