import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { aGroup } from '../node-groups/fixtures.test-support.ts';
import type { NodeGroupMemory } from '../node-groups/memory.ts';
import { EMPTY_MEMORY } from '../node-groups/memory.ts';
import type { NodeGroupState } from '../node-groups/node-group.ts';
import { defaultOptions } from '../options/options.ts';
import type { ScaleDownMemory } from '../scale-down/memory.ts';
import { EMPTY_SCALE_DOWN_MEMORY } from '../scale-down/memory.ts';
import { NO_PREDICTIONS } from '../scale-up/predictions.ts';
import type { DecideOptions } from './decide.ts';
import { LONGEST_ABSENCE_MS, believed } from './kept-belief.ts';
import { FIRST_MEMORY, type Memory } from './memory.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const NOW = 100 * HOUR;

const { scaleUp, scaleDown, limits, nodeGroups, thresholds } = defaultOptions();
const OPTIONS: DecideOptions = { scaleUp, scaleDown, limits, health: nodeGroups, thresholds, maxLaunchesPerHour: 0 };

interface Given {
  readonly nodeGroups?: Partial<NodeGroupMemory>;
  readonly scaleDown?: Partial<ScaleDownMemory>;
  readonly rest?: Partial<Memory>;
  /** Default: a minute ago. */
  readonly aliveAtMs?: number;
  readonly leftOut?: readonly string[];
  /** Default: one pool `web` of three nodes. */
  readonly groups?: readonly NodeGroupState[];
}

/** What a start believes, on a cluster with the node n1 of uid u1. */
function belief(given: Given): Memory {
  const memory: Memory = {
    ...FIRST_MEMORY,
    nodeGroups: { ...EMPTY_MEMORY, ...given.nodeGroups },
    scaleDown: { ...EMPTY_SCALE_DOWN_MEMORY, ...given.scaleDown },
    ...given.rest,
  };
  const kept = { memory, aliveAtMs: given.aliveAtMs ?? NOW - MINUTE, leftOut: given.leftOut ?? [] };
  const { groups = [aGroup({ id: 'web', targetSize: 3 })] } = given;
  return believed(kept, { groups, options: OPTIONS, now: NOW, uidOf: (name) => (name === 'n1' ? 'u1' : undefined) });
}

const backoff = {
  durationMs: 10 * MINUTE,
  untilMs: NOW + 4 * MINUTE,
  lastFailureMs: NOW - 6 * MINUTE,
  cause: 'out-of-stock',
  message: 'sold out',
} as const;

const failed = (uid: string, untilMs: number): ScaleDownMemory['unremovable'] =>
  new Map([['n1', { uid, untilMs, reason: { code: 'RemovalFailedRecently', untilMs, message: 'a pod came' } }]]);

const LONG_AGO = NOW - LONGEST_ABSENCE_MS - 1;

