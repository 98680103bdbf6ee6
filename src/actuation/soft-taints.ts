/**
 * Marks nodes that are likely to go, so that the scheduler prefers others, and takes the marks off those that are not any
 * more. A help and no more: what fails is tried again in a later pass, when it is still to be done.
 *
 * 1. One bulk at a time, one node after the other, those to be taken off first; as many as the plan names.
 * 2. No further one is begun when `--max-bulk-soft-taint-time` is over.
 */
import type { DrainOptions } from '../scale-down/options.ts';
import type { SoftTaints, SoftTaintTarget } from '../scale-down/plan.ts';
import { DELETION_CANDIDATE_TAINT } from '../node-groups/taints.ts';
import type { Acting } from './acting.ts';
import type { NodeChange } from './ports.ts';

const MS_PER_SECOND = 1000;

export class SoftTainting {
  readonly #acting: Acting;
  readonly #options: DrainOptions['softTaints'];
  #isBusy = false;

  constructor(acting: Acting, options: DrainOptions) {
    this.#acting = acting;
    this.#options = options.softTaints;
  }

  /** Begins the bulk, unless the last one is still under way. */
  start({ remove, add }: SoftTaints): void {
    if (this.#isBusy || remove.length + add.length === 0) return;
    this.#isBusy = true;
    const untilMs = this.#acting.monotonic() + this.#options.maxPassMs;
    const value = String(Math.floor(this.#acting.now() / MS_PER_SECOND));
    const off: NodeChange = { removeTaintKeys: [DELETION_CANDIDATE_TAINT] };
    const on: NodeChange = { addTaints: [{ key: DELETION_CANDIDATE_TAINT, value, effect: 'PreferNoSchedule' }] };
    this.#acting.spawn(async () => {
      try {
        await this.#change(remove, off, untilMs);
        await this.#change(add, on, untilMs);
      } finally {
        this.#isBusy = false;
      }
    });
  }

  async #change(nodes: readonly SoftTaintTarget[], change: NodeChange, untilMs: number): Promise<void> {
    for (const { node: name, uid } of nodes) {
      if (this.#acting.monotonic() >= untilMs || !this.#acting.mayAct()) return;
      const result = await this.#acting.write((kubernetes) => kubernetes.changeNode({ name, uid }, change));
      if (result.ok) continue;
      this.#acting.logger.warn('a soft taint could not be changed', { node: name, error: result.error.message });
    }
  }
}
