/** The built program as a child process, with the service account's token: one replica. */
import { writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Cable } from './cable.ts';
import type { Cloud } from './cloud.ts';
import type { ControlPlane, Replica } from './control-plane.ts';
import { ServerProcess } from './server-process.ts';

export const BUNDLE = join(import.meta.dirname, '../../../dist/vke-autoscaler.mjs');
const START_TIMEOUT_MS = 30_000;
/** The same on every Linux that Node.js runs on. */
const CLOCK_TICKS_PER_SECOND = 100;
let starts = 0;

export interface AutoscalerOptions {
  readonly plane: ControlPlane;
  readonly cloud: Cloud;
  /** Names the process, its files and its requests to Vultr. */
  readonly name: Replica;
  readonly flags?: readonly string[];
}

/** Times of seconds, so that a story is short; what is not a time is the default. */
const QUICK_FLAGS: readonly string[] = [
  '--scan-interval=1s',
  '--scale-down-delay-after-add=3s',
  '--scale-down-delay-after-failure=2s',
  '--scale-down-unneeded-time=3s',
  '--scale-down-unready-time=20s',
  '--unremovable-node-recheck-timeout=2s',
  '--node-delete-delay-after-taint=0s',
  '--initial-node-group-backoff-duration=5s',
  '--max-drain-parallelism=3',
  '--skip-nodes-with-system-pods=false',
  '--volume-detach-timeout=5s',
];

export class AutoscalerProcess {
  readonly name: Replica;
  readonly flags: readonly string[];
  readonly cable: Cable;
  readonly #process: ServerProcess;
  readonly tokenPath: string;

  private constructor(
    { name, flags = [] }: AutoscalerOptions,
    cable: Cable,
    process: ServerProcess,
    tokenPath: string,
  ) {
    this.name = name;
    this.flags = flags;
    this.cable = cable;
    this.#process = process;
    this.tokenPath = tokenPath;
  }

  static async start(options: AutoscalerOptions): Promise<AutoscalerProcess> {
    const { plane, cloud, name, flags = [] } = options;
    const cable = await Cable.to(plane.port);
    const tokenPath = plane.path(`${name}.token`);
    writeFileSync(tokenPath, plane.tokens[name]);
    writeFileSync(plane.path(`${name}.kubeconfig`), plane.kubeconfig(name, { port: cable.port, tokenFile: tokenPath }));
    const cloudConfig = {
      cluster_id: cloud.clusterId,
      token: cloud.apiKey,
      api_url: await cloud.urlFor(name),
    };
    writeFileSync(plane.path(`${name}.cloud-config`), JSON.stringify(cloudConfig));
    const child = new ServerProcess({
      name,
      command: process.execPath,
      args: [
        BUNDLE,
        'run',
        `--kubeconfig=${plane.path(`${name}.kubeconfig`)}`,
        `--cloud-config=${plane.path(`${name}.cloud-config`)}`,
        '--address=127.0.0.1:0',
        '-v=4',
        ...QUICK_FLAGS,
        ...flags,
      ],
      env: { POD_NAME: name },
      // A log of its own: what an earlier start said is not what this one says.
      logPath: plane.path(`${name}-${++starts}.log`),
    });
    const started = new AutoscalerProcess(options, cable, child, tokenPath);
    await child.ready(START_TIMEOUT_MS, () => Promise.resolve(started.says('started')));
    return started;
  }

  get process(): ServerProcess {
    return this.#process;
  }

  /** Whether a line of its log has this message. */
  says(message: string): boolean {
    return this.#process.log().includes(`"msg":"${message}"`);
  }

  /** Resident memory in bytes, as the system has it. */
  async residentBytes(): Promise<number> {
    const status = await readFile(`/proc/${this.#process.pid}/status`, 'utf8');
    return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? '0') * 1024;
  }

  /** Processor time used so far, user and system. */
  async cpuSeconds(): Promise<number> {
    const stat = await readFile(`/proc/${this.#process.pid}/stat`, 'utf8');
    // After the name in parentheses: utime and stime are fields 14 and 15, in ticks.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return (Number(fields[11]) + Number(fields[12])) / CLOCK_TICKS_PER_SECOND;
  }

  async stop(): Promise<void> {
    await this.#process.stop();
    this.cable.close();
  }

  async kill(): Promise<void> {
    await this.#process.kill();
    this.cable.close();
  }
}
