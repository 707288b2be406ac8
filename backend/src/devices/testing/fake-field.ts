import { textReason, type DeviceId, type DeviceValue } from '@phloem/protocol';
import { NEVER, Subject } from 'rxjs';
import type { FieldPort, ReadBackOutcome, WriteOutcome } from '../../field/field-port.ts';
import type { DeviceSpec } from '../../site/site.ts';
import type { HubClock } from '../../log/hub-clock.ts';

/** One request that has not been answered. */
export type Asked = {
  readonly kind: 'write' | 'read';
  readonly device: DeviceSpec;
  readonly value: DeviceValue | null;
  readonly mayStill: () => boolean;
  readonly isUrgent: boolean;
  readonly settle: (outcome: unknown) => void;
};

/** What a device was commanded last, what it read before, and how long ago that was. */
export type Told = { readonly value: DeviceValue; readonly before: DeviceValue; readonly sinceMs: number };

/** How a write on the wire goes: what the hub receives, and whether the device did it. */
export type WriteFate = { readonly outcome: WriteOutcome; readonly isDone: boolean };

export const echoed: WriteFate = { outcome: { kind: 'echoed' }, isDone: true };
export const stuck: WriteFate = { outcome: { kind: 'echoed' }, isDone: false };
export const refusedWrite: WriteFate = { outcome: { kind: 'refused', why: 'exception 4' }, isDone: false };
export const lostButDone: WriteFate = { outcome: { kind: 'ambiguous', why: 'no answer within 500 ms' }, isDone: true };
export const lost: WriteFate = { outcome: { kind: 'ambiguous', why: 'no answer within 500 ms' }, isDone: false };

/** The field as a queue: nothing is done or answered until the test allows it. It keeps a ledger of what was done. */
export class FakeField implements FieldPort {
  readonly frames$ = NEVER;
  readonly status$ = NEVER;
  readonly outputs = new Map<DeviceId, DeviceValue>();
  /** Every write that went out on the wire, done or not. */
  readonly ledger: { readonly device: DeviceId; readonly value: DeviceValue; readonly up: number }[] = [];
  readonly queue: Asked[] = [];
  /** What a device makes of what it was commanded, by its id: it rounds, moves slowly, falls back. It reads so where left out. */
  readonly reads = new Map<DeviceId, (told: Told) => DeviceValue>();
  readonly #told = new Map<DeviceId, { readonly before: DeviceValue; readonly up: number }>();
  readonly #reports = new Subject<{ readonly device: DeviceSpec; readonly outcome: ReadBackOutcome }>();
  readonly deviceReports$ = this.#reports.asObservable();
  readonly #clock: Pick<HubClock, 'up'>;
  readonly #onWrite: (device: DeviceSpec, value: DeviceValue) => void;

  constructor(clock: Pick<HubClock, 'up'>, onWrite: (device: DeviceSpec, value: DeviceValue) => void = () => undefined) {
    this.#clock = clock;
    this.#onWrite = onWrite;
  }

  write(
    device: DeviceSpec,
    value: DeviceValue,
    guard: { readonly mayStill?: () => boolean; readonly isUrgent?: boolean } = {},
  ): Promise<WriteOutcome> {
    return this.#ask('write', device, value, guard) as Promise<WriteOutcome>;
  }

  readBack(device: DeviceSpec): Promise<ReadBackOutcome> {
    return this.#ask('read', device, null) as Promise<ReadBackOutcome>;
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  /** The oldest request gets its turn on the wire. `fate` is that of a write; `isSilent` that of a reading. */
  serve({ fate = echoed, isSilent = false }: { readonly fate?: WriteFate; readonly isSilent?: boolean } = {}): Asked['kind'] | null {
    const asked = this.queue.shift();
    if (asked === undefined) return null;
    const { device, value } = asked;
    if (asked.kind === 'read' || value === null) asked.settle(this.read(device, isSilent));
    else if (asked.mayStill()) {
      this.#onWrite(device, value);
      this.ledger.push({ device: device.id, value, up: this.#clock.up() });
      if (fate.isDone) {
        const before = this.read(device, false);
        this.#told.set(device.id, { before: before.kind === 'value' ? before.value : value, up: this.#clock.up() });
        this.outputs.set(device.id, value);
      }
      asked.settle(fate.outcome);
    } else asked.settle({ kind: 'withdrawn' });
    return asked.kind;
  }

  /** A poll comes by. */
  report(device: DeviceSpec, isSilent = false): void {
    this.#reports.next({ device, outcome: this.read(device, isSilent) });
  }

  read({ id }: DeviceSpec, isSilent: boolean): ReadBackOutcome {
    const value = this.outputs.get(id);
    if (isSilent || value === undefined) return { kind: 'silent', why: textReason('no answer within 500 ms') };
    const { before = value, up = 0 } = this.#told.get(id) ?? {};
    return { kind: 'value', value: this.reads.get(id)?.({ value, before, sinceMs: this.#clock.up() - up }) ?? value };
  }

  #ask(
    kind: Asked['kind'],
    device: DeviceSpec,
    value: DeviceValue | null,
    { mayStill = () => true, isUrgent = false }: { readonly mayStill?: () => boolean; readonly isUrgent?: boolean } = {},
  ): Promise<unknown> {
    return new Promise((settle) => void this.queue.push({ kind, device, value, mayStill, isUrgent, settle }));
  }
}
