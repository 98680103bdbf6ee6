/** What is wrong with what a person wrote: on the command line, in a configuration file. Exit code 2. */
export interface OptionError {
  readonly kind:
    /** No flag of that name. */
    | 'unknown-flag'
    /** The flag stands without its value. */
    | 'missing-value'
    /** The value is not of the flag's form, or out of its range. */
    | 'bad-value'
    /** Two values that are each right do not go together. */
    | 'conflict'
    /** A word that is no flag where none is expected, or one that lacks. */
    | 'bad-argument'
    /** The configuration file cannot be read as one. */
    | 'bad-file';
  /** The flag at fault, without dashes; '' when there is none. */
  readonly flag: string;
  /** One sentence or two that name the flag, the value and the fix. */
  readonly message: string;
}

/** `"text"`, shortened when it is long, so that a message stays one line. */
export function quoted(text: string): string {
  const LONGEST_SHOWN = 80;
  const shown = text.length > LONGEST_SHOWN ? `${text.slice(0, LONGEST_SHOWN)}…` : text;
  return JSON.stringify(shown);
}
