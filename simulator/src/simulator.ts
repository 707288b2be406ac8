import { Fault } from '@phloem/protocol';
import type { RequestFrame } from './modbus-frame.ts';
import { cutBenchPower } from './bench.ts';
import { createLedger, type LedgerEntry, type LedgerFact, type LedgerTime } from './ledger.ts';
import { answerRequest, type SimulatorAnswer } from './simulator-answer.ts';
import type { SimulatorClock } from './simulator-clock.ts';
import type { ActiveFault, SimulatorFault } from './simulator-fault.ts';
import { type SimulatorSnapshot, toRegisterValues, toSnapshot } from './simulator-snapshot.ts';
import { type ForcedValues, forceSimulator } from './force-simulator.ts';
import { relayPlaces, toUnit } from './machines.ts';
import { advanceSimulator, type ContactMove, createSimulatorState, cutSimulatorPower, stickSimulatorRelay } from './simulator-state.ts';
import { readRegister, registerMap, units } from './register-map.ts';
import { createSeededRandom } from './seeded-random.ts';

/** The simulator without its sockets: it answers frames, takes faults, and keeps the ledger. */
export type Simulator = {
  /** What is sent back for a request, if anything is. */
  answer(connection: number, frame: RequestFrame): SimulatorAnswer['sent'];
  /** Lets the room catch up with the clock. */
  advance(): void;
  /** Lets something go wrong. What happens once has no id; `dropsConnections` says that the sockets have to go. */
  inject(fault: SimulatorFault): { readonly id: number | null; readonly dropsConnections: boolean };
  faults(): readonly ActiveFault[];
  /** Takes a fault away, or all of them; false when there is none of that id. */
  clear(id?: number): boolean;
  force(values: ForcedValues): void;
  /** Whether the simulator is rebooting and takes no connections. */
  isAway(): boolean;
  ledgerAfter(n: number): readonly LedgerEntry[];
  snapshot(): SimulatorSnapshot;
  registers(): ReturnType<typeof toRegisterValues>;
};

/**
 * Makes a simulator; `keep` learns of each entry of the ledger as it is made. `stepMs` is how far the rooms are computed at a time:
 * hours of virtual time want longer steps.
 */
