/**
 * Budgets of ours for the whole cluster (`--disruption-budget`): so many nodes may be under removal at once, always or in
 * windows that open by a schedule in a time zone.
 *
 * 1. Of the budgets that hold now the strictest counts. Removals under way are counted first.
 * 2. A window opens at each minute that its schedule names, in the clock time of its zone, and stays open for its duration
 *    in real time: one that begins before the clocks change lasts as long as any other.
 * 3. Pure: the time is given, and zones come from the tables of the runtime.
 */
import type { NodeReason } from '../explain/reasons.ts';
import type { DisruptionBudgetRule, DisruptionWindow } from './options.ts';

const MINUTE_MS = 60_000;
/** Zones differ from each other by whole quarters of an hour, and clocks change at them. */
const QUARTER_MS = 15 * MINUTE_MS;

type Reached = Extract<NodeReason, { code: 'DisruptionBudgetReached' }>;

/** What is left of the budgets that hold at this moment. */
export class OpenBudgets {
  readonly #open: {
    readonly rule: DisruptionBudgetRule;
    readonly most: number;
    readonly untilMs: number | undefined;
  }[] = [];
  #taken: number;

  /** `nodes`: how many there are; `taken`: how many of them are under removal. */
  constructor(rules: readonly DisruptionBudgetRule[], nodes: number, taken: number, now: number) {
    this.#taken = taken;
    for (const rule of rules) {
      const untilMs = rule.window === undefined ? undefined : openUntilMs(rule.window, now);
      if (rule.window !== undefined && untilMs === undefined) continue;
      // A share is rounded up: 10 % of five nodes still lets one go.
      const most = rule.most.kind === 'nodes' ? rule.most.nodes : Math.ceil(rule.most.share * nodes);
      this.#open.push({ rule, most, untilMs });
    }
  }

  /** Why no further node may go; `undefined`: one may. */
  reached(): Reached | undefined {
    const strictest = this.#open.toSorted((a, b) => a.most - b.most)[0];
    if (strictest === undefined || this.#taken < strictest.most) return undefined;
    const { rule, most, untilMs } = strictest;
    const reason: Reached = { code: 'DisruptionBudgetReached', budget: rule.text, limit: most };
    return untilMs === undefined ? reason : { ...reason, untilMs };
  }

  take(): void {
    this.#taken += 1;
  }
}

/** When the window that is open now closes; `undefined`: none is open. */
function openUntilMs(window: DisruptionWindow, now: number): number | undefined {
  const newest = Math.floor(now / MINUTE_MS) * MINUTE_MS;
  const oldest = now - window.durationMs;
  // The window that opened last closes last.
  for (let quarter = Math.floor(now / QUARTER_MS) * QUARTER_MS; quarter > oldest - QUARTER_MS; quarter -= QUARTER_MS) {
    const local = clockAt(quarter, window.timeZone);
    if (!namesHour(window, local)) continue;
    for (let index = QUARTER_MS / MINUTE_MS - 1; index >= 0; index -= 1) {
      const startMs = quarter + index * MINUTE_MS;
      if (startMs <= newest && startMs > oldest && window.minutes.includes(local.minute + index)) {
        return startMs + window.durationMs;
      }
    }
  }
  return undefined;
}

/** What the clocks in the zone show. */
interface ClockTime {
  readonly minute: number;
  readonly hour: number;
  readonly day: number;
  readonly month: number;
  /** 0: Sunday. */
  readonly weekday: number;
}

function namesHour(window: DisruptionWindow, { hour, day, month, weekday }: ClockTime): boolean {
  if (!window.hours.includes(hour) || !window.months.includes(month)) return false;
  const byDay = window.days?.includes(day);
  const byWeekday = window.weekdays?.includes(weekday);
  // As cron has it: where both are given, either will do.
  if (byDay !== undefined && byWeekday !== undefined) return byDay || byWeekday;
  return byDay ?? byWeekday ?? true;
}

const WEEKDAYS = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'];
const formats = new Map<string, Intl.DateTimeFormat>();

function clockAt(atMs: number, timeZone: string): ClockTime {
  let format = formats.get(timeZone);
  if (format === undefined) {
    format = new Intl.DateTimeFormat('en-US', {
      timeZone,
      hourCycle: 'h23',
      minute: 'numeric',
      hour: 'numeric',
      day: 'numeric',
      month: 'numeric',
      weekday: 'short',
    });
    formats.set(timeZone, format);
  }
  const parts = new Map(format.formatToParts(atMs).map(({ type, value }) => [type, value]));
  const number = (type: Intl.DateTimeFormatPartTypes): number => Number(parts.get(type) ?? 0);
  return {
    minute: number('minute'),
    hour: number('hour'),
    day: number('day'),
    month: number('month'),
    weekday: WEEKDAYS.indexOf(parts.get('weekday') ?? ''),
  };
}
