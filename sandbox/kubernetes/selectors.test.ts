import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { fieldsMatch, parseFieldSelector } from './field-selector.ts';
import { labelsMatch, parseLabelSelector, requirementsOf, selectorMatches, selectorText } from './label-selector.ts';
import { ApiError } from './object.ts';
import { podNamed, testServer } from './test-client.ts';

describe('a label selector', () => {
  const labels = { app: 'web', tier: 'front', level: '5' };
  const matches = (text: string): boolean => labelsMatch(parseLabelSelector(text), labels);

  it('knows every operator', () => {
    for (const text of [
      '',
      'app=web',
      'app==web',
      'app!=db',
      'none!=x',
      'app in (db, web)',
      'app notin (db)',
      'none notin (db)',
      'app',
      '!none',
      'level>4',
      'level<6',
      'app=web,tier in (front,back),!none',
    ]) {
      assert.ok(matches(text), text);
    }
    for (const text of ['app=db', 'app!=web', 'app in (db)', 'app notin (web)', 'none', '!app', 'level>5', 'none=x']) {
      assert.ok(!matches(text), text);
    }
  });

  it('refuses what it cannot read', () => {
    for (const text of ['app=web,', 'app in web', '=x', 'a=b=c', 'app in (a', '%$']) {
      assert.throws(() => parseLabelSelector(text), ApiError, text);
    }
  });

  it('means the same as text and as an object', () => {
    const word = fc.constantFrom('a', 'b', 'c');
    const words = fc.uniqueArray(word, { minLength: 1 });
    const expression = fc.oneof(
      fc.record({ key: word, operator: fc.constantFrom('In', 'NotIn'), values: words }),
      fc.record({ key: word, operator: fc.constantFrom('Exists', 'DoesNotExist') }),
    );
    const selector = fc.record({ matchLabels: fc.dictionary(word, word), matchExpressions: fc.array(expression) });
    fc.assert(
      fc.property(selector, fc.dictionary(word, word), (object, given) => {
        const asText = parseLabelSelector(selectorText(object));
        assert.equal(labelsMatch(asText, given), labelsMatch(requirementsOf(object), given));
      }),
    );
  });

  it('matches nothing when absent and everything when empty', () => {
    assert.equal(selectorMatches(undefined, labels), false);
    assert.equal(selectorMatches({}, labels), true);
  });
});

describe('a field selector', () => {
  it('selects pods by node and phase, with both signs', () => {
    const { store } = testServer();
    store.create('pods', podNamed('a'));
    store.bind('default', 'a', 'node-1');
    const pod = store.get('pods', 'default', 'a');
    const matches = (text: string): boolean => fieldsMatch(parseFieldSelector(text, 'pods'), pod);
    assert.ok(matches('spec.nodeName=node-1,status.phase!=Failed,metadata.namespace=default'));
    assert.ok(!matches('spec.nodeName!=node-1'));
    assert.ok(matches('status.podIP='));
    assert.throws(() => parseFieldSelector('spec.color=red', 'pods'), /field label not supported: spec.color/);
    assert.throws(() => parseFieldSelector('nonsense', 'pods'), ApiError);
  });
});