export const createSimulator = ({
  clock,
  seed,
  speed,
  keep,
  stepMs,
}: {
  readonly clock: Pick<SimulatorClock, 'monotonicMs' | 'wallMs'>;
  readonly seed: number;
  readonly speed: number;
  readonly keep: (entry: LedgerEntry) => void;
  readonly stepMs?: number;
}): Simulator => {
  const startMs = clock.monotonicMs();
  const random = { room: createSeededRandom(seed), relays: createSeededRandom(seed ^ 0x5f3759df) };
  const ledger = createLedger();
  let state = createSimulatorState(clock.wallMs());
  let active: readonly ActiveFault[] = [];
  let lastFault = 0;
  let away: readonly { readonly unit: number | null; readonly untilMs: number }[] = [];

  const clockMs = () => clock.monotonicMs() - startMs;
  const timeAt = (atMs: number): LedgerTime => ({
    clockMs: atMs / speed,
    simulatorMs: atMs,
    wallMs: clock.wallMs() - Math.round(clockMs() - atMs / speed),
  });
  const note = (atMs: number, fact: LedgerFact) => keep(ledger.append(timeAt(atMs), fact));
  const noteMoves = (moves: readonly ContactMove[]) => {
    for (const { relay, isClosed, atMs, why, cause } of moves) {
      note(atMs, { kind: 'contact', ...relayPlaces[relay], relay, closed: isClosed, why, cause });
    }
  };
  const advance = () => {
    const next = advanceSimulator(state, clockMs() * speed, random, stepMs);
    state = next.state;
    noteMoves(next.moves);
  };
  const isSilent = (unit: number) => away.some((reboot) => (reboot.unit === null || reboot.unit === unit) && clockMs() < reboot.untilMs);
  const noteWrite = (connection: number, frame: RequestFrame, write: SimulatorAnswer['write']) => {
    if (write === null) return;
    const { request, outcome, exception } = write;
    const { code, address, values } = request;
    const { transaction, unit } = frame;
    note(state.atMs, { kind: 'write', connection, transaction, unit, function: code, address, values, outcome, exception });
  };

  const reboot = (unit: number | undefined, ms: number): boolean => {
    away = [...away.filter((other) => clockMs() < other.untilMs), { unit: unit ?? null, untilMs: clockMs() + ms }];
    state = cutSimulatorPower(state, (device) => unit === undefined || toUnit(device) === unit, random);
    state = { ...state, bench: cutBenchPower(state.bench, unit) };
    note(state.atMs, { kind: 'power', units: unit === undefined ? [...units] : [unit] });
    return unit === undefined;
  };
  const stick = (fault: SimulatorFault, isStuck: boolean) => {
    if (fault.kind === 'stick') state = stickSimulatorRelay(state, fault.relay, isStuck, random);
  };

  return {
    advance,
    answer(connection, frame) {
      advance();
      if (isSilent(frame.unit)) {
        const silent = [{ id: 0, fault: { kind: 'silence' }, left: null, frozenAt: null, sinceMs: 0 } as const];
        noteWrite(connection, frame, answerRequest({ state, faults: silent }, { ...frame, cause: 0 }, random).write);
        return null;
      }
      const answer = answerRequest({ state, faults: active }, { ...frame, cause: ledger.last() + 1 }, random);
      ({ state, faults: active } = answer);
      noteWrite(connection, frame, answer.write);
      return answer.sent;
    },
    inject(fault) {
      advance();
      if (fault.kind === 'drop') return { id: null, dropsConnections: true };
      if (fault.kind === 'reboot') return { id: null, dropsConnections: reboot(fault.unit, fault.ms ?? 0) };
      const frozen = fault.kind === 'freeze' ? registerMap.find((register) => register.name === fault.register) : undefined;
      const frozenAt =
        fault.kind === 'freeze' ? (fault.value ?? (frozen === undefined ? null : readRegister(frozen, state, active))) : null;
      lastFault += 1;
      const left = 'times' in fault ? (fault.times ?? null) : null;
      // The newest of a kind speaks first: freezing a register again is how its value is moved.
      active = [{ id: lastFault, fault, left, frozenAt, sinceMs: state.atMs }, ...active];
      stick(fault, true);
      return { id: lastFault, dropsConnections: false };
    },
    faults: () => active,
    clear(id) {
      advance();
      const going = active.filter((candidate) => id === undefined || candidate.id === id);
      active = active.filter((candidate) => !going.includes(candidate));
      const isStillStuck = (fault: SimulatorFault) =>
        active.some((other) => other.fault.kind === 'stick' && fault.kind === 'stick' && other.fault.relay === fault.relay);
      for (const { fault } of going) if (!isStillStuck(fault)) stick(fault, false);
      return id === undefined || going.length > 0;
    },
    force(values) {
      advance();
      const forced = forceSimulator(state, values);
      state = forced.state;
      noteMoves(forced.moves);
    },
    isAway: () => away.some((past) => past.unit === null && clockMs() < past.untilMs),
    ledgerAfter(n) {
      advance();
      return ledger.after(n);
    },
    snapshot() {
      advance();
      return toSnapshot(state, { seed, speed, clockMs: clockMs(), wallMs: clock.wallMs() });
    },
    registers() {
      advance();
      return toRegisterValues(state, active);
    },
  };
};

/** What `speed` may be; a Fault when it is not that. */
export const checkSpeed = (speed: number): number => {
  if (speed > 0 && speed <= 10_000) return speed;
  throw new Fault('cli/usage', `the speed is ${speed}, and must be above 0 and at most 10000`);
};
