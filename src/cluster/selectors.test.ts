import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { requirementMatches, selectorMatches } from './selectors.ts';

const labels = { zone: 'a', cores: '007', app: 'web' };

function says(operator: string, key: string, ...values: string[]): boolean {
  return requirementMatches({ key, operator, values }, labels);
}

describe('label selectors', () => {
  it('match by value, by absence and by number', () => {
    assert.deepEqual(
      [says('In', 'zone', 'b', 'a'), says('In', 'zone', 'b'), says('In', 'rack', 'a')],
      [true, false, false],
    );
    assert.deepEqual(
      [says('NotIn', 'zone', 'b'), says('NotIn', 'zone', 'a'), says('NotIn', 'rack', 'a')],
      [true, false, true],
    );
    assert.deepEqual(
      [says('Exists', 'zone'), says('DoesNotExist', 'zone'), says('DoesNotExist', 'rack')],
      [true, false, true],
    );
    assert.deepEqual(
      [says('Gt', 'cores', '6'), says('Gt', 'cores', '7'), says('Lt', 'cores', '8')],
      [true, false, true],
    );
  });

  it('match nothing when a number is none, or the operator is unknown', () => {
    assert.equal(requirementMatches({ key: 'zone', operator: 'Gt', values: ['1'] }, labels), false);
    assert.equal(requirementMatches({ key: 'cores', operator: 'Gt', values: ['many'] }, labels), false);
    assert.equal(requirementMatches({ key: 'zone', operator: 'Like', values: ['a'] }, labels), false);
  });

  it('do not take what every object inherits for a label', () => {
    assert.equal(requirementMatches({ key: 'constructor', operator: 'Exists', values: [] }, labels), false);
  });

  it('tell a missing selector from an empty one', () => {
    assert.equal(selectorMatches(undefined, labels), false);
    assert.equal(selectorMatches({ requirements: [] }, labels), true);
  });
});
