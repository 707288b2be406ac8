import {
  createTimeText,
  type DeviceEntry,
  type DeviceStateFrame,
  type DeviceValue,
  type Entry,
  millis,
  type Reason,
  type ReasonCode,
  renderReason,
  type Term,
  textReason,
} from '@phloem/protocol';
import { compileInterlocks, type InterlockPlan } from '@phloem/rules';
import { createInterlockService } from '../../interlocks/run-interlocks.ts';
import { createLeaseService } from '../../leases/run-lease-service.ts';
import type { DeviceSpec } from '../../site/site.ts';
import type { RegisterPlace } from '../../site/register.ts';
import { createMemoryDisk, type MemoryDisk } from '../../store/memory-disk.ts';
import { createMemoryStore } from '../../store/memory-store.ts';
import { createDeviceGate } from '../run-device-gate.ts';
import { FakeField, type WriteFate } from './fake-field.ts';
import { settle, VirtualTime } from './virtual-time.ts';

const place: RegisterPlace = {
  bus: 'bus',
  unit: 1,
  register: { table: 'coil', address: 0, type: 'bit', wordOrder: 'ABCD', scale: 1, offset: 0, sentinels: [] },
};

/** A heater that is off when nobody looks after it for 10 s. */
export const toSpec = (part: Partial<DeviceSpec> = {}): DeviceSpec => ({
  id: 'room/heater',
  location: 'room',
  title: 'Heater',
  kind: 'switch',
  write: place,
  readBack: place,
  pollMs: millis(1000),
  failSafe: { after: millis(10_000), value: false },
  restart: 'automatic',
  minOn: millis(0),
  minOff: millis(0),
  power: null,
  merge: 'exclusive',
  ...part,
});

export type GateFixtureOptions = {
  readonly devices?: readonly DeviceSpec[];
  readonly outputs?: Readonly<Record<string, DeviceValue>>;
  readonly disk?: MemoryDisk;
  readonly time?: VirtualTime;
  readonly field?: FakeField;
  readonly bootId?: string;
  readonly plan?: InterlockPlan;
};

type Hub = {
  readonly store: ReturnType<typeof createMemoryStore>;
  readonly leases: ReturnType<typeof createLeaseService>;
  readonly gate: ReturnType<typeof createDeviceGate>;
};

/** An entry or a state with the sentence of its reason. */
export type Told<T> = Omit<T, 'why'> & { readonly why: string; readonly code: ReasonCode | undefined };
type FramePart = Partial<Omit<DeviceStateFrame, 'why'>> & { readonly why?: string };

const noInterlocks = compileInterlocks([], { points: [], devices: [], timeZone: 'UTC', isDemonstration: false });

const everything = { entries: 100_000, bytes: 1e9 };

/** 2027-01-15, 08:00:00 UTC. */
export const startAt = 1_800_000_000_000;

/** What the log and the gate say, as people read it: with the sentence in place of the reason, and the code beside it. */
const createReading = ({ store, gate, devices }: Pick<Hub, 'store' | 'gate'> & { readonly devices: readonly DeviceSpec[] }) => {
  const toTimeText = createTimeText('UTC');
  const told = <T extends { readonly why?: Reason | null }>(one: T, id: string | undefined): Told<T> => ({
    ...one,
    why: renderReason(one.why ?? textReason(''), { time: toTimeText, device: devices.find((spec) => spec.id === id) }),
    code: one.why?.code,
  });
  const entries = (): readonly Entry[] => store.log.read(0, everything);
  const deviceEntries = (): readonly Told<DeviceEntry>[] =>
    entries().flatMap((entry) => (entry.kind === 'device' ? [told(entry, entry.device)] : []));
  return {
    entries,
    deviceEntries,
    phases: (): readonly string[] => deviceEntries().map(({ phase }) => phase),
    endsOf: (id: string): readonly string[] =>
      deviceEntries()
        .filter((entry) => entry.id === id && ['confirmed', 'superseded', 'cancelled', 'failed', 'unknown'].includes(entry.phase))
        .map(({ phase }) => phase),
    alarms: (): readonly string[] => entries().flatMap((entry) => (entry.kind === 'alarm' ? [`${entry.alarm} ${entry.state}`] : [])),
    state: (id = devices[0]?.id) => {
      const found = gate.states().find((one) => one.id === id);
      return found === undefined ? undefined : told(found, id);
    },
  };
};

