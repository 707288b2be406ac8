import { createConnection } from 'node:net';
import type { DialLink, LinkSignal } from '../bus/field-link.ts';
import type { BusRequest } from '../modbus/bus-request.ts';
import { checkAnswer } from '../modbus/check-answer.ts';
import { encodeMbap, readMbap } from '../modbus/mbap.ts';
import { createModbusCodec } from './modbus-codec.ts';

/**
 * Dials Modbus TCP. Framing and transactions are ours, because those of the library cannot be trusted: its
 * transaction ids wrap at 256, so that a late answer becomes another register's value, and it checks neither the
 * protocol id nor the byte count nor the echo of a write. Ids here use all 16 bits, and an answer reaches the codec only
 * when every part of it fits the one request in flight.
 */
export const createTcpDial = ({ host, port }: { readonly host: string; readonly port: number }): DialLink => {
  // Goes on from connection to connection: a gateway that kept an answer over a reconnect cannot hit an id again.
  let transaction = 0;
  return (tell) => {
    let flight: { readonly request: BusRequest; readonly transaction: number } | null = null;
    let pending: Uint8Array = new Uint8Array(0);
    let isOver = false;

    const say = (signal: LinkSignal): void => {
      if (!isOver) tell(signal);
    };

    const socket = createConnection({ host, port, noDelay: true });
    const codec = createModbusCodec((body) => {
      socket.write(encodeMbap(transaction, body));
    });

    const receive = (frame: { readonly transaction: number; readonly body: Uint8Array }): void => {
      if (flight === null || frame.transaction !== flight.transaction) {
        return say({ type: 'mismatched', why: `an answer to transaction ${frame.transaction}, which nobody waits for` });
      }
      const check = checkAnswer(flight.request, frame.body);
      if (check.kind === 'mismatch') return say({ type: 'mismatched', why: check.why });
      flight = null;
      codec.receive(frame.body);
    };

    socket.on('connect', () => say({ type: 'opened' }));
    socket.on('data', (bytes: Uint8Array) => {
      const read = readMbap(pending, bytes);
      pending = read.rest;
      for (const frame of read.frames) if (!isOver) receive(frame);
      if (read.fault !== null) say({ type: 'mismatched', why: read.fault });
    });
    socket.on('error', (error) => say({ type: 'lost', why: error.message }));
    // An `end` without a `close` would leave a half-closed socket that takes requests and answers none.
    socket.on('end', () => say({ type: 'lost', why: 'the peer closed the connection' }));
    socket.on('close', () => say({ type: 'lost', why: 'the connection closed' }));

    return {
      send: (request) => {
        transaction = (transaction + 1) & 0xffff;
        flight = { request, transaction };
        codec.send(request, (outcome) => say({ type: 'answered', outcome }));
        if (request.unit === 0) flight = null;
      },
      end: () => {
        isOver = true;
        socket.destroy();
      },
    };
  };
};
