/**
 * Where the nodes of each group stand, kept from pass to pass: a node is judged anew only when it, or what it is judged
 * by, has changed, or the time is up that its judgement holds for. The answer is the same as without this memory.
 */
import type { Cluster, Slot } from '../cluster/cluster.ts';
import type { NodeFacts, ResourceList } from '../cluster/facts.ts';
import { sameJson } from '../cluster/same-json.ts';
import type { NodeStanding, ReadinessRules } from './readiness.ts';
import { standingOf } from './readiness.ts';
import type { Registration } from './registered.ts';

/** A group's nodes by standing, each in the order of names. */
export type Standings = Readonly<Record<NodeStanding, readonly Slot[]>>;

/** By what the nodes of one group are judged. */
export interface Judging {
  readonly groupId: string;
  readonly expected: ResourceList | undefined;
  readonly rules: ReadinessRules;
  readonly now: number;
}

const known = new WeakMap<Cluster, Map<string, KnownStandings>>();

export function standingsOf(cluster: Cluster, registration: Registration, judging: Judging): Standings {
  let ofCluster = known.get(cluster);
  if (ofCluster === undefined) known.set(cluster, (ofCluster = new Map<string, KnownStandings>()));
  let ofGroup = ofCluster.get(judging.groupId);
  if (ofGroup?.isFor(registration, judging) !== true) {
    ofCluster.set(judging.groupId, (ofGroup = new KnownStandings(cluster, registration, judging)));
  }
  return ofGroup.at(judging.now);
}

/** For as long as the group has the same nodes and the same rules. */
class KnownStandings {
  readonly #cluster: Cluster;
  readonly #registration: Registration;
  readonly #judging: Judging;
  readonly #slots: readonly Slot[];
  readonly #facts: NodeFacts[] = [];
  readonly #standings: NodeStanding[] = [];
  #byStanding: Standings | undefined;
  #nodeChanges = -1;
  #atMs = 0;
  #untilMs = -Infinity;

  constructor(cluster: Cluster, registration: Registration, judging: Judging) {
    this.#cluster = cluster;
    this.#registration = registration;
    this.#judging = judging;
    this.#slots = registration.slots.get(judging.groupId) ?? [];
  }

  isFor(registration: Registration, { expected, rules }: Judging): boolean {
    return (
      registration === this.#registration &&
      sameJson(expected, this.#judging.expected) &&
      sameJson(rules, this.#judging.rules)
    );
  }

  at(now: number): Standings {
    const holds = now >= this.#atMs && now <= this.#untilMs;
    if (holds && this.#byStanding !== undefined && this.#nodeChanges === this.#cluster.nodeChanges) {
      return this.#byStanding;
    }
    this.#judge(now, holds);
    return (this.#byStanding ??= this.#sort());
  }

  #judge(now: number, holds: boolean): void {
    const { expected, rules } = this.#judging;
    if (!holds) {
      this.#atMs = now;
      this.#untilMs = Infinity;
    }
    for (const [index, slot] of this.#slots.entries()) {
      const node = this.#cluster.node(slot);
      if (holds && this.#facts[index] === node) continue;
      this.#facts[index] = node;
      const startedAtMs = node.createdAtMs + rules.maxStartupTimeMs;
      if (startedAtMs > now) this.#untilMs = Math.min(this.#untilMs, startedAtMs - 1);
      const instanceGone = this.#registration.instances.get(slot)?.state === 'deleting';
      const standing = standingOf(this.#cluster, slot, { now, instanceGone, expected, rules });
      if (this.#standings[index] === standing) continue;
      this.#standings[index] = standing;
      this.#byStanding = undefined;
    }
    this.#nodeChanges = this.#cluster.nodeChanges;
  }

  #sort(): Standings {
    const sorted: Record<NodeStanding, Slot[]> = {
      ready: [],
      unready: [],
      'not-started': [],
      suspended: [],
      going: [],
    };
    for (const [index, slot] of this.#slots.entries()) sorted[this.#standings[index] ?? 'unready'].push(slot);
    return sorted;
  }
}
