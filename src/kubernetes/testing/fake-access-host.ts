/** Files, environment and programs as a test sets them. */
import assert from 'node:assert/strict';
import type { AccessHost, ProgramEnd, ProgramRun } from '../access.ts';

export class FakeHost implements AccessHost {
  readonly files = new Map<string, string>();
  readonly variables: Record<string, string> = {};
  readonly runs: ProgramRun[] = [];
  plugin: (run: ProgramRun) => ProgramEnd | Promise<ProgramEnd> = () => assert.fail('no plugin expected');

  readFile(path: string): string {
    const content = this.files.get(path);
    if (content === undefined) throw new Error(`ENOENT: no such file or directory, open '${path}'`);
    return content;
  }

  environment(): Readonly<Record<string, string>> {
    return this.variables;
  }

  runProgram(run: ProgramRun): Promise<ProgramEnd> {
    this.runs.push(run);
    return Promise.resolve(this.plugin(run));
  }
}
