/** As much of Prometheus' query language as the alerts and the dashboard use, as a tree. What is not known here throws. */

interface Matcher {
  readonly label: string;
  readonly operator: '=' | '!=' | '=~' | '!~';
  readonly value: string;
}

export interface Selector {
  readonly kind: 'selector';
  readonly name: string;
  readonly matchers: readonly Matcher[];
  /** Of a range: `[5m]`. */
  readonly rangeSeconds: number | undefined;
}

export type Expression =
  | Selector
  | { readonly kind: 'number'; readonly value: number }
  | { readonly kind: 'call'; readonly name: FunctionName; readonly args: readonly Expression[] }
  | {
      readonly kind: 'aggregation';
      readonly name: Aggregation;
      readonly by: readonly string[];
      readonly of: Expression;
    }
  | {
      readonly kind: 'binary';
      readonly operator: Operator;
      /** Labels to match by; `undefined`: all. */
      readonly on: readonly string[] | undefined;
      readonly left: Expression;
      readonly right: Expression;
    };

const FUNCTIONS = ['absent', 'time', 'increase', 'rate', 'histogram_quantile'] as const;
const AGGREGATIONS = ['sum', 'max', 'min', 'count'] as const;
/** Those that bind loosest first. */
const OPERATORS = [['or'], ['and', 'unless'], ['==', '!=', '>=', '<=', '>', '<'], ['+', '-'], ['*', '/']] as const;

type FunctionName = (typeof FUNCTIONS)[number];
export type Aggregation = (typeof AGGREGATIONS)[number];
export type Operator = (typeof OPERATORS)[number][number];

const TOKEN = /\s*(?:("[^"]*")|([a-zA-Z_:][\w:]*)|(\d+(?:\.\d+)?)([smhd])?|(=~|!~|==|!=|>=|<=|[-+*/<>=(){}[\],]))/gy;
const SECONDS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400 };

export function parsePromQl(text: string): Expression {
  const reader = new Reader(text);
  const expression = reader.binary(0);
  reader.end();
  return expression;
}

/** Every selector within. */
export function selectorsOf(expression: Expression): readonly Selector[] {
  switch (expression.kind) {
    case 'selector':
      return [expression];
    case 'number':
      return [];
    case 'call':
      return expression.args.flatMap(selectorsOf);
    case 'aggregation':
      return selectorsOf(expression.of);
    case 'binary':
      return [...selectorsOf(expression.left), ...selectorsOf(expression.right)];
    default:
      throw new Error(`unknown expression: ${String(expression satisfies never)}`);
  }
}

class Reader {
  readonly #tokens: readonly string[];
  #at = 0;

  constructor(text: string) {
    const trimmed = text.trim();
    const matches = [...trimmed.matchAll(TOKEN)];
    const read = matches.reduce((length, [whole]) => length + whole.length, 0);
    if (read !== trimmed.length) throw new Error(`not understood from here: ${trimmed.slice(read)}`);
    this.#tokens = matches.map(([whole]) => whole.trim());
  }

  binary(level: number): Expression {
    const operators: readonly Operator[] | undefined = OPERATORS[level];
    if (operators === undefined) return this.#primary();
    let left = this.binary(level + 1);
    for (;;) {
      const operator = operators.find((one) => one === this.#peek());
      if (operator === undefined) return left;
      this.#take();
      const on = this.#peek() === 'on' ? (this.#take(), this.#labels()) : undefined;
      left = { kind: 'binary', operator, on, left, right: this.binary(level + 1) };
    }
  }

  end(): void {
    if (this.#peek() !== undefined) throw new Error(`more than one expression: ${this.#peek()}`);
  }

  #primary(): Expression {
    const token = this.#take();
    if (token === '(') {
      const inner = this.binary(0);
      this.#expect(')');
      return inner;
    }
    if (/^\d/.test(token)) return { kind: 'number', value: Number(token) };
    const aggregation = AGGREGATIONS.find((name) => name === token);
    if (aggregation !== undefined) {
      const by = this.#peek() === 'by' ? (this.#take(), this.#labels()) : [];
      this.#expect('(');
      const of = this.binary(0);
      this.#expect(')');
      return { kind: 'aggregation', name: aggregation, by, of };
    }
    const called = FUNCTIONS.find((name) => name === token);
    if (called !== undefined) return { kind: 'call', name: called, args: this.#args() };
    if (this.#peek() === '(') throw new Error(`unknown function ${token}`);
    return this.#selector(token);
  }

  #args(): readonly Expression[] {
    this.#expect('(');
    const args: Expression[] = [];
    while (this.#peek() !== ')') {
      args.push(this.binary(0));
      if (this.#peek() === ',') this.#take();
    }
    this.#take();
    return args;
  }

  #selector(name: string): Selector {
    if (!/^[a-zA-Z_:]/.test(name)) throw new Error(`a metric was expected, not ${name}`);
    const matchers: Matcher[] = [];
    if (this.#peek() === '{') {
      this.#take();
      while (this.#peek() !== '}') {
        const label = this.#take();
        const operator = (['=', '!=', '=~', '!~'] as const).find((one) => one === this.#peek());
        if (operator === undefined) throw new Error(`no matcher: ${label} ${this.#peek()}`);
        this.#take();
        matchers.push({ label, operator, value: this.#take().slice(1, -1) });
        if (this.#peek() === ',') this.#take();
      }
      this.#take();
    }
    if (this.#peek() !== '[') return { kind: 'selector', name, matchers, rangeSeconds: undefined };
    this.#take();
    const [, amount, unit = ''] = /^(\d+)([smhd])$/.exec(this.#take()) ?? [];
    const seconds = Number(amount) * (SECONDS[unit] ?? Number.NaN);
    if (!(seconds > 0)) throw new Error(`no range of ${name}`);
    this.#expect(']');
    return { kind: 'selector', name, matchers, rangeSeconds: seconds };
  }

  #labels(): readonly string[] {
    this.#expect('(');
    const labels: string[] = [];
    while (this.#peek() !== ')') {
      labels.push(this.#take());
      if (this.#peek() === ',') this.#take();
    }
    this.#take();
    return labels;
  }

  #peek(): string | undefined {
    return this.#tokens[this.#at];
  }

  #take(): string {
    const token = this.#tokens[this.#at++];
    if (token === undefined) throw new Error('the expression ends too early');
    return token;
  }

  #expect(token: string): void {
    const taken = this.#take();
    if (taken !== token) throw new Error(`${token} was expected, not ${taken}`);
  }
}
