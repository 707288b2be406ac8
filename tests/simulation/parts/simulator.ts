import { toWired, type DeviceSpec, type ReadBackOutcome, type WriteOutcome } from '@phloem/backend';
import { textReason, type DeviceId, type DeviceValue } from '@phloem/protocol';
import type { EventLoop } from '../engine/event-loop.ts';
import type { Random } from '../engine/random.ts';
import { site } from './documents.ts';

/** What is wrong with a device for a while. */
export type Ailment = 'sticks' | 'moves-by-itself' | 'refuses' | 'answers-late' | 'loses-answers' | 'loses-writes' | 'silent';
export const ailments: readonly Ailment[] = [
  'sticks',
  'moves-by-itself',
  'refuses',
  'answers-late',
  'loses-answers',
  'loses-writes',
  'silent',
];

/** The switch for momentary commands, and the devices of the kind momentary: all of them fall back by themselves. */
export const bell: DeviceId = 'store/bell';
export const dimmer: DeviceId = 'room/dimmer';
export const drive: DeviceId = 'room/drive';

/** The drive follows its command by itself at this speed. */
const drivePerMs = 40 / 1000;
/** The drive stops when it has not been written for so long. */
export const watchdogMs = 4000;
const pulseMs = 150;

type Contact = {
  readonly spec: DeviceSpec;
  /** What it was commanded last, and what it is. */
  ordered: DeviceValue;
  value: DeviceValue;
  /** Of the drive: the value is as it was then. */
  at: number;
  ailment: Ailment | null;
  ailingUntil: number;
  wellSince: number;
  movedByItselfAt: number;
  /** Orders are carried out in the order in which they came. */
  order: number;
};

/** One write that went out on the wire; `isTaken` unless the device refused it or never got it. */
export type LedgerRow = { readonly at: number; readonly device: DeviceId; readonly value: DeviceValue; readonly isTaken: boolean };

/** The devices themselves: they outlive every hub, and remember every write that reached the wire. */
export class Simulator {
  readonly ledger: LedgerRow[] = [];
  /** When the drive's own watchdog stopped it. */
  readonly trips: number[] = [];
  /** Both relays of an actuator have come to be on, and neither by itself. */
  shorted: DeviceId | null = null;
  readonly #loop: EventLoop;
  readonly #random: Random;
  readonly #contacts = new Map<DeviceId, Contact>();
  #fellBackAt = -Infinity;
  #feeds = 0;

  constructor(loop: EventLoop, random: Random) {
    this.#loop = loop;
    this.#random = random;
    for (const spec of site.devices.flatMap(toWired)) {
      const value = 'value' in spec.failSafe ? spec.failSafe.value : spec.kind === 'switch' ? false : 40;
      const well = { ailment: null, ailingUntil: 0, wellSince: 0, movedByItselfAt: -Infinity, order: 0 };
      this.#contacts.set(spec.id, { spec, ordered: value, value, at: 0, ...well });
    }
  }

  /** What was commanded on: by the newest write that it took. */
  reportedOn(id: DeviceId): boolean {
    return this.ledger.findLast(({ device, isTaken }) => device === id && isTaken)?.value === true;
  }

  valueOf(id: DeviceId): DeviceValue {
    return this.#now(this.#of(id));
  }

  /** What it is on its way to. */
  orderedOf(id: DeviceId): DeviceValue {
    return this.#of(id).ordered;
  }

  /** When a contact last moved without a command: the hub finds that out by its next look. */
  get fellBackAt(): number {
    return this.#fellBackAt;
  }

  /** When this one last changed by itself. */
  movedByItselfAt(id: DeviceId): number {
    return this.#of(id).movedByItselfAt;
  }

  /** Since when nothing has been wrong with it. */
  wellSince(id: DeviceId): number {
    const contact = this.#contacts.get(id) ?? this.#of(`${id}#open`);
    return this.#ailmentOf(contact) === null ? Math.max(contact.wellSince, contact.ailingUntil) : Infinity;
  }

  ail(id: DeviceId, ailment: Ailment, forMs: number): void {
    // Of an actuator with two relays, the one that opens is ill.
    const contact = this.#contacts.get(id) ?? this.#of(`${id}#open`);
    contact.ailment = ailment;
    contact.ailingUntil = this.#loop.now + forMs;
    if (ailment !== 'moves-by-itself') return;
    this.#set(contact, toUnsolicited(contact.spec, this.#now(contact)));
    contact.value = contact.ordered;
    contact.movedByItselfAt = this.#loop.now;
    if (contact.spec.kind === 'momentary') this.#fallBack(contact);
  }

