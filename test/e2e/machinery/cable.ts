/** The network between one client and a server on loopback: a TCP relay that can be cut. */
import { once } from 'node:events';
import { type Server, type Socket, connect, createServer } from 'node:net';

export class Cable {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  readonly #targetPort: number;
  #isCut = false;

  private constructor(targetPort: number) {
    this.#targetPort = targetPort;
    this.#server = createServer((client) => this.#relay(client));
  }

  static async to(targetPort: number): Promise<Cable> {
    const cable = new Cable(targetPort);
    cable.#server.listen(0, '127.0.0.1');
    await once(cable.#server, 'listening');
    return cable;
  }

  get port(): number {
    const address = this.#server.address();
    if (address === null || typeof address === 'string') throw new Error('the cable is not plugged in');
    return address.port;
  }

  /** Nothing passes any more, and nobody is told: connections hang, as on a network that drops packets. */
  cut(): void {
    this.#isCut = true;
    for (const socket of this.#sockets) socket.pause().unpipe();
  }

  /** What hung is broken off; new connections pass. */
  mend(): void {
    this.#isCut = false;
    for (const socket of this.#sockets) socket.destroy();
  }

  close(): void {
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
  }

  #relay(client: Socket): void {
    this.#keep(client);
    if (this.#isCut) {
      client.pause();
      return;
    }
    const server = connect(this.#targetPort, '127.0.0.1');
    this.#keep(server);
    client.pipe(server);
    server.pipe(client);
    client.once('close', () => server.destroy());
    server.once('close', () => client.destroy());
  }

  #keep(socket: Socket): void {
    this.#sockets.add(socket);
    socket.setNoDelay(true);
    // A broken connection is what the peer sees too: `close` follows.
    socket.on('error', () => undefined);
    socket.once('close', () => this.#sockets.delete(socket));
  }
}
