/** What goes to the decision log's thread and what comes back. */

/** How long decisions stay in the log. */
export interface Retention {
  /** Older ones go; `Number.MAX_SAFE_INTEGER`: none does. */
  readonly maxAgeMs: number;
  /** Of the file: beyond it the oldest go. */
  readonly maxBytes: number;
}

/** A document, as JSON, to be kept. */
export type LogEntry =
  | { readonly kind: 'decision'; readonly id: string; readonly atMs: number; readonly json: string }
  /** Of a decision that is in the log; of another it is dropped. */
  | { readonly kind: 'outcome'; readonly decision: string; readonly json: string };

/** A decision as the log has it: its document and those of its outcomes, in their order, each as JSON. */
export interface StoredDecision {
  readonly id: string;
  readonly json: string;
  readonly outcomes: readonly string[];
}

/** Why the log is not written. */
export interface LogTrouble {
  /** `not-ours`: the file is something else; `newer`: a later version wrote it. */
  readonly kind: 'damaged' | 'not-ours' | 'newer' | 'full' | 'unwritable';
  /** For people, with the file. */
  readonly message: string;
}

export interface LogFile {
  readonly path: string;
  readonly retention: Retention;
  /** So many of the decisions in the file are told at the start. */
  readonly mostStored: number;
}

export type ToThread =
  /** Once, before all else. */
  | ({ readonly kind: 'begin' } & LogFile)
  | { readonly kind: 'append'; readonly entries: readonly LogEntry[] }
  | { readonly kind: 'end' };

export type LogNews =
  /** One of those that an earlier process has kept, told at the start, the oldest first. */
  | { readonly kind: 'stored'; readonly decision: StoredDecision }
  /** The entries have been taken: written, or held until they can be. */
  | { readonly kind: 'appended' }
  /** Told once until it is over. `movedTo`: the file that was there, out of the way. */
  | { readonly kind: 'trouble'; readonly trouble: LogTrouble; readonly movedTo?: string }
  /** It is written again. */
  | { readonly kind: 'well' };
