/** Reading and writing the timestamps of the Kubernetes and Vultr APIs (RFC 3339 / ISO 8601). */

/** Milliseconds since 1970, or `undefined` when the text is no timestamp. */
export function parseTimestamp(text: string): number | undefined {
  const ms = Date.parse(text);
  return Number.isNaN(ms) ? undefined : ms;
}

/** Whole seconds, as metav1.Time is written: `2026-11-24T02:52:55Z`. */
export function formatTimestamp(ms: number): string {
  return `${new Date(Math.floor(ms / 1000) * 1000).toISOString().slice(0, 19)}Z`;
}

/** With milliseconds, as Go writes a time in JSON: `2026-11-24T02:52:55.123Z`. */
export function formatPreciseTimestamp(ms: number): string {
  return new Date(ms).toISOString();
}

/** Microseconds, as metav1.MicroTime (Leases, events) is written: `2026-11-24T02:52:55.123000Z`. */
export function formatMicroTimestamp(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 23)}000Z`;
}

/** As Go prints a time: `2026-08-21 16:23:00.12 +0000 UTC`. */
export function formatGoTime(ms: number): string {
  const text = new Date(ms).toISOString();
  const fraction = text.slice(19, 23).replace(/\.?0+$/, '');
  return `${text.slice(0, 10)} ${text.slice(11, 19)}${fraction} +0000 UTC`;
}
