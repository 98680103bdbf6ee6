/** A few passes over small worlds, and what each of them decides, for the cases of the scenario catalogue. */
import assert from 'node:assert/strict';
import type { ActuationObservation } from '../actuation/observations.ts';
import type { Cluster } from '../cluster/cluster.ts';
import type { NodeFacts, PodFacts } from '../cluster/facts.ts';
import { aCluster } from '../cluster/fixtures.test-support.ts';
import type { NodeGroupState } from '../node-groups/node-group.ts';
import { parseOptions } from '../options/options.ts';
import { type DecideOptions, type Decision, type Memory, decide } from './decide.ts';
import { FIRST_MEMORY } from './memory.ts';
import { remember } from './remember.ts';

export const MINUTE = 60_000;
export const HOUR = 60 * MINUTE;
/** Long after the fixtures' nodes and pods were created. */
export const NOON = 12 * HOUR;

function flags(...args: readonly string[]): DecideOptions {
  const parsed = parseOptions(args);
  assert.ok(parsed.ok);
  const { scaleUp, scaleDown, limits, nodeGroups, thresholds, loop } = parsed.value.options;
  const { maxLaunchesPerHour } = loop;
  return { scaleUp, scaleDown, limits, health: nodeGroups, thresholds, maxLaunchesPerHour };
}

export interface Scene {
  /** The model, or the nodes and pods of one. */
  readonly cluster?: Cluster;
  readonly nodes?: readonly NodeFacts[];
  readonly pods?: readonly PodFacts[];
  readonly groups: readonly NodeGroupState[];
  readonly draining?: readonly string[];
}

/** A decision, and what the process knows after it. */
export class Passes {
  readonly #options: DecideOptions;
  #memory: Memory = FIRST_MEMORY;

  constructor(...args: readonly string[]) {
    this.#options = flags(...args);
  }

  at(now: number, { groups, draining = [], ...content }: Scene): Decision {
    const cluster = content.cluster ?? aCluster(content);
    const removals = draining.map((node) => ({ node, step: 'draining', drains: true }));
    const decision = decide({ cluster, groups, removals }, this.#memory, this.#options, {
      number: 1,
      now,
      triggers: ['timer'],
    });
    this.#memory = decision.memory;
    return decision;
  }

  learn(...seen: readonly ActuationObservation[]): void {
    for (const one of seen) this.#memory = remember(this.#memory, one, this.#options, []);
  }
}

export function grown({ resizes }: Decision): readonly string[] {
  return resizes.map(({ groupName, delta }) => `${groupName}+${delta}`);
}

export function removed({ removals }: Decision): readonly string[] {
  return removals.map(({ node }) => node);
}

/** Why each node stays; `unneeded` and the like where it may not. */
export function standing({ record }: Decision): Readonly<Record<string, string>> {
  return Object.fromEntries(
    record.nodes.map(({ node, outcome }) => [node, outcome.kind === 'stays' ? outcome.reason.code : outcome.kind]),
  );
}

export const accepted = (groupId: string, delta: number, atMs: number): ActuationObservation => ({
  kind: 'resize-accepted',
  groupId,
  delta,
  atMs,
});
