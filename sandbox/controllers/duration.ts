/** Durations as stories and annotations write them: `90s`, `2m`, `1h50m`, `1d`, `250ms`, `1.5s`. */

const PART = /(\d+(?:\.\d+)?)(ms|s|m|h|d)/y;
const UNIT_MS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** Milliseconds, or `undefined` when the text is no duration. */
export function parseDuration(text: string): number | undefined {
  if (text === '0') return 0;
  let totalMs = 0;
  let end = 0;
  while (end < text.length) {
    PART.lastIndex = end;
    const [whole, amount, unit] = PART.exec(text) ?? [];
    const unitMs = UNIT_MS[unit ?? ''];
    if (whole === undefined || unitMs === undefined) return undefined;
    totalMs += Number(amount) * unitMs;
    end += whole.length;
  }
  return end === 0 ? undefined : totalMs;
}

/** The shortest text for a duration, in the same form: `1h50m`. */
export function formatDuration(durationMs: number): string {
  let restMs = Math.round(durationMs);
  let text = '';
  for (const unit of ['d', 'h', 'm', 's', 'ms']) {
    const unitMs = UNIT_MS[unit] ?? 1;
    const amount = Math.floor(restMs / unitMs);
    if (amount > 0) text += `${amount}${unit}`;
    restMs -= amount * unitMs;
  }
  return text === '' ? '0s' : text;
}