  heal(): void {
    for (const contact of this.#contacts.values()) {
      if (this.#ailmentOf(contact) !== null) contact.wellSince = this.#loop.now;
      contact.ailment = null;
      contact.ailingUntil = Math.min(contact.ailingUntil, this.#loop.now);
    }
  }

  /** A write is on the wire. What the device does of it may come later than the answer. */
  write(device: DeviceId, value: DeviceValue): { readonly outcome: WriteOutcome; readonly afterMs: number } {
    const contact = this.#of(device);
    const ailment = this.#ailmentOf(contact);
    const isTaken = ailment !== 'refuses' && ailment !== 'silent' && ailment !== 'loses-writes';
    this.ledger.push({ at: this.#loop.now, device, value, isTaken });
    const order = isTaken ? ++contact.order : contact.order;
    const set = (): void => {
      if (order === contact.order) this.#take(contact, value);
    };
    const lost: WriteOutcome = { kind: 'ambiguous', why: 'no answer within 500 ms' };
    // What must never be repeated has its answer lost now and then, also when nothing is wrong.
    const isPulse = value === true && (device === bell || contact.spec.kind === 'momentary');
    switch (ailment ?? (isPulse && this.#random.chance(0.08) ? 'loses-answers' : null)) {
      case 'sticks':
        return { outcome: { kind: 'echoed' }, afterMs: 5 };
      case 'refuses':
        return { outcome: { kind: 'refused', why: 'exception 4' }, afterMs: 5 };
      case 'answers-late':
        this.#loop.after(this.#random.between(50, 900), set);
        return { outcome: { kind: 'echoed' }, afterMs: this.#random.between(20, 400) };
      case 'loses-answers':
        set();
        return { outcome: lost, afterMs: 500 };
      case 'silent':
      case 'loses-writes':
        return { outcome: lost, afterMs: 500 };
      default:
        set();
        return { outcome: { kind: 'echoed' }, afterMs: this.#random.between(2, 12) };
    }
  }

  read(device: DeviceId): ReadBackOutcome {
    const contact = this.#of(device);
    if (this.#ailmentOf(contact) === 'silent') return { kind: 'silent', why: textReason('no answer within 500 ms') };
    const value = this.#now(contact);
    return { kind: 'value', value: typeof value === 'number' ? Math.round(value * 10) / 10 : value };
  }

  #take(contact: Contact, value: DeviceValue): void {
    const { spec } = contact;
    this.#set(contact, value);
    if (spec.id.includes('#') && value === true) this.#look(spec.id);
    if (spec.id === drive) this.#feed(contact);
    // A bell's contact falls back by itself.
    if ((spec.id === bell || spec.kind === 'momentary') && value === true) this.#fallBack(contact);
  }

  #fallBack(contact: Contact): void {
    this.#fellBackAt = this.#loop.now + pulseMs;
    this.#loop.after(pulseMs, () => this.#set(contact, false));
  }

  #set(contact: Contact, value: DeviceValue): void {
    const { spec } = contact;
    const before = this.#now(contact);
    // Eight bits say a level no finer.
    contact.ordered = spec.id === dimmer && typeof value === 'number' ? (Math.round((value / 100) * 255) / 255) * 100 : value;
    contact.value = spec.id === drive ? before : contact.ordered;
    contact.at = this.#loop.now;
  }

  /** The drive moves by itself, the others are as commanded. */
  #now({ spec, ordered, value, at }: Contact): DeviceValue {
    if (spec.id !== drive || typeof ordered !== 'number' || typeof value !== 'number') return value;
    const way = (this.#loop.now - at) * drivePerMs;
    return value + Math.min(way, Math.max(-way, ordered - value));
  }

  #feed(contact: Contact): void {
    this.#feeds += 1;
    const feed = this.#feeds;
    this.#loop.after(watchdogMs, () => {
      if (feed !== this.#feeds) return;
      this.trips.push(this.#loop.now);
      this.#set(contact, 0);
      contact.movedByItselfAt = this.#loop.now;
    });
  }

  #look(id: DeviceId): void {
    const other = this.#of(toOtherRelay(id));
    if (other.value === true && other.movedByItselfAt === -Infinity) this.shorted ??= id;
  }

  #of(id: DeviceId): Contact {
    const contact = this.#contacts.get(id);
    if (contact === undefined) throw new Error(`there is no device ${id}`);
    return contact;
  }

  #ailmentOf({ ailment, ailingUntil }: Contact): Ailment | null {
    return this.#loop.now < ailingUntil ? ailment : null;
  }
}

/** The other relay of the actuator that a relay belongs to. */
export const toOtherRelay = (id: DeviceId): DeviceId =>
  id.endsWith('#open') ? id.replace('#open', '#close') : id.replace('#close', '#open');

/** What a device becomes that changes by itself. */
const toUnsolicited = ({ modes = [], range = { min: 0, max: 100 } }: DeviceSpec, value: DeviceValue): DeviceValue => {
  if (typeof value === 'boolean') return !value;
  if (typeof value === 'string') return modes.find(({ name }) => name !== value)?.name ?? value;
  return value + 33 > range.max ? range.min : Math.round(value + (range.max - range.min) / 3);
};
