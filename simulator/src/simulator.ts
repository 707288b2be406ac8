import { Fault } from '@phloem/protocol';
import type { RequestFrame } from './modbus-frame.ts';
import { cutBenchPower } from './bench.ts';
import { createLedger, type LedgerEntry, type LedgerFact } from './ledger.ts';
import { answerRequest, type SimulatorAnswer } from './simulator-answer.ts';
import type { SimulatorClock } from './simulator-clock.ts';
import type { ActiveFault, SimulatorFault } from './simulator-fault.ts';
import { type SimulatorSnapshot, toRegisterValues, toSnapshot } from './simulator-snapshot.ts';
import { type ForcedValues, forceSimulator } from './force-simulator.ts';
import { relayPlaces, toUnit } from './machines.ts';
import {
  advanceSimulator,
  type ContactMove,
  createSimulatorState,
  cutSimulatorPower,
  type SimulatorState,
  stickSimulatorRelay,
} from './simulator-state.ts';
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

export type SimulatorOptions = {
  readonly clock: Pick<SimulatorClock, 'monotonicMs' | 'wallMs'>;
  readonly seed: number;
  readonly speed: number;
  /** Learns of each entry of the ledger as it is made. */
  readonly keep: (entry: LedgerEntry) => void;
  /** How far the rooms are computed at a time: hours of virtual time want longer steps. */
  readonly stepMs?: number;
};

/** Makes a simulator. */
export const createSimulator = (options: SimulatorOptions): Simulator => new SimulatedSite(options);

/** A reboot: of one unit, or of all of them for null. */
type Reboot = { readonly unit: number | null; readonly untilMs: number };

class SimulatedSite implements Simulator {
  readonly #options: SimulatorOptions;
  readonly #startMs: number;
  readonly #random: { readonly room: () => number; readonly relays: () => number };
  readonly #ledger = createLedger();
  #state: SimulatorState;
  #active: readonly ActiveFault[] = [];
  #lastFault = 0;
  #away: readonly Reboot[] = [];

  constructor(options: SimulatorOptions) {
    const { clock, seed } = options;
    this.#options = options;
    this.#startMs = clock.monotonicMs();
    this.#random = { room: createSeededRandom(seed), relays: createSeededRandom(seed ^ 0x5f3759df) };
    this.#state = createSimulatorState(clock.wallMs());
  }

