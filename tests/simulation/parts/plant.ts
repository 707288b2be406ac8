import type { ReadBackOutcome, WriteOutcome } from '@phloem/backend';
import type { DeviceId, DeviceValue } from '@phloem/protocol';
import type { EventLoop } from '../engine/event-loop.ts';
import type { Random } from '../engine/random.ts';
import { site } from './documents.ts';

/** What is wrong with a device for a while. */
export type Ailment = 'sticks' | 'strays' | 'refuses' | 'answers-late' | 'loses-answers' | 'loses-writes' | 'silent';
export const ailments: readonly Ailment[] = ['sticks', 'strays', 'refuses', 'answers-late', 'loses-answers', 'loses-writes', 'silent'];

/** The device for momentary commands. */
export const bell: DeviceId = 'store/bell';

type Contact = { value: DeviceValue; ailment: Ailment | null; ailingUntil: number; wellSince: number };

/** One write that went out on the wire. */
export type LedgerRow = { readonly at: number; readonly device: DeviceId; readonly value: DeviceValue };

/** The devices themselves: they outlive every hub, and remember every write that reached the wire. */
export class Plant {
  readonly ledger: LedgerRow[] = [];
  readonly #loop: EventLoop;
  readonly #random: Random;
  readonly #contacts = new Map<DeviceId, Contact>();
  #fellBackAt = -Infinity;

  constructor(loop: EventLoop, random: Random) {
    this.#loop = loop;
    this.#random = random;
    for (const { id, kind, failSafe } of site.devices) {
      const value = 'value' in failSafe ? failSafe.value : kind === 'switch' ? false : 40;
      this.#contacts.set(id, { value, ailment: null, ailingUntil: 0, wellSince: 0 });
    }
  }

  valueOf(id: DeviceId): DeviceValue {
    return this.#of(id).value;
  }

  /** When a contact last moved without being told to: the hub finds that out by its next look. */
  get fellBackAt(): number {
    return this.#fellBackAt;
  }

  /** Since when nothing has been wrong with it. */
  wellSince(id: DeviceId): number {
    const contact = this.#of(id);
    return this.#ailmentOf(contact) === null ? Math.max(contact.wellSince, contact.ailingUntil) : Infinity;
  }

  ail(id: DeviceId, ailment: Ailment, forMs: number): void {
    const contact = this.#of(id);
    contact.ailment = ailment;
    contact.ailingUntil = this.#loop.now + forMs;
    if (ailment === 'strays') contact.value = typeof contact.value === 'boolean' ? !contact.value : (contact.value + 33) % 100;
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
    this.ledger.push({ at: this.#loop.now, device, value });
    const contact = this.#of(device);
    const set = (): void => {
      contact.value = value;
      // A bell's contact falls back by itself.
      if (device !== bell || value === false) return;
      this.#fellBackAt = this.#loop.now + 150;
      this.#loop.after(150, () => (contact.value = false));
    };
    const lost: WriteOutcome = { kind: 'ambiguous', why: 'no answer within 500 ms' };
    switch (this.#ailmentOf(contact)) {
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
    if (this.#ailmentOf(contact) === 'silent') return { kind: 'silent', why: 'no answer within 500 ms' };
    return { kind: 'value', value: contact.value };
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
