import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { phaseOf, testCluster } from '../controllers/test-cluster.ts';
import { percentiles } from './pod-journal.ts';
import { type TracePod, TraceReader, formatTraceProblem, parseTrace } from './trace.ts';
import { TracePlayer } from './trace-player.ts';

const OPENB = new URL('../../../shared/traces/openb_pod_list_default.csv', import.meta.url);
const HEADER = 'name,cpu_milli,memory_mib,num_gpu,gpu_milli,creation_time,deletion_time,scheduled_time';

function pods(text: string): readonly TracePod[] {
  const parsed = parseTrace(text);
  assert.ok(parsed.ok, parsed.ok ? '' : parsed.error.map((one) => formatTraceProblem('t', one)).join('\n'));
  return parsed.value;
}

function problems(text: string): readonly string[] {
  const parsed = parseTrace(text);
  return parsed.ok ? [] : parsed.error.map((problem) => formatTraceProblem('pods.csv', problem));
}

test('a row becomes a pod that keeps its running time, not the time it waited in its own cluster', () => {
  const [pod] = pods(`${HEADER}\na,1500,512,1,1000,100,400,160\n`);
  assert.deepEqual(pod, {
    name: 'a',
    milliCpu: 1500,
    memoryMib: 512,
    gpus: 1,
    createdAtMs: 100_000,
    durationMs: 240_000,
  });
});

test('a pod that never ran there runs for as long as it was wanted; none runs for less than a second', () => {
  const [never, instant] = pods(`${HEADER}\na,1,1,0,0,100,160,\nb,1,1,0,0,200,200,200\n`);
  assert.equal(never?.durationMs, 60_000);
  assert.equal(instant?.durationMs, 1000);
});

test('a part of a GPU is one GPU, as Kubernetes has it', () => {
  const all = pods(`${HEADER}\nhalf,1,1,1,500,0,9,0\nunnamed,1,1,0,250,0,9,0\nmany,1,1,8,1000,0,9,0\n`);
  assert.deepEqual(
    all.map(({ gpus }) => gpus),
    [1, 1, 8],
  );
});

test('columns may come in any order, optional ones may be missing, others are ignored, cells may be quoted', () => {
  const text =
    '\uFEFFcreation_time,owner,"memory_mib",name,cpu_milli\r\n7,"Doe, ""J.""",64,b,10\r\n\r\n3,x,64,a,10\r\n';
  assert.deepEqual(pods(text), [
    { name: 'a', milliCpu: 10, memoryMib: 64, gpus: 0, createdAtMs: 3000, durationMs: undefined },
    { name: 'b', milliCpu: 10, memoryMib: 64, gpus: 0, createdAtMs: 7000, durationMs: undefined },
  ]);
});

test('each wrong cell is told with its line, column and the fix', () => {
  const text = `${HEADER}
ok,1,1,0,0,0,9,0
A_b,1.5,,x,0,now,9,0
ok,1,1,0,0,50,20,10
short,1,1
`;
  assert.deepEqual(problems(text), [
    'pods.csv:3: name: "A_b" is no Kubernetes name; use lower-case letters, digits and dashes',
    'pods.csv:3: cpu_milli: "1.5" is not a whole number of milli-CPU; write 1500 for 1.5 CPUs',
    'pods.csv:3: memory_mib: "" is not a whole number of MiB; write 512 for half a GiB',
    'pods.csv:3: num_gpu: "x" is not a whole number of GPUs; write 0 for none',
    'pods.csv:3: creation_time: "now" is no time; write seconds since the beginning of the trace, such as 3600',
    'pods.csv:4: name: "ok" is also on line 2; names must be unique',
    'pods.csv:4: scheduled_time: 10 is before creation_time 50',
    'pods.csv:4: deletion_time: 20 is before scheduled_time 10',
    'pods.csv:5: has 3 cells where the header has 8',
  ]);
});

