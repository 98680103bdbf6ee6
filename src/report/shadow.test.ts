import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { aGroupExplanation, aRecord } from '../explain/record.test-support.ts';
import type { ActionRecord, DecisionRecord, NodeExplanation } from '../explain/record.ts';
import { Shadow, type ShadowFinding } from './shadow.ts';

const SECOND = 1000;

const resize = (to: number): ActionRecord => ({
  kind: 'resize',
  group: 'web',
  from: 1,
  to,
  pods: 3,
  because: 'least-waste: 10 % unused',
  pricePerHour: 0.05,
});

const removal: ActionRecord = {
  kind: 'remove-node',
  node: 'web-2',
  group: 'web',
  moves: [],
  cause: 'empty',
  because: 'no pod needs it',
  pricePerHour: 0.05,
};

function aNode(outcome: NodeExplanation['outcome']): NodeExplanation {
  return { node: 'web-2', group: 'web', utilization: undefined, outcome };
}

const BUSY = aNode({ kind: 'stays', reason: { code: 'NodeIsStarting' } });
const UNNEEDED = aNode({
  kind: 'unneeded',
  sinceMs: 0,
  reason: { code: 'NotUnneededLongEnough', sinceMs: 0, untilMs: 600 * SECOND },
});
const WANTED_GONE = aNode({ kind: 'removed', action: 0 });

interface Moment extends Partial<DecisionRecord> {
  readonly target?: number;
}

/** What is found by a history, a moment each half minute. */
function found(...moments: readonly Moment[]): readonly Pick<ShadowFinding, 'what' | 'verdict' | 'wantedSeconds'>[] {
  const shadow = new Shadow();
  for (const [index, { target = 1, ...said }] of moments.entries()) {
    const groups = [aGroupExplanation({ targetSize: target })];
    shadow.record(aRecord({ id: `r-${index}`, atMs: index * 30 * SECOND, groups, ...said }));
  }
  return shadow.findings.map(({ what, verdict, wantedSeconds }) => ({
    what,
    verdict,
    ...(wantedSeconds === undefined ? {} : { wantedSeconds }),
  }));
}

describe('in the shadow, of pools that grow', () => {
  it('it is agreed on what was wanted, and said for how long', () => {
    const moments = [{ actions: [resize(3)] }, { actions: [resize(3)] }, { target: 3 }];
    assert.deepEqual(found(...moments), [{ what: 'scale-up', verdict: 'agreed', wantedSeconds: 60 }]);
  });

  it('what was not wanted is their idea alone, what they never did is ours', () => {
    assert.deepEqual(found({}, { target: 2 }), [{ what: 'scale-up', verdict: 'only-they' }]);
    assert.deepEqual(found({ actions: [resize(3)] }, { actions: [resize(3)] }, {}), [
      { what: 'scale-up', verdict: 'only-we', wantedSeconds: 60 },
    ]);
  });

  it('a wish that is over within a minute, and one that is still open, say nothing', () => {
    assert.deepEqual(found({ actions: [resize(3)] }, {}), []);
    assert.deepEqual(found({ actions: [resize(3)] }, { actions: [resize(3)] }, { actions: [resize(4)] }), []);
  });

  it('what is wanted beyond what they gave is wanted anew', () => {
    const moments = [{ actions: [resize(5)] }, { target: 2, actions: [resize(5)] }, { target: 2 }];
    assert.deepEqual(found(...moments), [{ what: 'scale-up', verdict: 'agreed', wantedSeconds: 30 }]);
  });
});

describe('in the shadow, of nodes that go', () => {
  it('it is agreed on one that was to go, marked or gone, and told once', () => {
    const wanted = { nodes: [WANTED_GONE], actions: [removal] };
    const going = { nodes: [aNode({ kind: 'being-removed', step: 'marked for deletion' })] };
    const agreed = [{ what: 'scale-down', verdict: 'agreed', wantedSeconds: 30 }];
    assert.deepEqual(found(wanted, going, {}), agreed);
    assert.deepEqual(found(wanted, {}), agreed);
  });

  it('one that was unneeded goes sooner than we would have it, a busy one by their idea alone', () => {
    assert.deepEqual(found({ nodes: [UNNEEDED] }, {}), [{ what: 'scale-down', verdict: 'sooner' }]);
    assert.deepEqual(found({ nodes: [BUSY] }, {}), [{ what: 'scale-down', verdict: 'only-they' }]);
  });

  it('one that they keep although we would not is ours alone, once it is needed again', () => {
    const wanted = { nodes: [WANTED_GONE], actions: [removal] };
    assert.deepEqual(found(wanted, wanted, wanted, { nodes: [BUSY] }), [
      { what: 'scale-down', verdict: 'only-we', wantedSeconds: 90 },
    ]);
  });
});
