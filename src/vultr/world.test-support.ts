/** A provider against a small VKE, under a clock that is moved by hand. */
import assert from 'node:assert/strict';
import type { NodeFacts } from '../cluster/facts.ts';
import type { NodeGroup } from '../cloud/provider.ts';
import type { HttpRequest } from '../runtime/http.ts';
import type { LogFields, Logger } from '../runtime/log.ts';
import { seededRandom } from '../runtime/random.ts';
import { Secret } from '../runtime/secret.ts';
import { FakeClock } from './fake-clock.test-support.ts';
import { CLUSTER, FakeVultr, type FakePool, type Fault } from './fake-vultr.test-support.ts';
import { buildVultr, type VultrProvider } from './provider.ts';
import type { PoolQuery, PoolSpec } from './selection.ts';

export const TOKEN = 'SECRETTOKENSECRETTOKEN';

export interface World {
  readonly vultr: FakeVultr;
  readonly clock: FakeClock;
  readonly log: LogLines;
  readonly provider: VultrProvider;
  refresh(): Promise<void>;
  group(pool: FakePool): NodeGroup;
}

interface WorldOptions {
  readonly vultr?: FakeVultr;
  readonly specs?: readonly PoolSpec[];
  readonly queries?: readonly PoolQuery[];
}

export function world({ vultr = new FakeVultr(), specs = [], queries = [] }: WorldOptions = {}): World {
  const clock = new FakeClock();
  const log = new LogLines();
  const built = buildVultr({
    config: { clusterId: CLUSTER, token: new Secret(TOKEN), apiUrl: 'http://vultr' },
    transport: vultr.transport,
    clock,
    random: seededRandom(1),
    logger: log,
    version: '1.2.3',
    specs,
    queries,
  });
  assert.ok(built.ok);
  const provider = built.value;
  return {
    vultr,
    clock,
    log,
    provider,
    async refresh() {
      assert.deepEqual(await clock.settle(provider.refresh()), { ok: true, value: undefined });
    },
    group(pool) {
      const group = provider.nodeGroups().find((candidate) => candidate.id() === pool.id);
      assert.ok(group !== undefined, `${pool.label} is managed`);
      return group;
    },
  };
}

/** The fault happens to the first `times` requests that match. */
export function faulty(
  matches: (request: HttpRequest) => boolean,
  fault: Fault,
  times = 1,
): (request: HttpRequest) => Fault | undefined {
  let left = times;
  return (request) => (matches(request) && left-- > 0 ? fault : undefined);
}
export const isPatch = ({ method }: HttpRequest): boolean => method === 'PATCH';
export const isDelete = ({ method }: HttpRequest): boolean => method === 'DELETE';
export const providerId = (pool: FakePool, index: number): string => `vultr://${pool.nodes[index]?.id ?? 'none'}`;

/** Keeps what is logged, as text. */
export class LogLines implements Logger {
  readonly lines: string[] = [];
  debug(message: string, fields?: LogFields): void {
    this.#add('debug', message, fields);
  }
  info(message: string, fields?: LogFields): void {
    this.#add('info', message, fields);
  }
  warn(message: string, fields?: LogFields): void {
    this.#add('warn', message, fields);
  }
  error(message: string, fields?: LogFields): void {
    this.#add('error', message, fields);
  }
  child(): Logger {
    return this;
  }
  warnings(): readonly string[] {
    return this.lines.filter((line) => line.startsWith('warn '));
  }
  #add(level: string, message: string, fields: LogFields = {}): void {
    this.lines.push(`${level} ${message} ${JSON.stringify(fields)}`);
  }
}

export function readyNode(providerID: string, fields: Partial<NodeFacts> = {}): NodeFacts {
  return {
    name: 'node',
    uid: 'uid',
    resourceVersion: '1',
    providerID,
    labels: {},
    annotations: {},
    taints: [],
    unschedulable: false,
    createdAtMs: 0,
    deleting: false,
    capacity: { cpu: 2000, memory: 4_000_000_000, pods: 110 },
    allocatable: { cpu: 1900, memory: 3_800_000_000, pods: 110 },
    conditions: [{ type: 'Ready', status: 'True', reason: 'KubeletReady', lastTransitionAtMs: 0 }],
    ...fields,
  };
}
