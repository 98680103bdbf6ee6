/** One list-watch of pods against an API server that a test plays, in virtual time. */
import assert from 'node:assert/strict';
import type { ClusterEvent } from '../../cluster/facts.ts';
import type { HttpResponse, TransportError } from '../../runtime/http.ts';
import { silentLogger, type Logger } from '../../runtime/log.ts';
import { seededRandom } from '../../runtime/random.ts';
import { kubernetesClient } from '../client.ts';
import { Interner } from '../intern.ts';
import { ListWatch } from '../list-watch.ts';
import type { WatchHealth } from '../watch-health.ts';
import { WATCHED_KINDS } from '../watched-kind.ts';
import { FakeTransport, jsonReply, OpenReply, type Exchange } from './fake-transport.ts';
import { VirtualClock } from '../../../sandbox/time/virtual-clock.ts';

const pods = WATCHED_KINDS.find((kind) => kind.name === 'pods') ?? assert.fail();

export function pod(name: string, resourceVersion: string, uid = `uid-${name}`): object {
  return { metadata: { namespace: 'shop', name, uid, resourceVersion }, spec: { containers: [] } };
}

export function page(resourceVersion: string, items: readonly object[], token = ''): HttpResponse {
  return jsonReply({ kind: 'PodList', metadata: { resourceVersion, continue: token }, items });
}

/** `+shop/a` and `-shop/a` for what was told. */
function told(event: ClusterEvent): string {
  if (event.kind === 'pod') return `+${event.pod.namespace}/${event.pod.name}@${event.pod.uid}`;
  return event.kind === 'pod-gone' ? `-${event.namespace}/${event.name}@${event.uid}` : event.kind;
}

export class World {
  readonly clock = new VirtualClock();
  readonly events: string[] = [];
  readonly health: WatchHealth[] = [];
  readonly warnings: string[] = [];
  readonly watches: { readonly reply: OpenReply; readonly url: URL }[] = [];
  /** Answers lists in order; the last one again and again. */
  lists: (HttpResponse | TransportError)[] = [];
  /** Answers the next watches instead of an open stream. */
  watchRefusals: (HttpResponse | TransportError)[] = [];
  readonly transport = new FakeTransport((exchange) => this.#answer(exchange));
  readonly listWatch: ListWatch;
  contentType = 'application/json';

  constructor(options: { readonly optional?: true } = {}) {
    const warn: Logger['warn'] = (message, fields = {}) =>
      void this.warnings.push(`${message}: ${JSON.stringify(fields)}`);
    this.listWatch = new ListWatch({
      kind: { ...pods, ...options },
      client: kubernetesClient({ transport: this.transport.send, clock: this.clock }),
      clock: this.clock,
      random: seededRandom(1).stream('test'),
      interner: new Interner(),
      logger: { ...silentLogger, warn },
      sink: (events) => this.events.push(...events.map(told)),
      onHealth: (health) => this.health.push(health),
    });
  }

  #answer({ request, url }: Exchange): HttpResponse | TransportError {
    if (!url.searchParams.has('watch')) {
      const reply = this.lists.shift();
      return reply ?? assert.fail('an unexpected list');
    }
    const refusal = this.watchRefusals.shift();
    if (refusal !== undefined) return refusal;
    const reply = new OpenReply(this.contentType, request.signal);
    this.watches.push({ reply, url });
    return reply.response;
  }

  get watch(): OpenReply {
    return this.watches.at(-1)?.reply ?? assert.fail('no watch');
  }

  get resumedFrom(): readonly (string | null)[] {
    return this.watches.map(({ url }) => url.searchParams.get('resourceVersion'));
  }

  /** What was told since the last call. */
  take(): readonly string[] {
    return this.events.splice(0);
  }

  async start(...lists: HttpResponse[]): Promise<void> {
    this.lists = lists;
    void this.listWatch.start();
    await this.clock.settle();
  }

  /** Stops, and holds that nothing is left behind. */
  async end(): Promise<void> {
    await this.listWatch.stop();
    assert.deepEqual(this.listWatch.health, { kind: 'stopped' });
    assert.equal(this.clock.pendingTimers, 0);
    assert.equal(this.lists.length, 0);
  }
}
