/** `top`: a running autoscaler at a glance, live on a terminal, as text without one. */
import { flag } from '../options/flag.ts';
import { realClock, sleep } from '../runtime/clock.ts';
import { type Result, failure, success } from '../runtime/result.ts';
import { problemText } from './answer-text.ts';
import { fail } from './asking.ts';
import { wantsColour } from './colour.ts';
import { type CommandContext, defineCommand, EXIT } from './command.ts';
import { reach, type Reached, reachFlags } from './reach.ts';
import type { Terminal } from './terminal.ts';
import { plainText } from './top-lines.ts';
import { FIRST_PLACE, moved, moveOf, type Place, screenLines, type ScreenSize } from './top-screen.ts';
import { type TopView, topView } from './top-view.ts';

export const topFlags = {
  title: 'View',
  flags: [
    flag('interval', 'duration', '2s', 'How often it is asked anew.'),
    flag('once', 'bool', 'false', 'Print everything once, as text, as without a terminal.'),
  ],
} as const;

const SHORTEST_INTERVAL_MS = 200;
const MOST_DECISIONS = 50;

/** The other screen, without a cursor, on which nothing is left behind. */
const ENTER = '\u001b[?1049h\u001b[?25l';
const LEAVE = '\u001b[?25h\u001b[?1049l';

export const topCommand = defineCommand({
  name: 'top',
  summary: 'Nodes, pools, waiting pods and decisions of a running autoscaler, live.',
  description:
    'Bars show what pods request of what a node can allocate. Keys: q quits, tab and the arrows to the sides change the list, up and down the item, of which the last line but one tells all. Without a terminal everything is printed once.',
  families: [topFlags, reachFlags],
  positionals: [],
  async run(input) {
    const reached = reach(input.flagsAmong(reachFlags.flags), input.env);
    if (!reached.ok) return fail(input, { message: reached.error, exitCode: EXIT.usage });
    try {
      const first = await look(reached.value);
      if (!first.ok) return fail(input, { message: first.error, exitCode: EXIT.failure });
      const { terminal } = input.streams;
      if (terminal === undefined || input.flags.get('once')) {
        input.streams.stdout.write(plainText(first.value));
        return EXIT.success;
      }
      const everyMs = Math.max(SHORTEST_INTERVAL_MS, input.flags.get('interval'));
      await new LiveView(input, terminal, first.value).run(reached.value, everyMs);
      return EXIT.success;
    } finally {
      await reached.value.close();
    }
  },
});

async function look({ ask }: Reached): Promise<Result<TopView, string>> {
  const [overview, decisions] = await Promise.all([ask('/overview'), ask(`/decisions?limit=${MOST_DECISIONS}`)]);
  if (!overview.ok) return overview;
  if (!decisions.ok) return decisions;
  for (const { body, status } of [overview.value, decisions.value]) {
    if (status !== 200) return failure(problemText(body));
  }
  const view = topView(overview.value.body, decisions.value.body);
  return view === undefined ? failure('the autoscaler is of another version') : success(view);
}

class LiveView {
  readonly #context: CommandContext;
  readonly #terminal: Terminal;
  readonly #inColour: boolean;
  readonly #quit = new AbortController();
  #view: TopView;
  #place: Place = FIRST_PLACE;
  #problem = '';

  constructor(context: CommandContext, terminal: Terminal, first: TopView) {
    this.#context = context;
    this.#terminal = terminal;
    this.#inColour = wantsColour(context);
    this.#view = first;
  }

  /** Until the person quits, or the program is told to stop. */
  async run(reached: Reached, everyMs: number): Promise<void> {
    const { signal, streams } = this.#context;
    const ended = AbortSignal.any([signal, this.#quit.signal]);
    streams.stdout.write(ENTER);
    const release = [this.#terminal.onKey((key) => this.#onKey(key)), this.#terminal.onResize(() => this.#draw())];
    try {
      while (!ended.aborted) {
        this.#draw();
        await sleep(realClock, everyMs, ended);
        await this.#refresh(reached, ended);
      }
    } finally {
      for (const each of release) each();
      streams.stdout.write(LEAVE);
    }
  }

  async #refresh(reached: Reached, ended: AbortSignal): Promise<void> {
    if (ended.aborted) return;
    const next = await look(reached);
    if (next.ok) this.#view = next.value;
    // What was seen last stays on the screen, and that it is old is said.
    this.#problem = next.ok ? '' : `not fresh: ${next.error}`;
  }

  #onKey(key: string): void {
    const move = moveOf(key);
    if (move === undefined) return;
    if (move === 'quit') this.#quit.abort();
    else {
      this.#place = moved(this.#place, move, this.#view, this.#size());
      this.#draw();
    }
  }

  #draw(): void {
    const lines = screenLines(this.#view, this.#place, this.#size(), this.#problem);
    const painted = this.#inColour ? lines.map(paint) : lines;
    // From the top, each line to its end: nothing flickers, as the screen is never blank.
    this.#context.streams.stdout.write(`\u001b[H${painted.map((line) => `${line}\u001b[K`).join('\r\n')}\u001b[J`);
  }

  #size(): ScreenSize {
    return { rows: this.#terminal.rows(), columns: this.#context.streams.stdout.columns() };
  }
}

/** The marked line, and states that are not everyday. */
function paint(line: string, row: number): string {
  if (row === 0) return `\u001b[1m${line}\u001b[0m`;
  if (line.startsWith('▶')) return `\u001b[7m${line}\u001b[0m`;
  if (/ (removed|being-removed|unneeded) /.test(line)) return `\u001b[1;34m${line}\u001b[0m`;
  if (/ (cannot-be-helped|partly-helped) |^not fresh/.test(line)) return `\u001b[1;31m${line}\u001b[0m`;
  return line;
}
