/** What an error of SQLite means for the log. */
import type { LogTrouble } from './entries.ts';

/** Primary result codes of SQLite (https://www.sqlite.org/rescode.html). */
const CORRUPT = 11;
const FULL = 13;
const NOT_A_DATABASE = 26;
const PRIMARY_BITS = 0xff;

export function troubleOf(path: string, error: unknown): LogTrouble {
  const said = error instanceof Error ? error.message : String(error);
  return { kind: kindOf(error), message: `${path}: ${said}` };
}

function kindOf(error: unknown): LogTrouble['kind'] {
  const code = error instanceof Error && 'errcode' in error ? Number(error.errcode) & PRIMARY_BITS : undefined;
  switch (code) {
    case CORRUPT:
      return 'damaged';
    case NOT_A_DATABASE:
      return 'not-ours';
    case FULL:
      return 'full';
    default:
      return 'unwritable';
  }
}
