import { isAlarmOver, stepAlarmStatus, stepOffsetStatus, type AlarmStatus, type Entry } from '@phloem/protocol';
import type { StoredStanding } from '../store/hub-store.ts';
import { isOn } from '../devices/device-value.ts';
import { stepPastOffsets, type PastOffset } from '../setpoints/past-offsets.ts';

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
      return entry.phase === 'confirmed' || entry.phase === 'diverged' || entry.phase === 'safe' ? `device ${entry.device}` : null;
    case 'note':
      return entry.record === undefined ? null : `${entry.record.kind} ${entry.record.point}`;
    default:
      return null;
  }
};

/** What lasts no longer: an alarm that was cleared, a set-point that was let go, a point that is back in use. */
const isOver = (entry: Entry): boolean => {
  if (entry.kind === 'alarm') return entry.state === 'cleared';
  if (entry.kind === 'offset') return entry.released === true;
  return entry.kind === 'note' && entry.record?.kind === 'maintenance' && entry.record.forMs === 0;
};

/** A device counts its minimum times from its last start or stop, not from the last time that it was seen. */
const isSameRun = (before: Entry | undefined, entry: Entry): boolean =>
  before?.kind === 'device' &&
  entry.kind === 'device' &&
  before.value !== null &&
  (entry.value === null || isOn(before.value) === isOn(entry.value));

/**
 * How things stand: the newest entry about each thing that lasts. The site, an alarm, a latch may have been said months
 * ago, and a start cannot read months, nor does the log keep them.
 */
export class Standing {
  readonly #entries: Map<string, Entry>;
  readonly #alarms = new Map<string, AlarmStatus>();
  #pastOffsets: readonly PastOffset[];
  #lsn: number;

  constructor(stored: StoredStanding | null) {
    this.#lsn = stored?.lsn ?? 0;
    this.#pastOffsets = stored?.pastOffsets ?? [];
    this.#entries = new Map(stored?.entries.flatMap((entry) => [[toSubject(entry) ?? '', entry] as const]));
    if (stored?.alarms === undefined) for (const entry of this.#entries.values()) this.#applyAlarm(entry);
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
    const subject = toSubject(entry);
    if (subject === null || isSameRun(this.#entries.get(subject), entry)) return;
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

  /** To be stored, and folded on from there; its entries are in order. */
  toStored(): StoredStanding {
    const entries = [...this.#entries.values()].toSorted((a, b) => a.lsn - b.lsn);
    return { lsn: this.#lsn, entries, alarms: this.alarms(), pastOffsets: this.#pastOffsets };
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
    if (status === null || isAlarmOver(status)) this.#alarms.delete(entry.alarm);
    else this.#alarms.set(entry.alarm, status);
  }
}
