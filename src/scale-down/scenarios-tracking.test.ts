/** Since when nodes are unneeded, pass after pass: what the trackers (LT) of the scenario catalogue measure. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { MINUTE_MS, NOW_MS, plan, SCALE_DOWN, whyStays } from './fixtures.test-support.ts';
import type { ScaleDownMemory } from './memory.ts';
import type { ScaleDownOptions } from './options.ts';
import { aWorld, on, unneededFor } from './world.test-support.ts';

interface Pass {
  /** The nodes that nobody needs; the others are busy. */
  readonly idle: readonly string[];
  readonly busy?: readonly string[];
  readonly removing?: readonly string[];
  readonly memory?: ScaleDownMemory;
  readonly options?: ScaleDownOptions;
  readonly minSize?: number;
}

function pass({ idle, busy = [], removing = [], minSize = 0, ...rest }: Pass) {
  const names = [...idle, ...busy, ...removing];
  const world = aWorld({
    nodes: names.map((name) => ({ name })),
    pods: busy.map((name) => on(name, 900)),
    group: { minSize },
  });
  const removals = removing.map((node) => ({ node, step: 'leaving', drains: false }));
  return plan({ options: SCALE_DOWN, ...world, removals, ...rest });
}

/** For how many minutes each node is unneeded. */
function tracked({ unneeded }: ScaleDownMemory): Readonly<Record<string, number>> {
  return Object.fromEntries([...unneeded].map(([name, { sinceMs }]) => [name, (NOW_MS - sinceMs) / MINUTE_MS]));
}

/** When the node n1 may go, with so many minutes to wait; `undefined`: it hangs on more than the time. */
function goesAtMs(memory: ScaleDownMemory, minutes: number): number | undefined {
  const options = { ...SCALE_DOWN, unneededTimeMs: minutes * MINUTE_MS };
  const reason = whyStays(pass({ idle: ['n1'], memory, options }), 'n1');
  return reason?.code === 'NotUnneededLongEnough' ? reason.untilMs : undefined;
}

describe('how long nodes have been unneeded', () => {
  const memory = unneededFor(5 * MINUTE_MS, 'n1', 'n2');

  it('LT-01: is known of one while another is removed', () => {
    assert.deepEqual(tracked(pass({ idle: ['n2'], removing: ['n1'], memory }).memory), { n2: 5 });
  });

  it('LT-02: is forgotten of one that is needed again', () => {
    assert.deepEqual(tracked(pass({ idle: ['n2'], busy: ['n1'], memory }).memory), { n2: 5 });
  });

  it('LT-03: is known of one that may not go for another reason', () => {
    const made = pass({
      idle: ['n1', 'n2'],
      memory,
      minSize: 1,
      options: { ...SCALE_DOWN, unneededTimeMs: MINUTE_MS },
    });
    assert.equal(whyStays(made, 'n2')?.code, 'NodeGroupMinSizeReached');
    assert.deepEqual(tracked(made.memory), { n1: 5, n2: 5 });
  });

  it('LT-04: is held against the time that is asked for now', () => {
    assert.deepEqual([goesAtMs(memory, 5), goesAtMs(memory, 10)], [NOW_MS, NOW_MS + 5 * MINUTE_MS]);
  });

  it('LT-05: is known of exactly the nodes that are unneeded now and not being removed', () => {
    const before = unneededFor(5 * MINUTE_MS, 'n1', 'n2', 'n3');
    const made = pass({ idle: ['n3', 'n4'], busy: ['n1'], removing: ['n2'], memory: before });
    assert.deepEqual(tracked(made.memory), { n3: 5, n4: 0 });
  });
});
