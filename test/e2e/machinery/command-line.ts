/**
 * A user's shell before the cluster: a folder like a checkout, with the kubeconfig vke.yaml and the file cloud-config in
 * it, and kubectl, helm and npx on the PATH. Commands are run as they are typed.
 */
import { spawn } from 'node:child_process';
import { mkdirSync, readFileSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import type { World } from './world.ts';

const ROOT = join(import.meta.dirname, '../../..');
/** Neither the history nor what these tests themselves write. */
const NOT_LINKED = new Set(['.git', '.cache']);
const COMMAND_TIMEOUT_MS = 120_000;

export interface Ended {
  readonly code: number | null;
  /** Both of its outputs, as they came. */
  readonly output: string;
}

export interface RunOptions {
  /** Interrupts (Ctrl-C) as soon as the output satisfies it; absent: the command ends by itself. */
  readonly until?: (output: string) => boolean;
}

export class CommandLine {
  readonly folder: string;
  readonly #environment: Readonly<Record<string, string | undefined>>;

  private constructor(folder: string, environment: Readonly<Record<string, string | undefined>>) {
    this.folder = folder;
    this.#environment = environment;
  }

  static async at(world: World, client: string): Promise<CommandLine> {
    const folder = world.plane.path(client);
    const bin = join(folder, '.tools');
    mkdirSync(bin, { recursive: true });
    for (const name of readdirSync(ROOT)) if (!NOT_LINKED.has(name)) symlinkSync(join(ROOT, name), join(folder, name));
    for (const name of ['kubectl', 'helm'] as const) symlinkSync(world.binaries[name], join(bin, name));
    writeFileSync(join(folder, 'vke.yaml'), world.plane.kubeconfig('admin'));
    const cloudConfig = { cluster_id: world.cloud.clusterId, token: world.cloud.apiKey };
    writeFileSync(join(folder, 'cloud-config'), JSON.stringify(cloudConfig));
    return new CommandLine(folder, {
      ...process.env,
      PATH: `${bin}${delimiter}${process.env['PATH'] ?? ''}`,
      KUBECONFIG: join(folder, 'vke.yaml'),
      // Everything that Helm and kubectl keep of their own.
      HOME: folder,
      HELM_CACHE_HOME: join(bin, 'helm-cache'),
      npm_config_cache: join(bin, 'npm-cache'),
      VULTR_API_URL: await world.cloud.urlFor(client),
    });
  }

  /** By the shell, in the folder. Asynchronous, because the simulated Vultr lives in this process. */
  async run(command: string, { until }: RunOptions = {}): Promise<Ended> {
    const child = spawn('bash', ['-c', command], {
      cwd: this.folder,
      env: this.#environment,
      stdio: ['ignore', 'pipe', 'pipe'],
      // A process group, so that an interrupt reaches what the shell started, as from a terminal.
      detached: true,
    });
    const signal = (name: NodeJS.Signals): void => {
      if (child.pid !== undefined && child.exitCode === null) process.kill(-child.pid, name);
    };
    let output = '';
    let interrupted = false;
    const take = (chunk: Buffer): void => {
      output += chunk.toString();
      if (interrupted || until === undefined || !until(output)) return;
      interrupted = true;
      signal('SIGINT');
    };
    child.stdout.on('data', take);
    child.stderr.on('data', take);
    const tooLong = setTimeout(() => signal('SIGKILL'), COMMAND_TIMEOUT_MS);
    const code = await new Promise<number | null>((resolve) => child.once('close', resolve));
    clearTimeout(tooLong);
    return { code, output };
  }

  /** The output of a command that has to succeed. */
  async succeeds(command: string, options: RunOptions = {}): Promise<string> {
    const { code, output } = await this.run(command, options);
    if (code !== 0) throw new Error(`$ ${command}\nended with ${code}:\n${output}`);
    return output;
  }

  read(name: string): string {
    return readFileSync(join(this.folder, name), 'utf8');
  }
}
