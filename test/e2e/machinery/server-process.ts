/** A child process with its log in a file. Ends with this one; `kill` and `stop` resolve when it is gone. */
import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { once } from 'node:events';
import { waitFor } from './waiting.ts';

export interface Launch {
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly logPath: string;
}

const STOP_TIMEOUT_MS = 15_000;
const LOG_TAIL_CHARACTERS = 2000;
const SIGNAL_EXIT_CODE = 130;
const living = new Set<ChildProcess>();
process.on('exit', () => {
  for (const child of living) child.kill('SIGKILL');
});
// Without a handler these end the process at once, and leave the children behind.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.once(signal, () => process.exit(SIGNAL_EXIT_CODE));
}

export class ServerProcess {
  readonly launch: Launch;
  readonly #child: ChildProcess;

  constructor(launch: Launch) {
    this.launch = launch;
    const log = openSync(launch.logPath, 'a');
    this.#child = spawn(launch.command, launch.args, {
      stdio: ['ignore', log, log],
      env: { ...process.env, ...launch.env },
    });
    closeSync(log);
    living.add(this.#child);
    this.#child.once('exit', () => living.delete(this.#child));
  }

  get pid(): number {
    if (this.#child.pid === undefined) throw new Error(`${this.launch.name} did not start`);
    return this.#child.pid;
  }

  get isRunning(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null;
  }

  get exitCode(): number | null {
    return this.#child.exitCode;
  }

  signal(signal: 'SIGSTOP' | 'SIGCONT' | 'SIGTERM' | 'SIGKILL'): void {
    this.#child.kill(signal);
  }

  /** SIGTERM, and SIGKILL when that is ignored. */
  async stop(): Promise<void> {
    if (!this.isRunning) return;
    this.signal('SIGCONT');
    this.signal('SIGTERM');
    await waitFor(`${this.launch.name} ends`, STOP_TIMEOUT_MS, () => !this.isRunning).catch(() => this.kill());
  }

  async kill(): Promise<void> {
    if (!this.isRunning) return;
    const gone = once(this.#child, 'exit');
    this.signal('SIGKILL');
    await gone;
  }

  log(): string {
    return readFileSync(this.launch.logPath, 'utf8');
  }

  /** Waits for a sign of readiness; a process that ends instead is an error with the end of its log. */
  async ready(timeoutMs: number, look: () => Promise<boolean>): Promise<this> {
    await waitFor(`${this.launch.name} is ready`, timeoutMs, async () => !this.isRunning || (await look()));
    if (!this.isRunning) throw new Error(`${this.launch.name} ended:\n${this.log().slice(-LOG_TAIL_CHARACTERS)}`);
    return this;
  }
}

/** Those that are promised to a server, which may not have bound them yet. */
const promised = new Set<number>();

/** Ports of the loopback interface that were free a moment ago; none is given out twice. */
export async function freePorts(count: number): Promise<readonly number[]> {
  const servers = await Promise.all(
    Array.from({ length: count }, async () => {
      const server = createServer().listen(0, '127.0.0.1');
      await once(server, 'listening');
      return server;
    }),
  );
  const ports = servers.map((server) => {
    const address = server.address();
    if (address === null || typeof address === 'string') throw new Error('the server listens on no port');
    return address.port;
  });
  await Promise.all(
    servers.map(async (server) => {
      const closed = once(server, 'close');
      server.close();
      await closed;
    }),
  );
  const taken = ports.filter((port) => promised.has(port)).length;
  for (const port of ports) promised.add(port);
  return taken === 0 ? ports : freePorts(count);
}