test('a file without the needed columns, or without anything, says what is needed', () => {
  assert.deepEqual(problems('name,cpu\na,1\n'), [
    'pods.csv:1: the header lacks cpu_milli, memory_mib, creation_time; it has name, cpu',
  ]);
  assert.match(problems('\n\n')[0] ?? '', /the file is empty/);
});

test('a file may be read line by line, without ever holding it whole', () => {
  const reader = new TraceReader();
  assert.equal(reader.read(HEADER), undefined);
  const first = reader.read('a,1,1,0,0,5,9,5');
  assert.ok(first?.ok === true && first.value.createdAtMs === 5000);
  assert.equal(reader.read('b,x,1,0,0,5,9,5')?.ok, false);
});

test('a replay creates each pod in time, ends it after its duration, and is over', async () => {
  const { store, clock, run } = await testCluster({ nodes: 1 });
  const trace = pods(`${HEADER}\na,1000,64,0,0,10,70,10\nb,1000,64,0,0,100,130,100\n`);
  const player = new TracePlayer({ pods: trace, store, clock });
  player.start();
  await run(5000);
  assert.equal(store.list('pods').length, 0);
  await run(10_000);
  assert.equal(phaseOf(store.get('pods', 'trace', 'a')), 'Running');
  await run(70_000);
  assert.equal(store.list('pods').length, 0);
  assert.deepEqual(player.progress, { pods: 2, created: 1, running: 0, finished: 1, lost: 0 });
  assert.equal(await clock.run(() => player.isOver), 'reached');
  assert.equal(player.progress.finished, 2);
});

test('a pod that starts late ends late: it waits for a node and then runs its whole time', async () => {
  const { store, clock, instances, run } = await testCluster();
  const player = new TracePlayer({ pods: pods(`${HEADER}\na,1000,64,0,0,0,60,0\n`), store, clock });
  player.start();
  await run(600_000);
  assert.equal(phaseOf(store.get('pods', 'trace', 'a')), 'Pending');
  instances.start();
  await clock.run(() => player.progress.running === 1);
  const startedAtMs = clock.now();
  await clock.run(() => player.isOver);
  assert.equal(clock.now() - startedAtMs, 60_000);
});

test('an evicted pod runs on for what is left of its time if the trace is evictable, and is lost if it is not', async () => {
  for (const evictable of [true, false]) {
    const { store, clock, run } = await testCluster({ nodes: 1 });
    const player = new TracePlayer({ pods: pods(`${HEADER}\na,1000,64,0,0,0,600,0\n`), store, clock, evictable });
    player.start();
    await run(300_000);
    assert.equal(store.get('pods', 'trace', 'a').metadata.ownerReferences?.length ?? 0, evictable ? 1 : 0);
    store.delete('pods', 'trace', 'a');
    await run(250_000);
    assert.equal(player.progress.running, evictable ? 1 : 0);
    await run(60_000);
    const { finished, lost } = player.progress;
    assert.deepEqual({ finished, lost }, evictable ? { finished: 1, lost: 0 } : { finished: 0, lost: 1 });
    assert.equal(player.isOver, true);
  }
});

test('property: percentiles are values that were measured, and no more than their share lies above', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(1000), { minLength: 1 }), (values) => {
      const { p50, p90, p99, max } = percentiles(values);
      for (const [share, value] of [
        [0.5, p50],
        [0.9, p90],
        [0.99, p99],
      ] as const) {
        assert.ok(values.includes(value));
        assert.ok(values.filter((one) => one > value).length <= (1 - share) * values.length + 1e-9);
      }
      assert.equal(max, Math.max(...values));
    }),
  );
});

test('the openb trace reads whole', { skip: !existsSync(OPENB) }, () => {
  const all = pods(readFileSync(OPENB, 'utf8'));
  assert.equal(all.length, 8152);
  assert.ok(all.every(({ durationMs = 0 }) => durationMs >= 1000));
});
