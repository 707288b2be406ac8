import type { DialLink, LinkSignal } from '../bus/field-link.ts';
import type { OpenWire } from '../bus/wire.ts';
import type { BusRequest } from '../modbus/bus-request.ts';
import { checkAnswer } from '../modbus/check-answer.ts';
import { encodeMbap, readMbap, type MbapFrame } from '../modbus/mbap.ts';
import { createModbusCodec } from './modbus-codec.ts';

/**
 * Dials Modbus TCP. Framing and transactions are ours, because those of the library cannot be trusted: its
 * transaction ids wrap at 256, so that a late answer becomes another register's value, and it checks neither the
 * protocol id nor the byte count nor the echo of a write. Ids here use all 16 bits, and an answer reaches the codec only
 * when every part of it fits the one request in flight.
 */
export const createMbapDial = (openWire: OpenWire): DialLink => {
  // Goes on from connection to connection: a gateway that kept an answer over a reconnect cannot hit an id again.
  let transaction = 0;
  return (tell, trace) => {
    let flight: { readonly request: BusRequest; readonly transaction: number } | null = null;
    let pending: Uint8Array = new Uint8Array(0);
    let isOver = false;

    const say = (signal: LinkSignal): void => {
      if (!isOver) tell(signal);
    };
    const receive = (frame: MbapFrame): void => {
      if (flight === null || frame.transaction !== flight.transaction) {
        return say({ type: 'mismatched', fault: 'late', why: `an answer to transaction ${frame.transaction}, which nobody waits for` });
      }
      const check = checkAnswer(flight.request, frame.body);
      if (check.kind === 'mismatch') return say({ type: 'mismatched', fault: 'mismatch', why: check.why });
      flight = null;
      codec.receive(frame.body);
    };
    const receiveBytes = (bytes: Uint8Array): void => {
      const read = readMbap(pending, bytes);
      pending = read.rest;
      for (const frame of read.frames) if (!isOver) receive(frame);
      if (read.fault !== null) say({ type: 'mismatched', fault: 'mismatch', why: read.fault });
    };

    const wire = openWire((signal) => {
      if (signal.type !== 'bytes') return say(signal);
      if (!isOver) trace?.('received', signal.bytes);
      receiveBytes(signal.bytes);
    });
    const codec = createModbusCodec((body) => {
      const bytes = encodeMbap(transaction, body);
      trace?.('sent', bytes);
      wire.write(bytes);
    });
    return {
      send: (request) => {
        transaction = (transaction + 1) & 0xffff;
        // Nobody answers a broadcast.
        flight = request.unit === 0 ? null : { request, transaction };
        codec.send(request, (outcome) => say({ type: 'answered', outcome }));
      },
      end: () => {
        isOver = true;
        wire.end();
      },
    };
  };
};
