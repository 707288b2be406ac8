import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { setImmediate as nextTurn } from 'node:timers/promises';

/** `up` is from who dialled to who listens, `down` the other way. */
export type Way = 'up' | 'down';

/**
 * How one way treats bytes. `carry` hands them on; `hold` keeps them, so that after a while the sender is held up too, and
 * hands them on once it carries again; `swallow` loses them without a word, the end of the connection included.
 */
export type Shape = { readonly flow: 'carry' | 'hold' | 'swallow'; readonly delayMs: number; readonly isSliced: boolean };

/** Runs `work` after a time. Real timers unless a test brings its own. */
export type After = (ms: number, work: () => void) => void;

/** A way through which connections on this machine pass, and on which everything can go wrong. */
export type TcpProxy = AsyncDisposable & {
  readonly port: number;
  /** How many connections are open on at least one side. */
  readonly connections: number;
  /** Changes what is named of one way, or of both, for the connections that are there and those to come. */
  shape(way: Way | 'both', shape: Partial<Shape>): void;
  /** Carries again both ways. A connection that lost bytes stays lost: nothing more passes in that direction. */
  heal(): void;
  /** Where new connections lead from now on. */
  retarget(port: number): void;
  /** Ends each connection with a reset to both sides. */
  reset(): void;
  /** Ends each connection politely, on both sides at once. */
  cut(): void;
  /** Ends one direction of each connection; the other goes on. */
  halfClose(way: Way): void;
};

const clear: Shape = { flow: 'carry', delayMs: 0, isSliced: false };
/** With this much under way the sender is held up. */
const maxWaiting = 1024 * 1024;

const realAfter: After = (ms, work) => void setTimeout(work, ms).unref();

/** Listens on a free port of loopback and leads each connection to `target`. The caller disposes of it. */
export const openTcpProxy = async (target: number, { after = realAfter }: { readonly after?: After } = {}): Promise<TcpProxy> => {
  const shapes: Record<Way, Shape> = { up: clear, down: clear };
  const pairs = new Set<Pair>();
  let port = target;
  const server = createServer({ allowHalfOpen: true }, (near) => {
    const far = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
    const pair: Pair = {
      near,
      far,
      up: createLane(near, far, () => shapes.up, after),
      down: createLane(far, near, () => shapes.down, after),
    };
    pairs.add(pair);
    for (const socket of [near, far]) {
      socket.setNoDelay(true);
      socket.on('close', () => {
        if (near.destroyed && far.destroyed) pairs.delete(pair);
      });
    }
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');

  const end = (how: (socket: Socket) => void): void => {
    for (const { near, far } of pairs) for (const socket of [near, far]) how(socket);
  };
  const shape = (way: Way | 'both', change: Partial<Shape>): void => {
    for (const each of way === 'both' ? (['up', 'down'] as const) : [way]) shapes[each] = { ...shapes[each], ...change };
    for (const { up, down } of pairs) for (const lane of [up, down]) lane.wake();
  };

  return {
    port: (server.address() as AddressInfo).port,
    get connections() {
      return pairs.size;
    },
    shape,
    heal: () => shape('both', clear),
    retarget: (next) => {
      port = next;
    },
    reset: () => end((socket) => socket.resetAndDestroy()),
    cut: () => end((socket) => socket.destroy()),
    halfClose: (way) => {
      for (const pair of pairs) (way === 'up' ? pair.far : pair.near).end();
    },
    [Symbol.asyncDispose]: async () => {
      end((socket) => socket.destroy());
      server.close();
      await once(server, 'close');
    },
  };
};

type Lane = { wake(): void };
type Pair = { readonly near: Socket; readonly far: Socket; readonly up: Lane; readonly down: Lane };
type Parcel = Buffer | 'end' | 'broken';

/** One direction of one connection: parcels wait their time, in order, and are handed on one after the other. */
const createLane = (source: Socket, sink: Socket, shape: () => Shape, after: After): Lane => {
  const waiting: { readonly parcel: Parcel; isDue: boolean }[] = [];
  let bytesWaiting = 0;
  let isLost = false;
  let isHandingOn = false;

  const handOn = async (parcel: Parcel): Promise<void> => {
    if (sink.destroyed) return;
    if (parcel === 'end') sink.end();
    else if (parcel === 'broken') sink.resetAndDestroy();
    else if (!shape().isSliced) await write(sink, parcel);
    else {
      for (const byte of parcel) {
        await write(sink, Buffer.of(byte));
        // A turn between the bytes keeps the kernel from packing them together again.
        await nextTurn();
      }
    }
  };

  const wake = (): void => void work();
  const work = async (): Promise<void> => {
    if (isHandingOn) return;
    isHandingOn = true;
    for (let first = waiting[0]; first?.isDue === true && shape().flow === 'carry'; first = waiting[0]) {
      waiting.shift();
      bytesWaiting -= sizeOf(first.parcel);
      await handOn(first.parcel);
    }
    isHandingOn = false;
    if (bytesWaiting < maxWaiting) source.resume();
  };

  const take = (parcel: Parcel): void => {
    const { flow, delayMs } = shape();
    if (flow === 'swallow' || isLost) {
      isLost = true;
      return;
    }
    const item = { parcel, isDue: delayMs === 0 };
    waiting.push(item);
    if (!item.isDue) {
      after(delayMs, () => {
        item.isDue = true;
        wake();
      });
    }
    bytesWaiting += sizeOf(parcel);
    if (bytesWaiting >= maxWaiting) source.pause();
    wake();
  };

  source.on('data', (bytes: Buffer) => take(bytes));
  source.on('end', () => take('end'));
  // A reset, or nobody listening: the other side gets the same. What was on its way goes with it, as a system that resets
  // a connection sends nothing of it again.
  source.on('error', () => {
    waiting.length = 0;
    bytesWaiting = 0;
    take('broken');
  });
  return { wake };
};

const sizeOf = (parcel: Parcel): number => (typeof parcel === 'string' ? 0 : parcel.length);

const write = (sink: Socket, bytes: Buffer): Promise<void> =>
  new Promise((resolve) => {
    // The callback comes with an error too when the sink is torn down meanwhile: then there is nobody to hand on to.
    sink.write(bytes, () => resolve());
  });
