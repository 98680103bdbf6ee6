/**
 * A secret that cannot be printed by accident (I9): it shows as `[redacted]` in templates, JSON, logs and the
 * inspector. Only {@link Secret.reveal} gives the text, at the place where it is sent.
 *
 * It may be replaced while it is in use, as a key is that rotates: whoever holds the Secret sends the new text from then
 * on. Texts that it had before stay secret.
 */
export class Secret {
  #text: string;
  /** The latest first. */
  readonly #earlier: string[] = [];

  constructor(text: string) {
    this.#text = text;
  }

  reveal(): string {
    return this.#text;
  }

  /** Whether it is another one now. */
  replaceBy(next: Secret): boolean {
    if (next.#text === this.#text) return false;
    this.#earlier.unshift(this.#text);
    this.#earlier.length = Math.min(this.#earlier.length, MOST_EARLIER);
    this.#text = next.#text;
    return true;
  }

  /** `text` without the secret: an answer may still quote the key that was sent before the last one. */
  cutFrom(text: string): string {
    return [this.#text, ...this.#earlier].reduce(
      (rest, secret) => (secret === '' ? rest : rest.replaceAll(secret, REDACTED)),
      text,
    );
  }

  toString(): string {
    return REDACTED;
  }

  toJSON(): string {
    return REDACTED;
  }

  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return REDACTED;
  }
}

const REDACTED = '[redacted]';
/** Requests live for a minute at most; nobody rotates a key so often. */
const MOST_EARLIER = 4;
