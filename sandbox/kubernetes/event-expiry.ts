/**
 * Events live for an hour after they were last written, as on a real server: a simulation of months must not keep them
 * all. No timer wakes for it; the store asks whenever a new event comes.
 */
import type { Change } from './change-history.ts';
import { keyOf } from './object-table.ts';
import type { KubeObject } from './object.ts';

/** The default of the API server's `--event-ttl`. */
const EVENT_TTL_MS = 3_600_000;

export class EventExpiry {
  /** When each event was last written, the longest ago first. */
  readonly #written = new Map<string, { readonly event: KubeObject; readonly atMs: number }>();

  note(change: Change, nowMs: number): void {
    const key = keyOf(change.object);
    this.#written.delete(key);
    if (change.type !== 'DELETED') this.#written.set(key, { event: change.object, atMs: nowMs });
  }

  expired(nowMs: number): readonly KubeObject[] {
    const events: KubeObject[] = [];
    for (const { event, atMs } of this.#written.values()) {
      if (atMs + EVENT_TTL_MS > nowMs) break;
      events.push(event);
    }
    return events;
  }
}
