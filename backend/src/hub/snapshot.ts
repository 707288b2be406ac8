import {
  isAlarmOver,
  stepAlarmStatus,
  stepOffsetStatus,
  type AlarmStatus,
  type DeviceEntry,
  type Entry,
  type SensorEntry,
} from '@phloem/protocol';
import type { StoredSnapshot } from '../store/hub-store.ts';
import { isOn } from '../devices/device-value.ts';
import { stepPastOffsets } from '../view/past-offsets.ts';
import type { PastOffset } from '../store/hub-store.ts';

/** What an entry speaks of for as long as no newer one does; null for what does not last. */
const toSubject = (entry: Entry): string | null => {
  switch (entry.kind) {
    case 'site':
      return 'site';
    case 'bundle':
      return `bundle ${entry.scope} ${entry.mode === 'shadow' ? 'shadow' : 'live'}`;
    case 'lease':
      return `lease ${entry.scope}`;
    case 'alarm':
      return `alarm ${entry.alarm}`;
    case 'interlock':
      return `interlock ${entry.id}`;
    case 'override':
      return `override ${entry.device}`;
    case 'offset':
      return `offset ${entry.setpoint}`;
    case 'device':
      return entry.phase === 'confirmed' || entry.phase === 'discrepancy' || entry.phase === 'safe' ? `device ${entry.device}` : null;
    case 'note':
      return entry.record === undefined ? null : `${entry.record.kind} ${entry.record.point}`;
    default:
      return null;
  }
};

/** What lasts no longer: an alarm that was cleared, a set-point that was released, a point that is back in use. */
const isOver = (entry: Entry): boolean => {
  if (entry.kind === 'alarm') return entry.state === 'cleared';
  if (entry.kind === 'offset') return entry.released === true;
  return entry.kind === 'note' && entry.record?.kind === 'maintenance' && entry.record.forMs === 0;
};

const hourMs = 3_600_000;

/** A device counts its minimum times from its last start or stop, not from the last time that it was seen. */
const isSameRun = (before: Entry | undefined, entry: Entry): boolean =>
  before?.kind === 'device' &&
  entry.kind === 'device' &&
  before.value !== null &&
  (entry.value === null || isOn(before.value) === isOn(entry.value));

/** A command of which nobody knows what became: where it was a pulse, it counts as done. */
const isLostPulse = (entry: Entry): boolean => entry.kind === 'device' && entry.phase === 'unknown' && entry.id !== undefined;

/**
 * How things stand: the newest entry about each thing that lasts. The site, an alarm, a latch may have been said months
 * ago, and a start cannot read months, nor does the log keep them.
 */
export class LogSnapshot {
  readonly #entries: Map<string, Entry>;
  /** By device, its starts and stops of the last hour, oldest first: what it may do within an hour counts from them. */
  readonly #runs = new Map<string, Entry[]>();
  /** By device, the newest entry that proves a value: who made it so. */
  readonly #proofs = new Map<string, Entry>();
  readonly #alarms = new Map<string, AlarmStatus>();
  #pastOffsets: readonly PastOffset[];
  /** By point, the newest entry that reports its running total, cut down to it. */
  readonly #totals = new Map<string, SensorEntry>();
  #lsn: number;