describe('of pools', () => {
  it('a backoff is believed as it was, also after a long absence', () => {
    for (const aliveAtMs of [NOW, LONG_AGO]) {
      assert.deepEqual(belief({ nodeGroups: { backoffs: { web: backoff } }, aliveAtMs }).nodeGroups.backoffs, {
        web: backoff,
      });
    }
  });

  it('none lasts for longer than the longest backoff, and no failure lies in the future', () => {
    const endless = { ...backoff, durationMs: 90 * HOUR, untilMs: NOW + 90 * HOUR, lastFailureMs: NOW + HOUR };
    const { maxBackoffMs } = nodeGroups;
    assert.deepEqual(belief({ nodeGroups: { backoffs: { web: endless } } }).nodeGroups.backoffs['web'], {
      ...backoff,
      durationMs: maxBackoffMs,
      untilMs: NOW + maxBackoffMs,
      lastFailureMs: NOW,
    });
  });

  it('nothing is believed of a pool that is gone', () => {
    const of = belief({
      nodeGroups: {
        backoffs: { gone: backoff },
        scaleUpRequests: { gone: { increase: 1, sinceMs: NOW, untilMs: NOW + MINUTE, to: 4 } },
        inFlight: { gone: { to: 4, delta: 1, sinceMs: NOW, outcomeUnknown: true } },
        givenUp: { gone: 1 },
        growthOrder: ['gone'],
      },
      scaleDown: { groups: new Map([['gone', { scaleUpAtMs: 1, deleteAtMs: undefined, failureAtMs: undefined }]]) },
      rest: {
        predictions: {
          promises: [{ kin: 'k', groupId: 'gone', sinceMs: NOW, nodes: 1 }],
          mistakes: [
            { kin: 'k', groupId: 'gone', times: 1, lastAtMs: NOW, untilMs: NOW + MINUTE, node: 'n1', avoided: [] },
          ],
        },
      },
    });
    assert.deepEqual(of.nodeGroups, EMPTY_MEMORY);
    assert.deepEqual([of.scaleDown.groups, of.predictions], [new Map(), NO_PREDICTIONS]);
  });

  it('a request keeps its deadline, but none that is longer than a node may take', () => {
    const request = { increase: 2, sinceMs: NOW - 8 * MINUTE, untilMs: NOW + 7 * MINUTE };
    assert.deepEqual(belief({ nodeGroups: { scaleUpRequests: { web: request } } }).nodeGroups.scaleUpRequests, {
      web: request,
    });
    const odd = { increase: 2, sinceMs: NOW + HOUR, untilMs: NOW + 9 * HOUR };
    assert.deepEqual(belief({ nodeGroups: { scaleUpRequests: { web: odd } } }).nodeGroups.scaleUpRequests['web'], {
      increase: 2,
      sinceMs: NOW,
      untilMs: NOW + nodeGroups.maxNodeProvisionTimeMs,
    });
  });

  it('a request that Vultr’s listing does not show yet counts for as long as that may lag', () => {
    const request = { increase: 2, sinceMs: NOW - 10_000, untilMs: NOW + 15 * MINUTE, to: 5 };
    const { inFlight } = belief({ nodeGroups: { scaleUpRequests: { web: request } } }).nodeGroups;
    assert.deepEqual(inFlight, {
      web: { to: 5, delta: 2, sinceMs: NOW - 10_000, outcomeUnknown: true, hiddenUntilMs: NOW + 20_000 },
    });
    const shown = [aGroup({ id: 'web', targetSize: 5 })];
    const older = { ...request, sinceMs: NOW - MINUTE };
    for (const given of [
      { nodeGroups: { scaleUpRequests: { web: request } }, groups: shown },
      { nodeGroups: { scaleUpRequests: { web: older } } },
    ]) {
      assert.deepEqual(belief(given).nodeGroups.inFlight, {});
    }
  });

  const sent = { to: 5, delta: 2, sinceMs: NOW - 2 * MINUTE, outcomeUnknown: true };

  it('a resize that may have been sent counts until the listing must show it, since nobody knows when it left', () => {
    const { inFlight, scaleUpRequests } = belief({ nodeGroups: { inFlight: { web: sent } } }).nodeGroups;
    assert.deepEqual(inFlight, { web: { ...sent, hiddenUntilMs: NOW + 30_000 } });
    assert.deepEqual(scaleUpRequests, {});
  });

  it('one that the listing shows is a request, with the deadline that it would have', () => {
    const groups = [aGroup({ id: 'web', targetSize: 5 })];
    const { inFlight, scaleUpRequests } = belief({ nodeGroups: { inFlight: { web: sent } }, groups }).nodeGroups;
    assert.deepEqual(inFlight, {});
    const untilMs = sent.sinceMs + nodeGroups.maxNodeProvisionTimeMs;
    assert.deepEqual(scaleUpRequests, { web: { increase: 2, sinceMs: sent.sinceMs, untilMs } });
  });

  it('one beyond the maximum was never sent', () => {
    const groups = [aGroup({ id: 'web', targetSize: 3, maxSize: 4 })];
    assert.deepEqual(belief({ nodeGroups: { inFlight: { web: sent } }, groups }).nodeGroups, EMPTY_MEMORY);
  });

  it('after a long absence requests and what never came are read off the pools anew; failed instances are known', () => {
    const memory: Partial<NodeGroupMemory> = {
      scaleUpRequests: { web: { increase: 2, sinceMs: NOW - HOUR, untilMs: NOW - MINUTE } },
      inFlight: { web: sent },
      givenUp: { web: 1 },
      growthOrder: ['web'],
      unregisteredSince: { 'vultr://x': NOW - HOUR },
      failedSince: { 'vultr://y': NOW + HOUR },
    };
    const failedSince = { 'vultr://y': NOW };
    assert.deepEqual(belief({ nodeGroups: memory, aliveAtMs: LONG_AGO }).nodeGroups, { ...EMPTY_MEMORY, failedSince });
    const soon = belief({ nodeGroups: memory, aliveAtMs: LONG_AGO + 1 }).nodeGroups;
    assert.deepEqual([soon.givenUp, soon.growthOrder], [{ web: 1 }, ['web']]);
    assert.deepEqual(soon.unregisteredSince, { 'vultr://x': NOW - HOUR });
  });
});

