/**
 * The last gate before the wire (I5): only the leader changes anything. What asks for the lease earlier than this may
 * still be sent too late, after a look past the watches, a wait for its turn or a repetition; what asks here is not. It
 * asks once more when a connection is there: a process may be stopped just before, for longer than its lease.
 */
import { type HttpTransport, TransportError } from '../runtime/http.ts';

/** Lets reads pass, and changes for as long as `isLeader` says so. */
export function leaderOnly(send: HttpTransport, isLeader: () => boolean): HttpTransport {
  return (request) => {
    if (request.method === 'GET') return send(request);
    if (isLeader()) return send({ ...request, mayBeSent: isLeader });
    return Promise.reject(new TransportError('not-sent', 'not sent: this process does not hold the lease any more'));
  };
}
