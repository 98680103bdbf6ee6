/**
 * Follows one open watch to its end: cuts it into frames, decodes them, hands the events on a chunk at a time, and says
 * how it ended and how far it came.
 */
import { TransportError } from '../runtime/http.ts';
import type { StreamedReply } from './client.ts';
import type { StatusFacts } from './errors.ts';
import type { Interner } from './intern.ts';
import { PROTOBUF_TYPE } from './protobuf-envelope.ts';
import type { SilenceGuard } from './silence-guard.ts';
import { decodeFrame, type WatchEvent } from './watch-events.ts';
import { FrameError, FrameSplitter } from './watch-frames.ts';
import type { WatchedKind } from './watched-kind.ts';

/** `resourceVersion` is the last one heard: from there the next watch goes on. */
export type WatchEnd = { readonly resourceVersion: string } & (
  | { readonly kind: 'ended' }
  | { readonly kind: 'cut'; readonly why: string }
  | { readonly kind: 'refused'; readonly status: StatusFacts }
);

export interface WatchFollower {
  readonly kind: WatchedKind;
  readonly interner: Interner;
  readonly silence: SilenceGuard;
  /** Takes the events of a chunk; empty for one that completes no frame. */
  readonly onChunk: (events: readonly WatchEvent[]) => void;
  readonly onUnreadable: (problem: string) => void;
}

/** A server that sends bookmarks sends one about every minute: with those, silence tells soon. */
const SILENCE_AFTER_BOOKMARK_MS = 180_000;

export async function followWatch(watch: StreamedReply, from: string, follower: WatchFollower): Promise<WatchEnd> {
  const { silence } = follower;
  let resourceVersion = from;
  const frames = new FrameSplitter(watch.contentType === PROTOBUF_TYPE ? 'lengths' : 'lines');
  try {
    for await (const chunk of watch.body) {
      silence.broken();
      const events = decodeFrames(frames.push(chunk), watch.contentType, follower);
      follower.onChunk(events);
      for (const event of events) {
        if (event.kind === 'error') return { kind: 'refused', status: event.status, resourceVersion };
        if (event.kind === 'bookmark') silence.expectWithin(SILENCE_AFTER_BOOKMARK_MS);
        resourceVersion = resourceVersionOf(event) ?? resourceVersion;
      }
    }
    return { kind: 'ended', resourceVersion };
  } catch (thrown) {
    if (!(thrown instanceof TransportError) && !(thrown instanceof FrameError)) throw thrown;
    return { kind: 'cut', why: silence.signal.aborted ? 'the server fell silent' : thrown.message, resourceVersion };
  }
}

function decodeFrames(frames: readonly Buffer[], contentType: string, follower: WatchFollower): readonly WatchEvent[] {
  return frames.flatMap((frame) => {
    const event = decodeFrame(frame, contentType, follower);
    if (event.ok) return [event.value];
    follower.onUnreadable(event.error);
    return [];
  });
}

function resourceVersionOf(event: Exclude<WatchEvent, { kind: 'error' }>): string | undefined {
  const text =
    event.kind === 'bookmark'
      ? event.resourceVersion
      : event.object.ok
        ? event.object.value.resourceVersion
        : event.object.error.resourceVersion;
  return text === '' ? undefined : text;
}
