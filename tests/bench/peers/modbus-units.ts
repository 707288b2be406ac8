import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';

/** Units on Modbus TCP that answer honestly after a while, one of which can be silenced. Counts what it is asked. */
export type ModbusUnits = AsyncDisposable & {
  readonly port: number;
  readonly requests: () => number;
  silence(unit: number | null): void;
};

/** A register holds its own address plus a thousand times its unit. */
export const toUnitWord = (unit: number, address: number): number => (unit * 1000 + address) & 0xffff;

const toAnswer = (request: Buffer): Buffer => {
  const code = request[7] ?? 0;
  // A write is answered by its own echo.
  if (code > 4) return Buffer.from(request);
  const [unit, address, count] = [request[6] ?? 0, request.readUInt16BE(8), request.readUInt16BE(10)];
  const isBits = code < 3;
  const bytes = isBits ? Math.ceil(count / 8) : count * 2;
  const answer = Buffer.alloc(9 + bytes);
  request.copy(answer, 0, 0, 8);
  answer.writeUInt16BE(3 + bytes, 4);
  answer[8] = bytes;
  if (!isBits) for (let index = 0; index < count; index += 1) answer.writeUInt16BE(toUnitWord(unit, address + index), 9 + index * 2);
  return answer;
};

export const openModbusUnits = async (answerMs: number): Promise<ModbusUnits> => {
  let silent: number | null = null;
  let requests = 0;
  const server = createServer((socket) => {
    let pending = Buffer.alloc(0);
    socket.on('error', () => socket.destroy());
    socket.on('data', (bytes: Buffer) => {
      pending = Buffer.concat([pending, bytes]);
      while (pending.length >= 6 && pending.length >= 6 + pending.readUInt16BE(4)) {
        const length = 6 + pending.readUInt16BE(4);
        const request = pending.subarray(0, length);
        pending = pending.subarray(length);
        requests += 1;
        if (request[6] !== silent) setTimeout(() => socket.write(toAnswer(request)), answerMs);
      }
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    requests: () => requests,
    silence: (unit) => {
      silent = unit;
    },
    [Symbol.asyncDispose]: async () => {
      server.close();
    },
  };
};