  advance(): void {
    const next = advanceSimulator(this.#state, this.#clockMs() * this.#options.speed, this.#random, this.#options.stepMs);
    this.#state = next.state;
    this.#noteMoves(next.moves);
  }

  answer(connection: number, frame: RequestFrame): SimulatorAnswer['sent'] {
    this.advance();
    if (this.#isSilent(frame.unit)) {
      const silent = [{ id: 0, fault: { kind: 'silence' }, left: null, frozenAt: null, sinceMs: 0 } as const];
      const { write } = answerRequest({ state: this.#state, faults: silent }, { ...frame, cause: 0 }, this.#random);
      this.#noteWrite(connection, frame, write);
      return null;
    }
    const cause = this.#ledger.last() + 1;
    const answer = answerRequest({ state: this.#state, faults: this.#active }, { ...frame, cause }, this.#random);
    this.#state = answer.state;
    this.#active = answer.faults;
    this.#noteWrite(connection, frame, answer.write);
    return answer.sent;
  }

  inject(fault: SimulatorFault): ReturnType<Simulator['inject']> {
    this.advance();
    if (fault.kind === 'drop') return { id: null, dropsConnections: true };
    if (fault.kind === 'reboot') return { id: null, dropsConnections: this.#reboot(fault.unit, fault.ms ?? 0) };
    this.#lastFault += 1;
    const left = 'times' in fault ? (fault.times ?? null) : null;
    const added = { id: this.#lastFault, fault, left, frozenAt: this.#toFrozen(fault), sinceMs: this.#state.atMs };
    // The newest of a kind speaks first: freezing a register again is how its value is moved.
    this.#active = [added, ...this.#active];
    this.#stick(fault, true);
    return { id: this.#lastFault, dropsConnections: false };
  }

  faults(): readonly ActiveFault[] {
    return this.#active;
  }

  clear(id?: number): boolean {
    this.advance();
    const going = this.#active.filter((candidate) => id === undefined || candidate.id === id);
    this.#active = this.#active.filter((candidate) => !going.includes(candidate));
    for (const { fault } of going) if (!isStillStuck(fault, this.#active)) this.#stick(fault, false);
    return id === undefined || going.length > 0;
  }

  force(values: ForcedValues): void {
    this.advance();
    const forced = forceSimulator(this.#state, values);
    this.#state = forced.state;
    this.#noteMoves(forced.moves);
  }

  isAway(): boolean {
    return this.#away.some((reboot) => reboot.unit === null && this.#clockMs() < reboot.untilMs);
  }

  ledgerAfter(n: number): readonly LedgerEntry[] {
    this.advance();
    return this.#ledger.after(n);
  }

  snapshot(): SimulatorSnapshot {
    this.advance();
    const { seed, speed, clock } = this.#options;
    return toSnapshot(this.#state, { seed, speed, clockMs: this.#clockMs(), wallMs: clock.wallMs() });
  }

  registers(): ReturnType<typeof toRegisterValues> {
    this.advance();
    return toRegisterValues(this.#state, this.#active);
  }

  #clockMs(): number {
    return this.#options.clock.monotonicMs() - this.#startMs;
  }

  #isSilent(unit: number): boolean {
    return this.#away.some((reboot) => (reboot.unit === null || reboot.unit === unit) && this.#clockMs() < reboot.untilMs);
  }

  /** The value at which a register is frozen; null for other faults. */
  #toFrozen(fault: SimulatorFault): ActiveFault['frozenAt'] {
    if (fault.kind !== 'freeze') return null;
    if (fault.value !== undefined) return fault.value;
    const frozen = registerMap.find((register) => register.name === fault.register);
    return frozen === undefined ? null : readRegister(frozen, this.#state, this.#active);
  }

  /** Cuts the power of a unit, or of all units. Returns whether the connections go with it. */
  #reboot(unit: number | undefined, ms: number): boolean {
    const now = this.#clockMs();
    this.#away = [...this.#away.filter((other) => now < other.untilMs), { unit: unit ?? null, untilMs: now + ms }];
    const cut = cutSimulatorPower(this.#state, (device) => unit === undefined || toUnit(device) === unit, this.#random);
    this.#state = { ...cut, bench: cutBenchPower(cut.bench, unit) };
    this.#note(this.#state.atMs, { kind: 'power', units: unit === undefined ? [...units] : [unit] });
    return unit === undefined;
  }

  #stick(fault: SimulatorFault, isStuck: boolean): void {
    if (fault.kind === 'stick') this.#state = stickSimulatorRelay(this.#state, fault.relay, isStuck, this.#random);
  }

  #note(atMs: number, fact: LedgerFact): void {
    const { clock, speed, keep } = this.#options;
    const wallMs = clock.wallMs() - Math.round(this.#clockMs() - atMs / speed);
    keep(this.#ledger.append({ clockMs: atMs / speed, simulatorMs: atMs, wallMs }, fact));
  }

  #noteMoves(moves: readonly ContactMove[]): void {
    for (const { relay, isClosed, atMs, why, cause } of moves) {
      this.#note(atMs, { kind: 'contact', ...relayPlaces[relay], relay, closed: isClosed, why, cause });
    }
  }

  #noteWrite(connection: number, { transaction, unit }: RequestFrame, write: SimulatorAnswer['write']): void {
    if (write === null) return;
    const { request, outcome, exception } = write;
    const { code, address, values } = request;
    this.#note(this.#state.atMs, { kind: 'write', connection, transaction, unit, function: code, address, values, outcome, exception });
  }
}

const isStillStuck = (fault: SimulatorFault, active: readonly ActiveFault[]): boolean =>
  fault.kind === 'stick' && active.some((other) => other.fault.kind === 'stick' && other.fault.relay === fault.relay);

/** What `speed` may be; a Fault when it is not that. */
export const checkSpeed = (speed: number): number => {
  if (speed > 0 && speed <= 10_000) return speed;
  throw new Fault('cli/usage', `the speed is ${speed}, and must be above 0 and at most 10000`);
};
