import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { Backoff } from '../node-groups/backoff.ts';
import type { ResizeInFlight } from '../node-groups/memory.ts';
import { EMPTY_MEMORY } from '../node-groups/memory.ts';
import type { ScaleUpRequest } from '../node-groups/requests.ts';
import type { ConsolidationMemory, LastMoments, Unremovable } from '../scale-down/memory.ts';
import { EMPTY_SCALE_DOWN_MEMORY } from '../scale-down/memory.ts';
import { NO_HINTS } from '../scale-up/imitated-placing.ts';
import { type KeptData, isBlank, readMemory, saysTheSame, writeMemory } from './kept-form.ts';
import { FIRST_MEMORY, type Memory } from './memory.ts';

const NOON_MS = 1_796_040_000_000;
const SIGN = { by: 'autoscaler-1', atMs: NOON_MS };

/** Plain objects, as JSON gives them. */
const record = <T>(model: { [K in keyof T]: fc.Arbitrary<T[K]> }): fc.Arbitrary<T> =>
  fc.record<T>(model, { noNullPrototype: true });

const time = fc.integer({ min: 0, max: NOON_MS });
const count = fc.integer({ min: 0, max: 1000 });
const name = fc.stringMatching(/^[a-z0-9][a-z0-9.-]{0,20}$/);
const words = fc.string({ maxLength: 300 });
const byName = <T>(value: fc.Arbitrary<T>): fc.Arbitrary<Record<string, T>> =>
  fc.dictionary(name, value, { maxKeys: 4, noNullPrototype: true });
const mapByName = <T>(value: fc.Arbitrary<T>): fc.Arbitrary<Map<string, T>> =>
  byName(value).map((named) => new Map(Object.entries(named)));
const node = record({ name, uid: name });
const moment = fc.option(time, { nil: undefined });

const someRequest: fc.Arbitrary<ScaleUpRequest> = fc.record(
  { increase: count, sinceMs: time, untilMs: time, to: count },
  { requiredKeys: ['increase', 'sinceMs', 'untilMs'], noNullPrototype: true },
);
const someResize: fc.Arbitrary<ResizeInFlight> = record({
  to: count,
  delta: count,
  sinceMs: time,
  outcomeUnknown: fc.constant(true),
});
const someBackoff: fc.Arbitrary<Backoff> = record({
  durationMs: time,
  untilMs: time,
  lastFailureMs: time,
  cause: fc.constantFrom('out-of-stock' as const, 'provision-timeout' as const, 'rate-limited' as const),
  message: words,
});
const someMoments: fc.Arbitrary<LastMoments> = record({
  scaleUpAtMs: moment,
  deleteAtMs: moment,
  failureAtMs: moment,
});
const someGivenUp: fc.Arbitrary<Unremovable> = record({ uid: name, untilMs: time, message: words }).map(
  ({ uid, untilMs, message }) => ({ uid, untilMs, reason: { code: 'RemovalFailedRecently', untilMs, message } }),
);

const someFigure = fc.integer({ min: -1_000_000, max: 1_000_000 }).map((millionths) => millionths / 1e6);
const someSketch = record({
  group: name,
  nodes: fc.integer({ min: 1, max: 1000 }),
  replaced: fc.array(name, { maxLength: 3 }),
  savesPerHour: someFigure,
  savingsShare: someFigure,
  disruptionShare: someFigure,
});
const someConsolidation: fc.Arbitrary<ConsolidationMemory> = record({
  replacement: fc.option(
    record({
      groupId: name,
      sketch: someSketch,
      before: fc.array(name, { maxLength: 3 }),
      replaced: fc.array(node, { maxLength: 3 }),
      askedAtMs: time,
      readyAtMs: moment,
      untilMs: time,
    }),
    { nil: undefined },
  ),
  found: fc.option(record({ sketch: someSketch, sinceMs: time }), { nil: undefined }),
  lookedAtMs: fc.constant(undefined),
  quietUntilMs: moment,
});

/** What of a memory is kept. */
const someMemory: fc.Arbitrary<Memory> = record({
  nodeGroups: record({
    backoffs: byName(someBackoff),
    scaleUpRequests: byName(someRequest),
    inFlight: byName(someResize),
    givenUp: byName(count),
    growthOrder: fc.array(name, { maxLength: 4 }),
    unregisteredSince: byName(time),
    failedSince: byName(time),
    missized: fc.constant({}),
  }),
  scaleDown: record({
    unneeded: mapByName(record({ uid: name, sinceMs: time })),
    places: fc.constant(EMPTY_SCALE_DOWN_MEMORY.places),
    unremovable: mapByName(someGivenUp),
    lastScaleUpAtMs: moment,
    lastDeleteAtMs: moment,
    lastFailureAtMs: moment,
    groups: mapByName(someMoments),
    taintsRead: fc.constant(false),
    pace: fc.constant(EMPTY_SCALE_DOWN_MEMORY.pace),
    consolidation: someConsolidation,
    evicted: fc.constant(new Map()),
  }),
  launches: record({
    launches: fc.array(record({ sinceMs: time, atMs: time, nodes: count }), { maxLength: 4 }),
  }),
  predictions: record({
    promises: fc.array(record({ kin: name, groupId: name, sinceMs: time, nodes: count }), { maxLength: 4 }),
    mistakes: fc.array(
      record({
        kin: name,
        groupId: name,
        times: count,
        lastAtMs: time,
        untilMs: time,
        node: name,
        avoided: fc.array(node, { maxLength: 3 }),
      }),
      { maxLength: 4 },
    ),
  }),
  hints: fc.constant(NO_HINTS),
});