describe('of nodes', () => {
  const unneeded = new Map([
    ['n1', { uid: 'u1', sinceMs: NOW - 9 * MINUTE }],
    ['n2', { uid: 'u2', sinceMs: NOW - 9 * MINUTE }],
  ]);

  it('a timer is believed of the same node, not of one that is gone or bears its name', () => {
    const { scaleDown: own } = belief({ scaleDown: { unneeded } });
    assert.deepEqual([...own.unneeded], [['n1', { uid: 'u1', sinceMs: NOW - 9 * MINUTE }]]);
    assert.ok(own.taintsRead, 'the timers say more than the marks');
    const renamed = new Map([['n1', { uid: 'another', sinceMs: NOW }]]);
    assert.equal(belief({ scaleDown: { unneeded: renamed } }).scaleDown.unneeded.size, 0);
  });

  it('a timer from the future begins now', () => {
    const early = new Map([['n1', { uid: 'u1', sinceMs: NOW + HOUR }]]);
    assert.equal(belief({ scaleDown: { unneeded: early } }).scaleDown.unneeded.get('n1')?.sinceMs, NOW);
  });

  it('after an absence in which nobody watched, timers begin anew', () => {
    const away = belief({ scaleDown: { unneeded }, aliveAtMs: LONG_AGO }).scaleDown;
    assert.deepEqual([away.unneeded.size, away.taintsRead], [0, false]);
  });

  it('without room for the timers, the marks on the nodes are read', () => {
    assert.equal(belief({ leftOut: ['unneeded'] }).scaleDown.taintsRead, false);
  });

  it('a removal that failed keeps the node for as long as it would have, and no longer than the flags say', () => {
    const soon = failed('u1', NOW + MINUTE);
    assert.deepEqual(belief({ scaleDown: { unremovable: soon }, aliveAtMs: LONG_AGO }).scaleDown.unremovable, soon);
    const { unremovable } = belief({ scaleDown: { unremovable: failed('u1', NOW + 9 * HOUR) } }).scaleDown;
    assert.deepEqual(unremovable, failed('u1', NOW + scaleDown.unremovableNodeRecheckMs));
    assert.equal(belief({ scaleDown: { unremovable: failed('other', NOW + 1) } }).scaleDown.unremovable.size, 0);
  });

  it('delays run from the past, or from now', () => {
    const last = { lastScaleUpAtMs: NOW - MINUTE, lastDeleteAtMs: NOW + HOUR, lastFailureAtMs: undefined };
    const groups = new Map([['web', { scaleUpAtMs: NOW + 1, deleteAtMs: NOW - 1, failureAtMs: undefined }]]);
    const own = belief({ scaleDown: { ...last, groups }, aliveAtMs: LONG_AGO }).scaleDown;
    assert.deepEqual([own.lastScaleUpAtMs, own.lastDeleteAtMs, own.lastFailureAtMs], [NOW - MINUTE, NOW, undefined]);
    assert.deepEqual(own.groups.get('web'), { scaleUpAtMs: NOW, deleteAtMs: NOW - 1, failureAtMs: undefined });
  });

  it('a replacement goes on until its time is over', () => {
    const sketch = {
      group: 'web',
      nodes: 1,
      replaced: ['n1'],
      savesPerHour: 0.1,
      savingsShare: 0.5,
      disruptionShare: 0.2,
    };
    const replacement = {
      groupId: 'web',
      sketch,
      before: ['u1'],
      replaced: [],
      askedAtMs: NOW + 1,
      readyAtMs: undefined,
      untilMs: NOW + 99 * HOUR,
    };
    const kept = {
      replacement,
      found: { sketch, sinceMs: NOW + MINUTE },
      lookedAtMs: undefined,
      quietUntilMs: NOW + HOUR,
    };
    const own = belief({ scaleDown: { consolidation: kept } }).scaleDown.consolidation;
    assert.deepEqual([own.replacement?.askedAtMs, own.replacement?.untilMs], [NOW, NOW + 2 * HOUR]);
    assert.equal(own.found?.sinceMs, NOW);
    assert.equal(own.quietUntilMs, NOW, 'no longer than the flags of today let it: consolidation is off');
    for (const change of [{ untilMs: NOW }, { groupId: 'gone' }]) {
      const consolidation = { ...kept, replacement: { ...replacement, ...change } };
      assert.equal(belief({ scaleDown: { consolidation } }).scaleDown.consolidation.replacement, undefined);
    }
    const { replacement: forgotten, found } = belief({ scaleDown: { consolidation: kept }, aliveAtMs: LONG_AGO })
      .scaleDown.consolidation;
    assert.deepEqual([forgotten, found], [undefined, undefined]);
  });
});

describe('of launches and predictions', () => {
  it('what was launched counts, also from a clock that was ahead', () => {
    const launches = {
      launches: [
        { sinceMs: NOW - MINUTE, atMs: NOW - MINUTE, nodes: 2 },
        { sinceMs: NOW + MINUTE, atMs: NOW + HOUR, nodes: 3 },
      ],
    };
    assert.deepEqual(belief({ rest: { launches }, aliveAtMs: LONG_AGO }).launches.launches, [
      { sinceMs: NOW - MINUTE, atMs: NOW - MINUTE, nodes: 2 },
      { sinceMs: NOW, atMs: NOW, nodes: 3 },
    ]);
  });

  it('a mistake holds for three hours at most; a promise is forgotten where nobody saw the nodes come', () => {
    const promises = [{ kin: 'k', groupId: 'web', sinceMs: NOW + 1, nodes: 1 }];
    const mistake = { kin: 'k', groupId: 'web', times: 2, lastAtMs: NOW + 5, node: 'n1', avoided: [] };
    const predictions = { promises, mistakes: [{ ...mistake, untilMs: NOW + 99 * HOUR }] };
    const own = belief({ rest: { predictions } }).predictions;
    assert.deepEqual(own.promises, [{ ...promises[0], sinceMs: NOW }]);
    assert.deepEqual(own.mistakes, [{ ...mistake, lastAtMs: NOW, untilMs: NOW + 3 * HOUR }]);
    assert.deepEqual(belief({ rest: { predictions }, aliveAtMs: LONG_AGO }).predictions.promises, []);
  });
});
