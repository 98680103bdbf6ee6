/** Which of a row of positions are still open. A search passes the closed ones in leaps that grow the more it is used. */
export class OpenPositions {
  /** For each position the first from there on that is open, as far as is known; behind the last its own. */
  readonly #openFrom: Int32Array;

  /** All are open. */
  constructor(count: number) {
    this.#openFrom = Int32Array.from({ length: count + 1 }, (_, position) => position);
  }

  has(position: number): boolean {
    return this.#openFrom[position] === position;
  }

  /** The first open position from there on; behind the last where there is none. */
  firstFrom(position: number): number {
    const openFrom = this.#openFrom;
    let open = position;
    for (let next = openFrom[open] ?? open; next !== open; next = openFrom[open] ?? open) {
      openFrom[open] = openFrom[next] ?? next;
      open = next;
    }
    return open;
  }

  close(position: number): void {
    this.#openFrom[position] = position + 1;
  }
}
