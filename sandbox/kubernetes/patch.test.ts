import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { sameJson } from './json.ts';
import { PatchFailure, applyJsonPatch, applyMergePatch } from './json-patch.ts';
import { applyStrategicMergePatch } from './strategic-merge-patch.ts';
import type { ResourceName } from './object.ts';

describe('a JSON patch', () => {
  const document = { a: { b: [1, 2, 3] }, 'c/d': { '~': 1 } };
  const patched = (...operations: readonly object[]): unknown => applyJsonPatch(document, operations);

  it('adds, removes, replaces, moves, copies and tests', () => {
    assert.deepEqual(patched({ op: 'add', path: '/a/b/1', value: 9 }), { ...document, a: { b: [1, 9, 2, 3] } });
    assert.deepEqual(patched({ op: 'add', path: '/a/b/-', value: 9 }), { ...document, a: { b: [1, 2, 3, 9] } });
    assert.deepEqual(patched({ op: 'remove', path: '/a/b/0' }), { ...document, a: { b: [2, 3] } });
    assert.deepEqual(patched({ op: 'replace', path: '/c~1d/~0', value: 2 }), { ...document, 'c/d': { '~': 2 } });
    assert.deepEqual(patched({ op: 'move', from: '/a', path: '/e' }), { 'c/d': { '~': 1 }, e: { b: [1, 2, 3] } });
    assert.deepEqual(patched({ op: 'copy', from: '/a/b/0', path: '/n' }), { ...document, n: 1 });
    assert.deepEqual(patched({ op: 'test', path: '/a/b', value: [1, 2, 3] }), document);
  });

  it('fails as a whole for a path that is not there or a test that does not hold', () => {
    for (const operation of [
      { op: 'remove', path: '/x' },
      { op: 'replace', path: '/a/x', value: 1 },
      { op: 'add', path: '/x/y', value: 1 },
      { op: 'add', path: '/a/b/5', value: 1 },
      { op: 'add', path: '/a/b/01', value: 1 },
      { op: 'test', path: '/a/b/0', value: 2 },
      { op: 'paint', path: '/a' },
      { op: 'add', path: '/a' },
    ]) {
      assert.throws(() => patched(operation), PatchFailure, JSON.stringify(operation));
    }
  });
});

describe('a merge patch', () => {
  // RFC 7386, appendix A.
  const cases: readonly (readonly [unknown, unknown, unknown])[] = [
    [{ a: 'b' }, { a: 'c' }, { a: 'c' }],
    [{ a: 'b' }, { b: 'c' }, { a: 'b', b: 'c' }],
    [{ a: 'b', b: 'c' }, { a: null }, { b: 'c' }],
    [{ a: ['b'] }, { a: 'c' }, { a: 'c' }],
    [{ a: { b: 'c' } }, { a: { b: 'd', c: null } }, { a: { b: 'd' } }],
    [{ a: 'foo' }, { a: { bb: { ccc: null } } }, { a: { bb: {} } }],
    [
      ['a', 'b'],
      ['c', 'd'],
      ['c', 'd'],
    ],
    [{ e: null }, { a: 1 }, { e: null, a: 1 }],
    [{ a: 'foo' }, 'bar', 'bar'],
  ];
  it('does what the examples of RFC 7386 say', () => {
    for (const [document, patch, result] of cases) assert.deepEqual(applyMergePatch(document, patch), result);
  });

  it('changes nothing when applied a second time', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.jsonValue(), (document, patch) => {
        const once = applyMergePatch(document, patch);
        assert.ok(sameJson(applyMergePatch(once, patch), once));
      }),
    );
  });
});

function merge(document: object, patch: object, resource: ResourceName = 'pods'): unknown {
  return applyStrategicMergePatch(document, patch, { resource, fields: [] });
}

describe('a strategic merge patch', () => {
  it('merges containers, environment and conditions by their keys, and replaces plain lists', () => {
    const document = {
      spec: {
        containers: [
          { name: 'a', image: 'a:1', args: ['x'], env: [{ name: 'K', value: '1' }] },
          { name: 'b', image: 'b:1' },
        ],
        tolerations: [{ key: 'x' }],
      },
      status: { conditions: [{ type: 'Ready', status: 'True', reason: 'R' }] },
    };
    const patch = {
      spec: {
        containers: [
          { name: 'a', args: ['y', 'z'], env: [{ name: 'L', value: '2' }] },
          { name: 'c', image: 'c:1' },
        ],
        tolerations: [{ key: 'y' }],
      },
      status: { conditions: [{ type: 'Ready', status: 'False' }] },
    };
    assert.deepEqual(merge(document, patch), {
      spec: {
        containers: [
          {
            name: 'a',
            image: 'a:1',
            args: ['y', 'z'],
            env: [
              { name: 'K', value: '1' },
              { name: 'L', value: '2' },
            ],
          },
          { name: 'b', image: 'b:1' },
          { name: 'c', image: 'c:1' },
        ],
        tolerations: [{ key: 'y' }],
      },
      status: { conditions: [{ type: 'Ready', status: 'False', reason: 'R' }] },
    });
  });

  it('takes the taints of a node as one list', () => {
    const node = { spec: { taints: [{ key: 'a', effect: 'NoSchedule' }] } };
    const taints = [{ key: 'b', effect: 'NoExecute' }];
    assert.deepEqual(merge(node, { spec: { taints } }, 'nodes'), { spec: { taints } });
    assert.deepEqual(merge(node, { spec: { taints: null } }, 'nodes'), { spec: {} });
  });

  it('obeys the directives that kubectl writes', () => {
    const document = {
      metadata: { finalizers: ['x', 'y'], ownerReferences: [{ uid: '1' }, { uid: '2' }] },
      spec: { containers: [{ name: 'a' }, { name: 'server' }, { name: 'b' }], volumes: [{ name: 'v', emptyDir: {} }] },
    };
    const patch = {
      metadata: {
        '$deleteFromPrimitiveList/finalizers': ['x'],
        ownerReferences: [{ $patch: 'delete', uid: '1' }],
      },
      spec: {
        '$setElementOrder/containers': [{ name: 'b' }, { name: 'a' }, { name: 'c' }],
        containers: [{ name: 'c' }],
        volumes: [{ $retainKeys: ['name', 'hostPath'], name: 'v', hostPath: { path: '/' } }],
      },
    };
    assert.deepEqual(merge(document, patch), {
      metadata: { finalizers: ['y'], ownerReferences: [{ uid: '2' }] },
      spec: {
        containers: [{ name: 'server' }, { name: 'b' }, { name: 'a' }, { name: 'c' }],
        volumes: [{ name: 'v', hostPath: { path: '/' } }],
      },
    });
    assert.deepEqual(merge({ spec: { a: 1, b: 2 } }, { spec: { $patch: 'replace', c: 3 } }), { spec: { c: 3 } });
    assert.deepEqual(merge({ spec: { a: 1 }, data: 1 }, { spec: { $patch: 'delete' } }), { data: 1 });
    const replaced = { spec: { containers: [{ $patch: 'replace' }, { name: 'z' }] } };
    assert.deepEqual(merge(document, replaced), {
      ...document,
      spec: { ...document.spec, containers: [{ name: 'z' }] },
    });
  });

  it('fails for an element without its key', () => {
    assert.throws(() => merge({}, { spec: { containers: [{ image: 'x' }] } }), PatchFailure);
  });
});