/** One of each part. */
const FULL: Memory = {
  nodeGroups: {
    ...EMPTY_MEMORY,
    growthOrder: ['web'],
    scaleUpRequests: { web: { increase: 3, sinceMs: 1, untilMs: 2 } },
    inFlight: { gpu: { to: 2, delta: 1, sinceMs: 3, outcomeUnknown: true } },
    backoffs: { gpu: { durationMs: 1, untilMs: 2, lastFailureMs: 1, cause: 'out-of-stock', message: 'sold out' } },
    givenUp: { web: 1 },
  },
  scaleDown: {
    ...EMPTY_SCALE_DOWN_MEMORY,
    unneeded: new Map([['n1', { uid: 'u1', sinceMs: 5 }]]),
    unremovable: new Map([
      ['n2', { uid: 'u2', untilMs: 9, reason: { code: 'RemovalFailedRecently', untilMs: 9, message: 'a pod came' } }],
    ]),
    lastScaleUpAtMs: 4,
  },
  launches: { launches: [{ sinceMs: 1, atMs: 1, nodes: 3 }] },
  predictions: {
    promises: [{ kin: 'k', groupId: 'web', sinceMs: 1, nodes: 3 }],
    mistakes: [{ kin: 'k', groupId: 'web', times: 1, lastAtMs: 1, untilMs: 2, node: 'n1', avoided: [] }],
  },
  hints: NO_HINTS,
};

function memoryIn(data: KeptData): Memory {
  const read = readMemory(data);
  assert.equal(read.kind, 'read');
  assert.deepEqual(read.problems, []);
  return read.memory;
}

describe('a memory that is written down', () => {
  it('is read as it was, whatever is in it', () => {
    fc.assert(
      fc.property(someMemory, time, (memory, aliveAtMs) => {
        const { data, leftOut } = writeMemory(memory, { by: 'me', atMs: aliveAtMs });
        const read = readMemory(data);
        assert.deepEqual(leftOut, []);
        assert.deepEqual(read, { kind: 'read', memory, aliveAtMs, by: 'me', leftOut: [], problems: [] });
      }),
    );
  });

  it('says nothing when there is nothing', () => {
    const { data } = writeMemory(FIRST_MEMORY, SIGN);
    assert.deepEqual(data, { version: '1', 'alive-at': '2026-11-30T12:00:00.000000Z', by: 'autoscaler-1' });
    assert.deepEqual([isBlank(data), isBlank(writeMemory(FULL, SIGN).data)], [true, false]);
  });

  it('keeps whole milliseconds of a clock that counts in fractions', () => {
    const launches = { launches: [{ sinceMs: 1.25, atMs: 7.75, nodes: 3 }] };
    const { data } = writeMemory({ ...FIRST_MEMORY, launches }, SIGN);
    assert.deepEqual(memoryIn(data).launches, { launches: [{ sinceMs: 1, atMs: 8, nodes: 3 }] });
  });

  it('keeps the beginning of words without an end', () => {
    const backoff = {
      durationMs: 1,
      untilMs: 2,
      lastFailureMs: 1,
      cause: 'invalid',
      message: '<p>'.repeat(9999),
    } as const;
    const { data } = writeMemory(
      { ...FIRST_MEMORY, nodeGroups: { ...EMPTY_MEMORY, backoffs: { web: backoff } } },
      SIGN,
    );
    assert.match(memoryIn(data).nodeGroups.backoffs['web']?.message ?? '', /^(<p>){166}<p…$/);
  });

  it('has what a simulation finds anew left out', () => {
    const reason = { code: 'NotInNodeGroup' } as const;
    const unremovable = new Map([['n1', { uid: 'u1', untilMs: NOON_MS, reason }]]);
    const { data } = writeMemory({ ...FIRST_MEMORY, scaleDown: { ...EMPTY_SCALE_DOWN_MEMORY, unremovable } }, SIGN);
    assert.ok(isBlank(data));
  });

  it('with too much in it is kept as far as there is room, what matters most first', () => {
    const { data: whole } = writeMemory(FULL, SIGN);
    const bytes = (part: string): number => whole[part]?.length ?? 0;
    const parts = Object.keys(whole).slice(3);
    const order = ['resizes', 'backoffs', 'launches', 'cooldowns', 'given-up-nodes', 'never-came'];
    assert.deepEqual(parts, [...order, 'wrong-predictions', 'unneeded', 'promises']);
    let room = parts.reduce((sum, part) => sum + bytes(part), 0);
    for (let kept = parts.length - 1; kept >= 1; kept--) {
      room -= bytes(parts[kept] ?? '');
      // Less room than the part needs that is the last to be kept, so that nothing smaller takes its place.
      const { data, leftOut } = writeMemory(FULL, SIGN, room);
      assert.deepEqual(Object.keys(data).slice(3, 3 + kept), parts.slice(0, kept));
      assert.deepEqual(leftOut, parts.slice(kept));
      const read = readMemory(data);
      assert.ok(read.kind === 'read');
      assert.deepEqual(read.leftOut, leftOut);
    }
  });

  it('is the same at another time, and not with another content', () => {
    const { data } = writeMemory(FULL, SIGN);
    assert.ok(saysTheSame(data, writeMemory(FULL, { ...SIGN, atMs: NOON_MS + 60_000 }).data));
    assert.ok(!saysTheSame(data, writeMemory({ ...FULL, launches: { launches: [] } }, SIGN).data));
    assert.ok(!saysTheSame(writeMemory({ ...FULL, launches: { launches: [] } }, SIGN).data, data));
  });
});

