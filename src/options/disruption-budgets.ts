/**
 * `--disruption-budget`: `nodes=N` or `nodes=N%`, and where it does not hold always, `schedule=` as cron has it, `duration=`
 * and `tz=` (UTC unless said).
 */
import { parseDurationMs } from '../cluster/durations.ts';
import { type Result, failure, success } from '../runtime/result.ts';
import type { DisruptionBudgetRule, DisruptionWindow } from '../scale-down/options.ts';
import type { Findings } from './findings.ts';

/** Windows that stay open longer are one that always holds. */
const LONGEST_WINDOW_MS = 31 * 24 * 60 * 60_000;
const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];
const WEEKDAYS = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'];

export function readDisruptionBudgets(findings: Findings): readonly DisruptionBudgetRule[] {
  return findings.flags
    .get('disruption-budget')
    .flatMap((text) => findings.parsed('disruption-budget', text, parseDisruptionBudget) ?? []);
}

function parseDisruptionBudget(text: string): Result<DisruptionBudgetRule, string> {
  const fields = new Map<string, string>();
  for (const part of text.split(';')) {
    const [key = '', ...rest] = part.split('=');
    const name = key.trim();
    if (rest.length === 0 || fields.has(name) || !['nodes', 'schedule', 'duration', 'tz'].includes(name)) {
      return failure('nodes=, schedule=, duration= and tz=, each at most once, separated by semicolons');
    }
    fields.set(name, rest.join('=').trim());
  }
  const most = parseMost(fields.get('nodes') ?? '');
  if (most === undefined) return failure('nodes=N or nodes=N%, such as nodes=3 or nodes=10%');
  const schedule = fields.get('schedule');
  if (schedule === undefined) {
    if (fields.size > 1) return failure('a schedule= with duration= and tz=');
    return success({ text, most, window: undefined });
  }
  const window = parseWindow(schedule, fields.get('duration') ?? '', fields.get('tz') ?? 'UTC');
  return window.ok ? success({ text, most, window: window.value }) : window;
}

function parseMost(text: string): DisruptionBudgetRule['most'] | undefined {
  if (/^\d{1,6}$/.test(text)) return { kind: 'nodes', nodes: Number(text) };
  const [, percent] = /^(\d{1,3})%$/.exec(text) ?? [];
  if (percent === undefined || Number(percent) > 100) return undefined;
  return { kind: 'share', share: Number(percent) / 100 };
}

function parseWindow(schedule: string, duration: string, timeZone: string): Result<DisruptionWindow, string> {
  const durationMs = parseDurationMs(duration);
  if (durationMs === undefined || durationMs < 60_000 || durationMs > LONGEST_WINDOW_MS) {
    return failure('a duration= from 1m to 744h with the schedule=');
  }
  if (!isTimeZone(timeZone)) return failure('a tz= by its IANA name, such as Europe/Berlin');
  const [minute, hour, day, month, weekday, ...more] = schedule.split(/\s+/);
  const minutes = parseField(minute, 0, 59, []);
  const hours = parseField(hour, 0, 23, []);
  const days = parseField(day, 1, 31, []);
  const months = parseField(month, 1, 12, MONTHS);
  // Both 0 and 7 are Sunday.
  const weekdays = parseField(weekday, 0, 7, WEEKDAYS)?.map((number) => number % 7);
  if (!minutes || !hours || !days || !months || !weekdays || more.length > 0) {
    return failure('a schedule= of five fields as cron has them: minute, hour, day, month, weekday');
  }
  return success({
    timeZone,
    durationMs,
    minutes,
    hours,
    days: isAny(day) ? undefined : days,
    months,
    weekdays: isAny(weekday) ? undefined : weekdays,
  });
}

function isAny(field: string | undefined): boolean {
  return field === '*' || field === '?';
}

/** The numbers that the field names; `undefined`: it cannot be read. */
function parseField(
  field: string | undefined,
  least: number,
  most: number,
  names: readonly string[],
): readonly number[] | undefined {
  const numbers = new Set<number>();
  for (const part of (field ?? '').split(',')) {
    const [range = '', step, ...more] = part.split('/');
    const by = step === undefined ? 1 : numberIn(step, names, 1);
    const [from, to = step === undefined ? from : most, ...further] = isAny(range)
      ? [least, most]
      : range.split('-').map((text) => numberIn(text, names, least));
    if (more.length + further.length > 0 || !by || from === undefined || to === undefined) return undefined;
    if (from < least || to > most || from > to) return undefined;
    for (let number = from; number <= to; number += by) numbers.add(number);
  }
  return [...numbers].toSorted((a, b) => a - b);
}

function numberIn(text: string, names: readonly string[], least: number): number | undefined {
  const name = names.indexOf(text.toLowerCase());
  // Months are counted from 1, weekdays from 0.
  if (name >= 0) return names === MONTHS ? name + 1 : name;
  const number = /^\d{1,2}$/.test(text) ? Number(text) : undefined;
  return number !== undefined && number >= least ? number : undefined;
}

function isTimeZone(name: string): boolean {
  try {
    // Throws on a zone that the runtime does not know: there is no other way to ask.
    return new Intl.DateTimeFormat('en-US', { timeZone: name }).resolvedOptions().timeZone !== '';
  } catch {
    return false;
  }
}
