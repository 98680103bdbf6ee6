import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { aGroupExplanation, aRecord } from '../explain/record.test-support.ts';
import type { DecisionRecord, PodsExplanation } from '../explain/record.ts';
import { Narrator, narrateOutcome } from './narrator.ts';

function somePods(said: Partial<PodsExplanation>): PodsExplanation {
  return {
    example: 'default/web-1',
    count: 3,
    owner: 'ReplicaSet default/web',
    outcome: { kind: 'cannot-be-helped', onNodes: [] },
    perGroup: [
      { group: 'a', reason: { code: 'GroupAtMaxSize', maxSize: 4, targetSize: 4 } },
      { group: 'b', reason: { code: 'GroupAtMaxSize', maxSize: 4, targetSize: 4 } },
    ],
    ...said,
  };
}

const textsOf = (narrator: Narrator, said: Partial<DecisionRecord>): string[] =>
  narrator.narrate(aRecord(said)).map(({ kind, text }) => `${kind}: ${text}`);

describe('what a record says to people', () => {
  it('a resize: from, to, for how many pods, why, and what it costs', () => {
    const action = {
      kind: 'resize',
      group: 'web',
      from: 1,
      to: 4,
      pods: 19,
      because: 'least-waste',
      pricePerHour: 0.1645,
    } as const;
    assert.deepEqual(textsOf(new Narrator(), { actions: [action] }), [
      'scale-up: pool web 1 → 4 nodes for 19 pods (least-waste), +$0.165/h',
    ]);
  });

  it('a replacement: from the request to its end, each step once', () => {
    const replacement = {
      group: 'small',
      nodes: 1,
      replaced: ['big-a'],
      savesPerHour: 0.12,
      savingsShare: 0.4,
      disruptionShare: 0.2,
    };
    const narrator = new Narrator();
    const action = {
      kind: 'resize',
      group: 'small',
      from: 1,
      to: 2,
      pods: 0,
      because: 'replace big-a',
      pricePerHour: 0.03,
    } as const;
    const asked = { code: 'ReplacementAsked', replacement, untilMs: 900_000 } as const;
    assert.deepEqual(textsOf(narrator, { actions: [action], consolidation: asked }), [
      'scale-up: pool small 1 → 2 nodes (replace big-a), +$0.030/h',
    ]);
    const awaited = { code: 'ReplacementAwaited', replacement, ready: 0, untilMs: 900_000 } as const;
    assert.deepEqual(textsOf(narrator, { consolidation: awaited }), [
      'scale-down: replace big-a by 1 node of small, saving $0.120/h; 0 of 1 new node ready',
    ]);
    assert.deepEqual(textsOf(narrator, { consolidation: awaited }), []);
    const late = { code: 'ReplacementLate', waitedMs: 900_000 } as const;
    assert.deepEqual(textsOf(narrator, { consolidation: { code: 'ReplacementGivenUp', replacement, because: late } }), [
      'blocked: replace big-a by 1 node of small, saving $0.120/h; given up: not over after 15 min',
    ]);
  });

  it('a removal: the node, why, where its pods go, and what it saves', () => {
    const moves = [1, 2, 3].map((index) => ({ pod: `default/web-${index}`, to: 'web-b' }));
    const action = {
      kind: 'remove-node',
      node: 'web-a',
      group: 'web',
      moves,
      cause: 'underutilized',
      because: 'unneeded',
      pricePerHour: undefined,
    } as const;
    assert.deepEqual(textsOf(new Narrator(), { actions: [action] }), [
      'scale-down: removing web-a of pool web (unneeded); default/web-1 → web-b and 2 more pods',
    ]);
  });

  it('pods that cannot be helped: pools with the same reason are named together', () => {
    assert.deepEqual(textsOf(new Narrator(), { pods: [somePods({})] }), [
      'blocked: 3 pods (ReplicaSet default/web) cannot be helped: a, b: at its maximum of 4 nodes',
    ]);
  });

  it('nothing about pods that are about to run, or that ask for no node', () => {
    const pods = [
      somePods({ outcome: { kind: 'waits', reason: { code: 'FitsUpcomingNode', group: 'a' } } }),
      somePods({ outcome: { kind: 'waits', reason: { code: 'DaemonSetPod' } } }),
      somePods({ outcome: { kind: 'helped', byGroup: [{ group: 'a', pods: 3 }] } }),
    ];
    assert.deepEqual(textsOf(new Narrator(), { pods }), []);
  });
});

