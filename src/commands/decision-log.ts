/** Reads the file of `--decision-log`, in the form of the answer of `/decisions`. */
import { existsSync } from 'node:fs';
import { DecisionStore } from '../report/decision-log/decision-store.ts';
import { storedDocument } from '../report/decisions.ts';
import { type Result, failure, success } from '../runtime/result.ts';

/** The latest decisions as JSON, or what is wrong with the file, for people. */
export function readDecisionLog(path: string, most: number): Result<string, string> {
  if (!existsSync(path)) return failure(`--log: ${path}: no such file`);
  const store = DecisionStore.openToRead(path);
  if (!store.ok) return failure(`--log: ${store.error.message}`);
  const stored = store.value.latest(most);
  store.value.close();
  if (!stored.ok) return failure(`--log: ${stored.error.message}`);
  return success(`${JSON.stringify({ decisions: stored.value.map(storedDocument) })}\n`);
}
