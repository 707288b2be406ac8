import type { FieldWires } from '@phloem/backend';
import type { SchedulerLike } from 'rxjs';

type OpenWire = ReturnType<FieldWires['tcp']>;
type Framing = 'tcp' | 'rtu';

/** Lines with units of every unit number, and what has been heard on them: when, where, and which bytes. */
export type Line = { readonly wires: FieldWires; readonly heard: readonly (readonly [at: number, where: string, bytes: string])[] };

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
const word = (bytes: Uint8Array, at: number): number => ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0);

/** MODBUS over Serial Line V1.02, 6.2.2. */
const withCrc = (body: readonly number[]): Uint8Array => {
  let crc = 0xffff;
  for (const byte of body) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit += 1) crc = crc & 1 ? (crc >> 1) ^ 0xa001 : crc >> 1;
  }
  return Uint8Array.from([...body, crc & 0xff, crc >> 8]);
};

/** What registers hold that nobody has written: small values mostly, as instruments have them. */
const contents = [3, 200, 1, 230, 7, 0, 215, 2, 65_535, 10, 190, 100, 4660, 255, 1, 240, 32_770, 5, 60_000, 17] as const;

/** How units differ from what Modbus says; each comes from a quirk of a sample. */
const answersAs = new Map([
  [20, 77],
  [21, 77],
]);
const namesNoTransaction: ReadonlySet<number> = new Set([21]);
const paused: ReadonlySet<number> = new Set([20]);
/** A unit whose outputs follow late, and roughly. */
const followsLate = 13;
const lateMs = 4000;
/** A unit whose registers hold their own address, and whose every second bit is set; it is never silent. */
const plainUnit = 60;
/** A unit whose first register counts by 400 each second and wraps, and whose second one counts by 1. */
const countingUnit = 61;
/** Each other unit is silent for some seconds, at a time of its own. */
const isSilent = (unit: number, now: number): boolean =>
  unit !== plainUnit && unit !== countingUnit && now % 60_000 >= 30_000 + unit * 40 && now % 60_000 < 33_000 + unit * 40;

type Table = 'bits' | 'inputs';

const createMemory = (scheduler: SchedulerLike) => {
  const written = new Map<string, { readonly value: number; readonly at: number; readonly before: number }>();
  const keyOf = (unit: number, table: Table, address: number): string => `${unit} ${table} ${address}`;
  const read = (unit: number, table: Table, address: number): number => {
    const own = written.get(keyOf(unit, table, address));
    if (own !== undefined) {
      if (unit !== followsLate) return own.value;
      return scheduler.now() - own.at < lateMs ? own.before : own.value - (own.value % 3);
    }
    const turn = Math.floor(scheduler.now() / 7000);
    if (unit === plainUnit) return table === 'bits' ? address % 2 : address;
    if (unit === countingUnit) return (Math.floor(scheduler.now() / 1000) * (address === 0 ? 400 : 1)) % 65_536;
    return table === 'bits' ? (address + turn) % 2 : (contents[(address * 3 + unit + turn) % contents.length] ?? 0);
  };
  const write = (unit: number, table: Table, address: number, value: number): void => {
    const before = written.has(keyOf(unit, table, address)) ? read(unit, table, address) : 0;
    written.set(keyOf(unit, table, address), { value, at: scheduler.now(), before });
  };
  return { read, write };
};

type Memory = ReturnType<typeof createMemory>;

/** The body of the answer to a request: unit, function and the rest. */
const answer = (body: Uint8Array, memory: Memory): readonly number[] => {
  const [unit = 0, code = 0] = body;
  const [address, count] = [word(body, 2), word(body, 4)];
  const many = (): readonly number[] => Array.from({ length: count }, (_, i) => i);
  switch (code) {
    case 1:
    case 2: {
      const bytes = Array.from({ length: Math.ceil(count / 8) }, () => 0);
      for (const i of many()) bytes[i >> 3] = (bytes[i >> 3] ?? 0) | (memory.read(unit, 'bits', address + i) << (i & 7));
      return [unit, code, bytes.length, ...bytes];
    }
    case 3:
    case 4:
      return [
        unit,
        code,
        count * 2,
        ...many()
          .map((i) => memory.read(unit, 'inputs', address + i))
          .flatMap((value) => [value >> 8, value & 255]),
      ];
    case 5:
      memory.write(unit, 'bits', address, count === 0 ? 0 : 1);
      return [...body];
    case 6:
      memory.write(unit, 'inputs', address, count);
      return [...body];
    case 15:
      for (const i of many()) memory.write(unit, 'bits', address + i, ((body[7 + (i >> 3)] ?? 0) >> (i & 7)) & 1);
      return [...body.subarray(0, 6)];
    case 16:
      for (const i of many()) memory.write(unit, 'inputs', address + i, word(body, 7 + 2 * i));
      return [...body.subarray(0, 6)];
    case 22:
      memory.write(unit, 'inputs', address, (memory.read(unit, 'inputs', address) & count) | (word(body, 6) & ~count & 0xffff));
      return [...body];
    default:
      return [unit, code | 0x80, 1];
  }
};

/** Makes lines of virtual time. */
export const createLine = (scheduler: SchedulerLike): Line => {
  const heard: (readonly [number, string, string])[] = [];
  const memory = createMemory(scheduler);
  const later = (delay: number, work: () => void): void => void scheduler.schedule(work, delay);
  const open =
    (where: string, framing: Framing): OpenWire =>
    (tell) => {
      let isOpen = true;
      heard.push([scheduler.now(), where, 'open']);
      later(3, () => isOpen && tell({ kind: 'opened' }));
      const send = (bytes: Uint8Array): void => {
        if (isOpen) tell({ kind: 'bytes', bytes });
      };
      const hear = (bytes: Uint8Array): void => {
        const body = framing === 'tcp' ? bytes.subarray(6) : bytes.subarray(0, -2);
        const [unit = 0] = body;
        if (!isOpen || unit === 0 || isSilent(unit, scheduler.now())) return;
        const [, ...rest] = answer(body, memory);
        const own = [answersAs.get(unit) ?? unit, ...rest];
        const head = namesNoTransaction.has(unit) ? [0, 0] : [...bytes.subarray(0, 2)];
        const frame = framing === 'tcp' ? Uint8Array.from([...head, 0, 0, own.length >> 8, own.length & 255, ...own]) : withCrc(own);
        if (framing === 'tcp' || !paused.has(unit)) return later(12, () => send(frame));
        later(12, () => send(frame.subarray(0, 3)));
        later(27, () => send(frame.subarray(3)));
      };
      return {
        write: (bytes) => {
          const sent = bytes.slice();
          heard.push([scheduler.now(), where, hex(sent)]);
          later(2, () => hear(sent));
        },
        end: () => {
          isOpen = false;
        },
      };
    };
  return {
    heard,
    wires: {
      tcp: ({ host, port }) => open(`${host}:${port}`, 'tcp'),
      gateway: ({ host, port }) => open(`${host}:${port} rtu`, 'rtu'),
      serial:
        ({ path, stopBits }) =>
        ({ baudRate, parity }) =>
          open(`${path} ${baudRate} ${parity} ${stopBits}`, 'rtu'),
    },
  };
};
