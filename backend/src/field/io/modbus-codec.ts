import { EventEmitter } from 'node:events';
import modbus from 'modbus-serial';
import type { BusOutcome } from '../bus/bus-outcome.ts';
import { toCount, type BusRequest } from '../modbus/bus-request.ts';
import { withCrc } from '../modbus/crc16.ts';

/**
 * The port as `modbus-serial` sees it. The library files requests by `_transactionIdWrite` and finds them by
 * `_transactionIdRead`; both stay 1 here, because the real transaction is checked before the library sees an answer.
 */
class CodecPort extends EventEmitter {
  readonly isOpen = true;
  _transactionIdRead = 1;
  _transactionIdWrite = 1;
  readonly #send: (body: Uint8Array) => void;

  constructor(send: (body: Uint8Array) => void) {
    super();
    this.#send = send;
  }

  open(done: () => void): void {
    done();
  }

  /** The library hands over unit, PDU and checksum; what frames them is the link's business. */
  write(framed: Uint8Array): void {
    this.#send(framed.subarray(0, -2));
  }
}

/** Turns requests into bytes, and bytes that were checked into values. One for each connection. */
export interface ModbusCodec {
  /** Encodes and sends; `done` is called at most once, by a later `receive`. */
  send(request: BusRequest, done: (outcome: BusOutcome) => void): void;
  /** An answer (unit, function, data) that has been found to be that of the request in flight. */
  receive(body: Uint8Array): void;
}

type Answer = object | undefined;

const toOutcome = (request: BusRequest, error: (Error & { readonly modbusCode?: number }) | null, answer: Answer): BusOutcome => {
  if (error !== null) {
    return error.modbusCode === undefined
      ? { kind: 'failed', code: 'modbus/mismatch', why: error.message, isSent: true }
      : { kind: 'exception', code: error.modbusCode };
  }
  const data: unknown = answer !== undefined && 'data' in answer ? answer.data : [];
  const values = (Array.isArray(data) ? data : []).slice(0, toCount(request));
  switch (request.function) {
    case 1:
    case 2:
      return { kind: 'bits', values: values.map(Boolean) };
    case 3:
    case 4:
      return { kind: 'words', values: values.map(Number) };
    default:
      return { kind: 'echoed' };
  }
};

/** Makes the codec of one connection over `modbus-serial`; `send` puts unit, function and data on the wire. */
export const createModbusCodec = (send: (body: Uint8Array) => void): ModbusCodec => {
  const port = new CodecPort(send);
  const client = new modbus.default(port);
  client.open(() => undefined);
  return {
    send: (request, done) => {
      const { unit, address } = request;
      const next = (error: Error | null, answer?: Answer): void => done(toOutcome(request, error, answer));
      switch (request.function) {
        case 1:
          return client.writeFC1(unit, address, request.count, next);
        case 2:
          return client.writeFC2(unit, address, request.count, next);
        case 3:
          return client.writeFC3(unit, address, request.count, next);
        case 4:
          return client.writeFC4(unit, address, request.count, next);
        case 5:
          return client.writeFC5(unit, address, request.values[0], next);
        case 6:
          return client.writeFC6(unit, address, request.values[0], next);
        case 15:
          return client.writeFC15(unit, address, [...request.values], next);
        case 16:
          return client.writeFC16(unit, address, [...request.values], next);
        case 22:
          return client.writeFC22(unit, address, request.values[0], request.values[1], next);
      }
    },
    receive: (body) => {
      port.emit('data', Buffer.from(withCrc(body)));
    },
  };
};