describe('what somebody else wrote', () => {
  it('in no version, or in another one, is not read', () => {
    for (const version of [undefined, '', '0', '2', '1.0', ' 1']) {
      const data = { ...writeMemory(FULL, SIGN).data, ...(version === undefined ? {} : { version }) };
      const { version: _, ...without } = data;
      const read = readMemory(version === undefined ? without : data);
      assert.equal(read.kind, 'unreadable', version);
    }
  });

  const spoilt: readonly (readonly [part: string, text: string])[] = [
    ['resizes', '{'],
    ['resizes', 'null'],
    ['resizes', '[]'],
    ['resizes', '{"growthOrder":[],"inFlight":{},"scaleUpRequests":{"web":{"increase":-1,"sinceMs":1,"untilMs":2}}}'],
    ['resizes', '{"growthOrder":[],"inFlight":{"web":{"to":3}},"scaleUpRequests":{}}'],
    ['resizes', '{"growthOrder":[1],"inFlight":{},"scaleUpRequests":{}}'],
    ['resizes', '{"growthOrder":[],"inFlight":{},"scaleUpRequests":{},"more":1}'],
    ['backoffs', '{"web":{"durationMs":1,"untilMs":2,"lastFailureMs":1,"cause":"bad mood","message":""}}'],
    ['backoffs', '{"web":{"durationMs":1.5,"untilMs":2,"lastFailureMs":1,"cause":"invalid","message":""}}'],
    ['backoffs', '{"web":{"durationMs":1e300,"untilMs":2,"lastFailureMs":1,"cause":"invalid","message":""}}'],
    ['launches', '[{"sinceMs":"1","atMs":1,"nodes":3}]'],
    ['cooldowns', '{"groups":{},"scaleUpAtMs":null}'],
    ['given-up-nodes', '{"n1":{"uid":7,"untilMs":1,"message":""}}'],
    ['never-came', '{"givenUp":{"web":true},"unregisteredSince":{},"failedSince":{}}'],
    ['wrong-predictions', '[{}]'],
    ['unneeded', '{"n1":{"uid":"u","sinceMs":-5}}'],
    ['unneeded', '""'],
    ['promises', '{"0":{}}'],
    ['replacement', '{"replacement":{"groupId":"web"}}'],
  ];
  for (const [part, text] of spoilt) {
    it(`${part} ${text} is set aside, and only that`, () => {
      const { data } = writeMemory(FULL, SIGN);
      const { [part]: _, ...others } = data;
      const read = readMemory({ ...data, [part]: text });
      assert.ok(read.kind === 'read');
      assert.equal(read.problems.length, 1);
      assert.ok(read.problems[0]?.startsWith(`${part} is`), read.problems[0]);
      assert.deepEqual(read.memory, memoryIn(others));
    });
  }

  it('without a sign of life counts as long ago', () => {
    const read = readMemory({ ...writeMemory(FULL, SIGN).data, 'alive-at': 'yesterday' });
    assert.ok(read.kind === 'read');
    assert.deepEqual([read.aliveAtMs, read.problems], [0, ['alive-at is no time']]);
  });

  it('of any text in any place never ends the program', () => {
    const { data } = writeMemory(FULL, SIGN);
    const text = fc.oneof(fc.string(), fc.json(), fc.constantFrom(...Object.values(data)));
    fc.assert(
      fc.property(fc.dictionary(fc.constantFrom(...Object.keys(data), 'replacement', 'left-out'), text), (edited) => {
        assert.ok(['read', 'unreadable'].includes(readMemory({ ...data, ...edited }).kind));
      }),
    );
  });
});
