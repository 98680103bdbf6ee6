/**
 * The moment at which a request is written to its connection. One that was handed over earlier may have waited for a
 * connection, or for a process that was stopped, until what allowed it is no longer so.
 */
import type { Dispatcher } from 'undici';
import { TransportError } from './http.ts';

/** The dispatcher, from which nothing leaves once `mayBeSent` says no: such a request fails as not sent. */
export function lastGate(dispatcher: Dispatcher, mayBeSent: (() => boolean) | undefined): Dispatcher {
  if (mayBeSent === undefined) return dispatcher;
  return dispatcher.compose((dispatch) => (options, handler) => dispatch(options, gated(handler, mayBeSent)));
}

function gated(handler: Dispatcher.DispatchHandler, mayBeSent: () => boolean): Dispatcher.DispatchHandler {
  return {
    onRequestStart(controller, context) {
      if (mayBeSent()) handler.onRequestStart?.(controller, context);
      else controller.abort(new TransportError('not-sent', 'not sent: it may no longer be done'));
    },
    onResponseStart: (...response) => handler.onResponseStart?.(...response),
    onResponseData: (...chunk) => handler.onResponseData?.(...chunk),
    onResponseEnd: (...end) => handler.onResponseEnd?.(...end),
    onResponseError: (...failure) => handler.onResponseError?.(...failure),
  };
}
