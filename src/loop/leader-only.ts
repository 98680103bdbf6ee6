/**
 * The last gate before the wire (I5): only the leader changes anything. What asks for the lease earlier than this may
 * still be sent too late, after a look past the watches, a wait for its turn or a repetition; what asks here is not.
 */
import { type HttpTransport, TransportError } from '../runtime/http.ts';

/** Lets reads pass, and changes for as long as `isLeader` says so. */
export function leaderOnly(send: HttpTransport, isLeader: () => boolean): HttpTransport {
  return (request) => {
    if (request.method === 'GET' || isLeader()) return send(request);
    return Promise.reject(new TransportError('not-sent', 'not sent: this process does not hold the lease any more'));
  };
}
