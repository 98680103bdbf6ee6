/**
 * Our simulated APIs against the real ones: the same conversation with the real API server and the sandbox's, answer by
 * answer; and Vultr's own Go client with the simulated Vultr.
 */
import { spawn } from 'node:child_process';
import * as z from 'zod';
import { serveHttp } from '../../../sandbox/http-server.ts';
import { Sandbox } from '../../../sandbox/sandbox.ts';
import { realClock } from '../../../src/runtime/clock.ts';
import { silentLogger } from '../../../src/runtime/log.ts';
import { seededRandom } from '../../../src/runtime/random.ts';
import { type Binaries, GO_MODULE } from '../machinery/binaries.ts';
import { KubernetesApi, type RawAnswer } from '../machinery/kubernetes-api.ts';
import { parseJson } from '../machinery/json.ts';
import { waitFor } from '../machinery/waiting.ts';
import { World } from '../machinery/world.ts';
import { STORY_POOLS } from '../pools.ts';
import { SCRIPT, type Line } from './conversation-script.ts';

const UNTIL_TIMEOUT_MS = 15_000;

export interface ConversationTally {
  played: number;
  readonly failures: string[];
}

export async function conversationAct(binaries: Binaries, tally: ConversationTally): Promise<void> {
  const world = await World.start({ binaries, name: 'conversations', pools: STORY_POOLS });
  const sandbox = new Sandbox({ clock: realClock, random: seededRandom(1), region: 'ewr', pools: [] });
  const server = await serveHttp({ handler: sandbox.kubernetes, logger: silentLogger });
  const simulated = new KubernetesApi({ url: server.url, ca: '', token: 'anything' });
  try {
    tally.played++;
    const differences = await compare(world.plane.admin, simulated);
    console.log(
      `\n${differences.length === 0 ? 'ok' : 'FAILED'}  ${SCRIPT.length} requests to the real API server and to the sandbox's`,
    );
    for (const difference of differences) {
      console.log(`      ! ${difference}`);
      tally.failures.push(`conversation: ${difference}`);
    }
    tally.played++;
    const problem = await govultr(world);
    console.log(`\n${problem === undefined ? 'ok' : 'FAILED'}  Vultr's own Go client on the simulated Vultr`);
    if (problem !== undefined) tally.failures.push(`govultr: ${problem}`);
  } finally {
    await simulated.close();
    await server.close();
    sandbox.stop();
    await world.stop();
  }
}

async function compare(real: KubernetesApi, simulated: KubernetesApi): Promise<readonly string[]> {
  const differences: string[] = [];
  for (const line of SCRIPT) {
    const [theirs, ours] = [await say(real, line), await say(simulated, line)].map(essence);
    const isKnown = line.differs !== undefined;
    if (theirs !== ours && !isKnown) differences.push(`${line.says}: the real one says ${theirs}; ours ${ours}`);
    if (theirs === ours && isKnown) differences.push(`${line.says}: known to differ (${line.differs}), and does not`);
  }
  return differences;
}

async function say(api: KubernetesApi, line: Line): Promise<RawAnswer> {
  const { method, path, body, headers } = line;
  const ask = (): Promise<RawAnswer> =>
    api.raw(method, path, { ...(body !== undefined && { body }), ...(headers !== undefined && { headers }) });
  const { until } = line;
  if (until === undefined) return ask();
  let answer: RawAnswer | undefined;
  await waitFor(`${line.says}: ${until.source}`, UNTIL_TIMEOUT_MS, async () => {
    answer = await ask();
    return until.test(answer.text);
  }).catch(() => undefined);
  return answer ?? ask();
}

const cause = z.object({ reason: z.string().optional(), field: z.string().optional() });
const object = z.object({
  kind: z.string().optional(),
  reason: z.string().optional(),
  details: z
    .object({ kind: z.string().optional(), name: z.string().optional(), causes: z.array(cause).optional() })
    .optional(),
  items: z.array(z.unknown()).optional(),
  metadata: z.record(z.string(), z.unknown()).optional(),
});
/** An object, a list, a Status or a frame of a watch. */
const reply = object.extend({ type: z.string().optional(), object: object.optional() });
type Reply = z.infer<typeof reply>;

/** What of an answer has to be the same: status, kind, reason, what it is about, and which metadata there is. */
function essence({ status, headers, text }: RawAnswer): string {
  const type = String(headers['content-type'] ?? '').split(';')[0];
  const lines = text.trim().split('\n');
  const frames = lines.length > 1 || text.includes('"type":"') ? lines.map(frameOf) : [];
  if (frames.every((frame) => frame !== undefined) && frames.length > 0) {
    return JSON.stringify({ status, type, frames });
  }
  return JSON.stringify({ status, type, retryAfter: headers['retry-after'], ...replyOf(parsed(text)) });
}

function frameOf(line: string): object | undefined {
  const frame = parsed(line);
  if (frame?.type === undefined || frame.object === undefined) return undefined;
  return { type: frame.type, kind: frame.object.kind, name: frame.object.metadata?.['name'] };
}

function replyOf(answer: Reply | undefined): object {
  if (answer === undefined) return {};
  const { kind, reason, details, items, metadata } = answer;
  return {
    kind,
    reason,
    about: details?.kind !== undefined && [
      details.kind,
      details.name,
      details.causes?.map((one) => [one.reason, one.field]),
    ],
    items: items?.length,
    more: metadata?.['continue'] !== undefined,
    metadata: Object.keys(metadata ?? {})
      // Controllers of the real control plane annotate nodes in their own time; the sandbox tracks no managers of fields.
      .filter((name) => name !== 'annotations' && name !== 'managedFields')
      .toSorted(),
  };
}

function parsed(text: string): Reply | undefined {
  try {
    return parseJson(reply, text);
  } catch {
    return undefined;
  }
}

/** Asynchronous only in its server: the Go test speaks to a socket of this process, so it must not block it. */
async function govultr(world: World): Promise<string | undefined> {
  const url = await world.cloud.urlFor('govultr');
  const child = spawn('go', ['test', '-count=1', './vultr'], {
    cwd: GO_MODULE,
    env: {
      ...process.env,
      VULTR_API_URL: url,
      VULTR_API_KEY: world.cloud.apiKey,
      VULTR_CLUSTER_ID: world.cloud.clusterId,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()));
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve));
  return code === 0 ? undefined : output;
}
