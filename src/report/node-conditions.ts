/**
 * Writes on each node why it stays, or that it goes, as the condition {@link STAYS}: `--node-conditions`.
 *
 * 1. A node is written to when the reason changes, or what the reason is about (a pod, a group). Amounts alone, which change
 *    with every pod, are written at most every {@link AMOUNTS_MS}.
 * 2. One write at a time; of what changes meanwhile the latest only. After a failed write there is a pause, and the failure is
 *    told once.
 * 3. Only what the leader says is written: the writer it is given sends nothing otherwise.
 */
import type { DecisionRecord, NodeExplanation } from '../explain/record.ts';
import { describe } from '../explain/text.ts';
import type { KubernetesResult } from '../kubernetes/errors.ts';
import type { NodeWriteOutcome } from '../kubernetes/write-node.ts';
import type { WrittenCondition } from '../kubernetes/write-node-condition.ts';
import type { Clock } from '../runtime/clock.ts';
import type { Logger } from '../runtime/log.ts';

export interface NodeConditionsParts {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly write: (node: string, condition: WrittenCondition) => Promise<KubernetesResult<NodeWriteOutcome>>;
}

const STAYS = 'vke-autoscaler.io/Stays';
const AMOUNTS_MS = 10 * 60_000;
/** A missing right stays missing for a while. */
const PAUSE_MS = 60_000;

interface Wanted {
  readonly condition: WrittenCondition;
  /** What makes it news. */
  readonly gist: string;
}

interface Written extends Wanted {
  readonly atMs: number;
}

export class NodeConditions {
  readonly #parts: NodeConditionsParts;
  readonly #written = new Map<string, Written>();
  readonly #next = new Map<string, Wanted>();
  #writing: Promise<void> | undefined;
  #quietUntilMs = -Infinity;
  #failing = false;

  constructor(parts: NodeConditionsParts) {
    this.#parts = parts;
  }

  /** A process has begun to lead: another may have written meanwhile. */
  begin(): void {
    this.#written.clear();
  }

  record({ nodes }: DecisionRecord): void {
    this.#next.clear();
    const names = new Set(nodes.map(({ node }) => node));
    for (const name of this.#written.keys()) if (!names.has(name)) this.#written.delete(name);
    const now = this.#parts.clock.monotonic();
    if (now < this.#quietUntilMs) return;
    for (const explanation of nodes) {
      const wanted = wantedOn(explanation);
      if (this.#isDue(explanation.node, wanted, now)) this.#next.set(explanation.node, wanted);
    }
    if (this.#next.size > 0) this.#writing ??= this.#write();
  }

  /** Ends what is being written. */
  async end(): Promise<void> {
    this.#next.clear();
    await this.#writing;
  }

  #isDue(node: string, { condition, gist }: Wanted, now: number): boolean {
    const written = this.#written.get(node);
    if (written?.gist !== gist) return true;
    return written.condition.message !== condition.message && now - written.atMs >= AMOUNTS_MS;
  }

  async #write(): Promise<void> {
    const { clock, logger, write } = this.#parts;
    // The pass goes on first.
    await clock.nextTurn();
    for (let [next] = this.#next; next !== undefined; [next] = this.#next) {
      const [node, wanted] = next;
      this.#next.delete(node);
      const outcome = await write(node, wanted.condition);
      if (outcome.ok) this.#written.set(node, { ...wanted, atMs: clock.monotonic() });
      else {
        if (!this.#failing) logger.warn('cannot write the conditions of nodes', { reason: outcome.error.message });
        this.#quietUntilMs = clock.monotonic() + PAUSE_MS;
        this.#next.clear();
      }
      this.#failing = !outcome.ok;
    }
    this.#writing = undefined;
  }
}

function wantedOn({ outcome }: NodeExplanation): Wanted {
  switch (outcome.kind) {
    case 'removed':
    case 'being-removed': {
      const condition = {
        type: STAYS,
        status: 'False',
        reason: 'BeingRemoved',
        message: 'it is being removed',
      } as const;
      return { condition, gist: condition.reason };
    }
    case 'stays':
    case 'unneeded': {
      // What was found a while ago is what keeps it now: to say so would only make two reasons of one.
      const reason = outcome.reason.code === 'RecentlyUnremovable' ? outcome.reason.because : outcome.reason;
      const condition = { type: STAYS, status: 'True', reason: reason.code, message: describe(reason) } as const;
      return { condition, gist: gistOf(reason) };
    }
    default:
      return outcome satisfies never;
  }
}

/** The codes and the names in a reason; amounts and moments are left out. */
function gistOf(reason: object): string {
  return Object.entries(reason)
    .flatMap(([key, value]: [string, unknown]) => {
      if (typeof value === 'string') return [`${key}=${value}`];
      return typeof value === 'object' && value !== null && !Array.isArray(value) ? [gistOf(value)] : [];
    })
    .join(' ');
}
