/**
 * A secret that cannot be printed by accident (I9): it shows as `[redacted]` in templates, JSON, logs and the
 * inspector. Only {@link Secret.reveal} gives the text, at the place where it is sent.
 */
export class Secret {
  readonly #text: string;
  constructor(text: string) {
    this.#text = text;
  }
  reveal(): string {
    return this.#text;
  }
  toString(): string {
    return '[redacted]';
  }
  toJSON(): string {
    return '[redacted]';
  }
  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return '[redacted]';
  }
}
