import assert from 'node:assert/strict';
import { test } from 'node:test';
import { table } from './table.ts';

test('columns are as wide as their widest cell, numbers stand to the right', () => {
  assert.deepEqual(
    table(
      ['pool', '$'],
      [
        ['web', '1.50'],
        ['general', '12.25'],
        ['all', ''],
      ],
    ),
    ['pool         $', 'web       1.50', 'general  12.25', 'all'],
  );
});