/** The automation service: it asks for the lease, renews it and commits, as the sessions would do for it. */
const createNode = ({ store, leases, gate, device, bootId }: Hub & { readonly device: string; readonly bootId: string }) => {
  let frames = 0;
  let sessions = 0;
  const leave = (): void => leases.release(`session-${sessions}`);
  const pulse = (): number => store.log.append([{ kind: 'pulse' }])[0]?.lsn ?? 0;
  return {
    pulse,
    leave,
    toFrame: (value: DeviceValue, { why = 'the rule asks for it', ...part }: FramePart = {}): DeviceStateFrame => ({
      id: `frame-${bootId}-${(frames += 1)}`,
      device,
      value,
      op: 'set',
      cause: { epoch: store.log.epoch, lsn: pulse() },
      ttlMs: 5000,
      why: { code: 'text', params: { text: why } },
      ...part,
    }),
    commit: (term: Term, ...batch: readonly DeviceStateFrame[]): void => {
      store.transact(() => {
        gate.accept(batch, { term, scope: 'room', nodeId: 'automation-1' });
        store.cursors.set('room', { epoch: store.log.epoch, lsn: store.log.head });
      });
      gate.flush();
    },
    /** A session of the service; the lease of the one before it is free. */
    join: (): Term => {
      leave();
      sessions += 1;
      const { term } = leases.request(`session-${sessions}`, 'automation-1', 'room');
      if (term === null) throw new Error('the scope is not free');
      return term;
    },
    renew: (term: Term): void => leases.renew(`session-${sessions}`, term, store.log.head),
  };
};

/**
 * A hub's gate over a memory store, the real lease service and a field that waits for the test, and the
 * automation service that commands it.
 */
export function createGateFixture({
  devices = [toSpec()],
  outputs = {},
  disk = createMemoryDisk(),
  time = new VirtualTime({ up: 100_000, at: startAt }),
  field = new FakeField(time.clock),
  bootId = 'boot',
  plan = noInterlocks,
}: GateFixtureOptions = {}) {
  const { clock, scheduler } = time;
  const store = createMemoryStore({ clock, random: () => 0.5, disk, bootId });
  for (const [id, value] of Object.entries(outputs)) field.outputs.set(id, value);
  const past = store.log.read(0, everything);
  const leases = createLeaseService({ store, clock, scheduler });
  const interlocks = createInterlockService({ store, plan, past, clock });
  const gate = createDeviceGate({ store, field, leases, interlocks, devices, past, clock, scheduler, toTimeText: createTimeText('UTC') });
  const node = createNode({ store, leases, gate, device: devices[0]?.id ?? 'room/heater', bootId });
  const reading = createReading({ store, gate, devices });

  /** Serves whatever is asked, until nothing is asked any more. */
  const serveAll = async (fate?: WriteFate, isSilent?: boolean): Promise<void> => {
    await settle();
    while (field.serve({ ...(fate && { fate }), ...(isSilent !== undefined && { isSilent }) }) !== null) await settle();
  };

  /** Seconds of a healthy engine. */
  const live = async (term: Term, seconds: number): Promise<void> => {
    for (let second = 0; second < seconds; second += 1) {
      node.pulse();
      node.renew(term);
      await time.advance(1000);
      await serveAll();
    }
  };

  return {
    time,
    store,
    field,
    leases,
    interlocks,
    gate,
    ...reading,
    ...node,
    serveAll,
    live,
    endRun: () => {
      gate.close();
      interlocks.close();
      leases.close();
    },
  };
}