  constructor(stored: StoredSnapshot | null) {
    this.#lsn = stored?.lsn ?? 0;
    this.#pastOffsets = stored?.pastOffsets ?? [];
    const subjects = stored?.entries.flatMap((entry) => (isLostPulse(entry) ? [] : [[toSubject(entry) ?? '', entry] as const]));
    this.#entries = new Map(subjects);
    for (const entry of stored?.entries ?? []) if (entry.kind === 'device') this.#recallRun(entry);
    if (stored?.alarms === undefined) for (const entry of this.#entries.values()) this.#applyAlarm(entry);
    for (const entry of stored?.totals ?? []) this.#keepTotals(entry);
    for (const status of stored?.alarms ?? []) this.#alarms.set(status.alarm, status);
  }

  /** The newest entry that has been folded in. */
  get lsn(): number {
    return this.#lsn;
  }

  /** Folds one entry in; entries come in order, and one that has been folded in changes nothing. */
  apply(entry: Entry): void {
    if (entry.lsn <= this.#lsn) return;
    this.#lsn = entry.lsn;
    this.#applyAlarm(entry);
    this.#applyOffset(entry);
    this.#keepTotals(entry);
    if (entry.kind === 'device' && isLostPulse(entry)) this.#keepRun(entry);
    const subject = toSubject(entry);
    if (subject !== null && entry.kind === 'device') this.#proofs.set(entry.device, entry);
    if (subject === null || isSameRun(this.#entries.get(subject), entry)) return;
    if (entry.kind === 'device') this.#keepRun(entry);
    this.#entries.delete(subject);
    if (!isOver(entry)) this.#entries.set(subject, entry);
  }

  /** The alarms that are not over: who was away finds those that cleared meanwhile. */
  alarms(): readonly AlarmStatus[] {
    return [...this.#alarms.values()];
  }

  /** The offsets that are over. */
  pastOffsets(): readonly PastOffset[] {
    return this.#pastOffsets;
  }

  /** The newest entries that report running totals: a meter may be silent for longer than the log is read back. */
  totals(): readonly SensorEntry[] {
    return [...this.#totals.values()];
  }

  /** To be stored, and folded on from there; its entries are in order. */
  toStored(): StoredSnapshot {
    const all = [...this.#entries.values(), ...[...this.#runs.values()].flat(), ...this.#proofs.values()];
    const entries = [...new Map(all.map((entry) => [entry.lsn, entry])).values()].toSorted((a, b) => a.lsn - b.lsn);
    return { lsn: this.#lsn, entries, alarms: this.alarms(), pastOffsets: this.#pastOffsets, totals: this.totals() };
  }

  #keepTotals(entry: Entry): void {
    if (entry.kind !== 'sensor') return;
    for (const [measurement, reading] of Object.entries(entry.readings)) {
      if (reading.counter === undefined || reading.v === null) continue;
      this.#totals.set(`${entry.location}/${entry.cluster}/${measurement}`, { ...entry, readings: { [measurement]: reading } });
    }
  }

  #keepRun(entry: DeviceEntry): void {
    const runs = this.#runs.get(entry.device) ?? [];
    // They are in order: those of more than an hour ago come first.
    while (runs[0] !== undefined && runs[0].up <= entry.up - hourMs) runs.shift();
    runs.push(entry);
    this.#runs.set(entry.device, runs);
  }

  /** Of what was stored of a device, the newest is the proof; those before it are its runs. */
  #recallRun(entry: DeviceEntry): void {
    if (isLostPulse(entry)) {
      this.#keepRun(entry);
      return;
    }
    if (!isSameRun(this.#runs.get(entry.device)?.at(-1), entry)) {
      this.#keepRun(entry);
      this.#entries.set(`device ${entry.device}`, entry);
    }
    this.#proofs.set(entry.device, entry);
  }

  #applyOffset(entry: Entry): void {
    if (entry.kind !== 'offset') return;
    const standing = this.#entries.get(`offset ${entry.setpoint}`);
    const before = standing?.kind === 'offset' ? stepOffsetStatus(null, standing) : null;
    this.#pastOffsets = stepPastOffsets(this.#pastOffsets, before, entry);
  }

  #applyAlarm(entry: Entry): void {
    if (entry.kind !== 'alarm') return;
    const status = stepAlarmStatus(this.#alarms.get(entry.alarm) ?? null, entry);
    if (status === null || (isAlarmOver(status) && status.suppressed === undefined)) this.#alarms.delete(entry.alarm);
    else this.#alarms.set(entry.alarm, status);
  }
}
