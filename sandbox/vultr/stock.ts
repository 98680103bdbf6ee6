/**
 * What each region has left of each plan. By default every region that sells a plan has plenty, and the others none.
 *
 * A shortage shows in one of two ways. `refuse`: the request for a pool or for more nodes is refused. `accept`: it is
 * accepted, and the nodes do not appear until there is stock. Which one Vultr does is unknown; tests try both.
 */
import type { Plan } from './instances.ts';

export type Shortage = 'refuse' | 'accept';

interface Shelf {
  left: number;
  shortage: Shortage;
}

export class Stock {
  readonly #shelves = new Map<string, Shelf>();
  #onReturn: () => void = () => undefined;

  /** Calls `listener` whenever there may be more of something than before. */
  onReturn(listener: () => void): void {
    this.#onReturn = listener;
  }

  /** `true`: plenty; `false`: none; a number: so many more. */
  set(planId: string, region: string, available: boolean | number, shortage: Shortage = 'refuse'): void {
    const left = typeof available === 'number' ? available : available ? Infinity : 0;
    this.#shelves.set(`${planId}/${region}`, { left, shortage });
    this.#onReturn();
  }

  left(plan: Plan, region: string): number {
    return this.#shelves.get(`${plan.id}/${region}`)?.left ?? (plan.locations.includes(region) ? Infinity : 0);
  }

  /** Whether a request for `count` machines is to be refused. */
  refuses(plan: Plan, region: string, count: number): boolean {
    const shelf = this.#shelves.get(`${plan.id}/${region}`);
    return this.left(plan, region) < count && (shelf?.shortage ?? 'refuse') === 'refuse';
  }

  /** Takes one, if there is one. */
  take(plan: Plan, region: string): boolean {
    if (this.left(plan, region) < 1) return false;
    const shelf = this.#shelves.get(`${plan.id}/${region}`);
    if (shelf !== undefined) shelf.left--;
    return true;
  }

  giveBack(plan: Plan, region: string): void {
    const shelf = this.#shelves.get(`${plan.id}/${region}`);
    if (shelf === undefined || shelf.left === Infinity) return;
    shelf.left++;
    this.#onReturn();
  }
}