describe('what was said', () => {
  it('is not said again while it has not changed, and is when it comes back', () => {
    const narrator = new Narrator();
    assert.equal(textsOf(narrator, { pods: [somePods({})] }).length, 1);
    assert.equal(textsOf(narrator, { pods: [somePods({ count: 5 })] }).length, 0, 'only the number is new');
    assert.equal(textsOf(narrator, { pods: [somePods({ perGroup: [] })] }).length, 1, 'the reason is new');
    const helped = somePods({ outcome: { kind: 'helped', byGroup: [] } });
    textsOf(narrator, { pods: [helped] });
    assert.equal(textsOf(narrator, { pods: [somePods({})] }).length, 1);
  });

  it('in a dry run an action is told once, though each pass wants it again', () => {
    const action = {
      kind: 'resize',
      group: 'web',
      from: 1,
      to: 2,
      pods: 1,
      because: 'it fits',
      pricePerHour: undefined,
    } as const;
    const dry = new Narrator({ dryRun: true });
    assert.equal(textsOf(dry, { actions: [action] }).length, 1);
    assert.equal(textsOf(dry, { actions: [action] }).length, 0);
    assert.equal(textsOf(dry, { actions: [{ ...action, to: 3 }] }).length, 1);
    const wet = new Narrator();
    assert.equal(textsOf(wet, { actions: [action] }).length + textsOf(wet, { actions: [action] }).length, 2);
  });

  it('a backoff is told once, though its remaining time shrinks, and before the action that it leads to', () => {
    const narrator = new Narrator();
    const group = aGroupExplanation({
      blocked: { code: 'GroupInBackoff', untilMs: 300_000, cause: 'out-of-stock', message: 'Vultr: sold out' },
    });
    const action = {
      kind: 'resize',
      group: 'b',
      from: 1,
      to: 2,
      pods: 1,
      because: 'it fits',
      pricePerHour: undefined,
    } as const;
    assert.deepEqual(textsOf(narrator, { groups: [group], actions: [action] }), [
      'blocked: pool web: left alone for another 5 min after a failure (out-of-stock: Vultr: sold out)',
      'scale-up: pool b 1 → 2 nodes for 1 pod (it fits)',
    ]);
    assert.deepEqual(textsOf(narrator, { atMs: 120_000, groups: [group] }), []);
  });
});

describe('what came of an action', () => {
  const node = { node: 'web-a', uid: 'u', groupId: 'g', groupName: 'web', drains: true };

  it('is told where the next decision does not say so itself', () => {
    const failed = { kind: 'removal-failed', atMs: 0, message: 'pod default/a keeps it', ...node } as const;
    assert.equal(narrateOutcome(failed)?.text, 'web-a was not removed: pod default/a keeps it');
    const lost = {
      kind: 'resize-failed',
      atMs: 0,
      groupId: 'g',
      delta: 2,
      error: { kind: 'unknown-outcome', message: '' },
    } as const;
    assert.match(narrateOutcome(lost)?.text ?? '', /was not answered/);
  });

  it('is not where it does', () => {
    const refused = {
      kind: 'resize-failed',
      atMs: 0,
      groupId: 'g',
      delta: 2,
      error: { kind: 'out-of-stock', message: '' },
    } as const;
    assert.equal(narrateOutcome(refused), undefined);
    assert.equal(narrateOutcome({ kind: 'removal-done', atMs: 0, how: 'deleted', ...node }), undefined);
  });
});
