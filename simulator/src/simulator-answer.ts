import { encodeException, encodeReadAnswer, encodeWriteAnswer, exceptions, type ModbusRequest, parseRequest } from './modbus-request.ts';
import type { ActiveFault, SimulatorFault } from './simulator-fault.ts';
import { isBenchValue } from './bench.ts';
import {
  commandSimulatorBench,
  commandSimulatorDrive,
  commandSimulatorRelay,
  type SimulatorRandom,
  type SimulatorState,
} from './simulator-state.ts';
import { encodeValue, findRegister, readRegister, units } from './register-map.ts';

/** What becomes of one request: the simulator after it, what is sent back, and what the ledger has to say. */
export type SimulatorAnswer = {
  readonly state: SimulatorState;
  readonly faults: readonly ActiveFault[];
  /** What is sent; null when nothing is. */
  readonly sent: { readonly pdu: Uint8Array; readonly delayMs: number; readonly copies: number } | null;
  /** The write that was asked for, and whether it was done; null for a read. */
  readonly write: {
    readonly request: Extract<ModbusRequest, { kind: 'write' }>;
    readonly outcome: 'done' | 'refused' | 'unheard';
    readonly exception: number | null;
  } | null;
};

/**
 * Answers a request with the simulator as it is now, faults included. `cause` is the ledger's number for the write, should
 * it be one.
 */
export const answerRequest = (
  simulator: { readonly state: SimulatorState; readonly faults: readonly ActiveFault[] },
  asked: { readonly unit: number; readonly pdu: Uint8Array; readonly cause: number },
  random: SimulatorRandom,
): SimulatorAnswer => {
  const { state, faults } = simulator;
  const spent = new Set<number>();
  /** The first fault of a kind that touches this unit; asking for it counts as one of its times. */
  const take = <K extends SimulatorFault['kind']>(kind: K, fits: (fault: Extract<SimulatorFault, { kind: K }>) => boolean = () => true) => {
    const found = faults.find(
      ({ fault, left }) =>
        fault.kind === kind &&
        left !== 0 &&
        (!('unit' in fault) || fault.unit === asked.unit) &&
        fits(fault as Extract<SimulatorFault, { kind: K }>),
    );
    if (found !== undefined) spent.add(found.id);
    return found?.fault as Extract<SimulatorFault, { kind: K }> | undefined;
  };
  const request = parseRequest(asked.pdu);
  const code = asked.pdu[0] ?? 0;
  const isThere = units.has(asked.unit);

  if (!isThere || take('half-open') !== undefined || take('silence') !== undefined) {
    const write = request.kind === 'write' ? ({ request, outcome: 'unheard', exception: null } as const) : null;
    return { state, faults: spend(faults, spent), sent: null, write };
  }

  const forced = take('exception', (fault) => fault.function === undefined || fault.function === code);
  const done: Done = forced === undefined ? perform(state, faults, asked, request, random) : { exception: forced.code };
  const sendsSwapped = 'pairs' in done && done.pairs.length > 0 && take('swap-words') !== undefined;
  const words = 'words' in done && sendsSwapped ? swapPairs(done.words, done.pairs) : 'words' in done ? done.words : [];
  const truth =
    'exception' in done
      ? encodeException(code, done.exception)
      : request.kind === 'read'
        ? encodeReadAnswer(code, request.table, words)
        : request.kind === 'write'
          ? encodeWriteAnswer(request)
          : encodeException(code, request.code);
  const isEcho = request.kind === 'write' && !('exception' in done);
  const pdu = isEcho && take('wrong-echo') !== undefined ? falsifyEcho(truth) : truth;
  const delayMs = take('delay')?.ms ?? 0;
  const copies = take('duplicate') === undefined ? 1 : 2;
  const exception = 'exception' in done ? done.exception : null;
  return {
    state: 'state' in done ? done.state : state,
    faults: spend(faults, spent),
    sent: { pdu, delayMs, copies },
    write: request.kind === 'write' ? { request, outcome: exception === null ? 'done' : 'refused', exception } : null,
  };
};

/** Either refused, or written, or read: with the places in `words` at which a value of two words begins. */
type Done =
  | { readonly exception: number }
  | { readonly state: SimulatorState }
  | { readonly words: readonly number[]; readonly pairs: readonly number[] };

const perform = (
  state: SimulatorState,
  faults: readonly ActiveFault[],
  asked: { readonly unit: number; readonly cause: number },
  request: ReturnType<typeof parseRequest>,
  random: SimulatorRandom,
): Done => {
  if (request.kind === 'exception') return { exception: request.code };
  const count = request.kind === 'read' ? request.count : request.values.length;
  const registers = Array.from({ length: count }, (_, index) => findRegister(asked.unit, request.table, request.address + index));
  const known = registers.filter((register) => register !== undefined);
  if (known.length < count) return { exception: exceptions.address };
  if (request.kind === 'read') {
    const words = known.map((register, index) => {
      return encodeValue(register, readRegister(register, state, faults))[request.address + index - register.address] ?? 0;
    });
    const pairs = known.flatMap((register, index) =>
      register.type === 'f32' && register.address === request.address + index && index + 1 < count ? [index] : [],
    );
    return { words, pairs };
  }
  // Checked as a whole before anything is touched: half a write would leave nobody knowing what was done.
  if (request.table === 'holding' && request.values.some((value) => value > fullDrive)) return { exception: exceptions.value };
  const isTaken = known.every(({ drives }, index) => drives?.kind !== 'bench' || isBenchValue(drives.name, request.values[index] ?? 0));
  if (!isTaken) return { exception: exceptions.value };
  const origin = { why: 'write', cause: asked.cause } as const;
  return {
    state: known.reduce((next, { drives }, index) => {
      const value = request.values[index] ?? 0;
      if (drives === undefined) return next;
      if (drives.kind === 'bench') return commandSimulatorBench(next, drives.name, value);
      return drives.kind === 'relay'
        ? commandSimulatorRelay(next, drives.name, value === 1, origin, random)
        : commandSimulatorDrive(next, drives.name, value);
    }, state),
  };
};

/** 100 % in tenths. */
const fullDrive = 1000;

const swapPairs = (words: readonly number[], pairs: readonly number[]): readonly number[] => {
  const swapped = [...words];
  for (const at of pairs) [swapped[at], swapped[at + 1]] = [words[at + 1] ?? 0, words[at] ?? 0];
  return swapped;
};

// Another address, the same value: what a mixed-up gateway sends back for somebody else's write.
const falsifyEcho = (pdu: Uint8Array): Uint8Array => pdu.map((byte, index) => (index === 2 ? byte ^ 1 : byte));

const spend = (faults: readonly ActiveFault[], spent: ReadonlySet<number>): readonly ActiveFault[] =>
  spent.size === 0
    ? faults
    : faults
        .map((fault) => (spent.has(fault.id) && fault.left !== null ? { ...fault, left: fault.left - 1 } : fault))
        .filter((fault) => fault.left !== 0);
