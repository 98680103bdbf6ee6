/**
 * Plays a story: creates its workloads, then carries out its events at their times, on an {@link ObjectStore} and
 * {@link CloudControls} under a clock. The pools are not its business: whoever builds the simulated cloud makes them.
 */
import type { Clock, Timer } from '../../src/runtime/clock.ts';
import { unreachable } from '../../src/cluster/invariant.ts';
import { ApiError } from '../kubernetes/object.ts';
import type { ObjectStore } from '../kubernetes/store.ts';
import type { CloudControls } from './cloud-controls.ts';
import { formatDuration } from '../controllers/duration.ts';
import type { Story, StoryAction, StoryEvent, StoryTarget } from './story.ts';
import type { StoryObject } from './story-workloads.ts';

export interface StoryPlayerOptions {
  readonly story: Story;
  readonly store: ObjectStore;
  readonly clock: Clock;
  readonly cloud: CloudControls;
  /** Told of each event as it is carried out. */
  readonly onEvent?: (told: ToldEvent) => void;
}

export interface ToldEvent {
  readonly atMs: number;
  /** The note, or what is done, in words. */
  readonly text: string;
  /** Why it could not be done, in the API server's words. */
  readonly refusal: string | undefined;
}

export class StoryPlayer {
  readonly #options: StoryPlayerOptions;
  #timer: Timer | undefined;
  #next = 0;
  #startedAtMs = 0;
  #over = false;

  constructor(options: StoryPlayerOptions) {
    this.#options = options;
  }

  /** Creates the workloads of the beginning, and starts the clock of the story. */
  start(): void {
    const { story, store, clock } = this.#options;
    this.#startedAtMs = clock.monotonic();
    for (const one of story.workloads) apply(store, one);
    this.#arm();
  }

  stop(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  /** Since the start of the story. */
  get elapsedMs(): number {
    return this.#options.clock.monotonic() - this.#startedAtMs;
  }

  /** Whether the story's time is over. Its events are all done by then. */
  get isOver(): boolean {
    return this.#over;
  }

  #arm(): void {
    const { story, clock } = this.#options;
    const event = story.events[this.#next];
    const atMs = event?.atMs ?? story.untilMs;
    this.#timer = clock.setTimer(Math.max(0, atMs - this.elapsedMs), () => {
      if (event === undefined) {
        this.#over = true;
        return;
      }
      this.#next++;
      this.#tell(event);
      this.#arm();
    });
  }

  #tell(event: StoryEvent): void {
    const refusal = event.action === undefined ? undefined : this.#carryOut(event.action);
    const text = event.note ?? (event.action === undefined ? '' : describe(event.action));
    this.#options.onEvent?.({ atMs: event.atMs, text, refusal });
  }

  /** Returns why it could not be done. */
  #carryOut(action: StoryAction): string | undefined {
    const { store, cloud } = this.#options;
    try {
      switch (action.kind) {
        case 'scale':
          scale(store, action.target, action.replicas);
          break;
        case 'apply':
          for (const one of action.objects) apply(store, one);
          break;
        case 'delete':
          store.delete(action.target.resource, action.target.namespace, action.target.name);
          break;
        case 'stock-out':
          cloud.stockOut(action.plan, action.region, action);
          break;
        case 'lose-node':
          cloud.loseNode(action.pool);
          break;
        case 'api-outage':
          cloud.apiOutage(action.durationMs);
          break;
      }
      return undefined;
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      return error.message;
    }
  }
}

function scale(store: ObjectStore, { resource, namespace, name }: StoryTarget, replicas: number): void {
  store.update(resource, namespace, name, (current) => ({ ...current, spec: { ...current.spec, replicas } }));
}

/** Creates the object, or gives the one that is there the new spec. */
function apply(store: ObjectStore, { resource, object }: StoryObject): void {
  const { name, namespace } = object.metadata;
  if (namespace !== undefined && store.find('namespaces', '', namespace) === undefined) {
    store.create('namespaces', { metadata: { name: namespace } });
  }
  if (store.find(resource, namespace ?? '', name) === undefined) {
    store.create(resource, object);
    return;
  }
  const { metadata, ...fields } = object;
  store.update(resource, namespace ?? '', name, (current) => ({
    ...current,
    ...fields,
    ...(isRecord(fields['spec']) && { spec: { ...current.spec, ...fields['spec'] } }),
    apiVersion: current.apiVersion,
    kind: current.kind,
    metadata: {
      ...current.metadata,
      ...(metadata.labels !== undefined && { labels: metadata.labels }),
      ...(metadata.annotations !== undefined && { annotations: metadata.annotations }),
    },
  }));
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

function describe(action: StoryAction): string {
  switch (action.kind) {
    case 'scale':
      return `${action.target.name} is scaled to ${action.replicas}`;
    case 'apply':
      return `${action.objects.map(({ object }) => object.metadata.name).join(', ')} is applied`;
    case 'delete':
      return `${action.target.name} is deleted`;
    case 'stock-out':
      return `${action.plan} is sold out in ${action.region} for ${formatDuration(action.durationMs)}`;
    case 'lose-node':
      return `a node of pool ${action.pool} dies`;
    case 'api-outage':
      return `the Vultr API is down for ${formatDuration(action.durationMs)}`;
    default:
      return unreachable(action);
  }
}
