import {
  type Author,
  type CalibrationRecord,
  canonicalJson,
  createDayText,
  createTimeText,
  type DocumentHash,
  type Entry,
  hashDocument,
  type PointId,
  type Reading,
  type Reason,
  reasonOf,
} from '@phloem/protocol';
import type { Correction, DayTotal, PointRecords } from '../field/readings/correct-reading.ts';
import type { StoredTotal } from '../field/readings/totaliser.ts';
import type { HubClock } from '../log/hub-clock.ts';

/** The newest calibration of a point, with who made it and when. */
export type Calibration = {
  readonly record: CalibrationRecord;
  readonly hash: DocumentHash;
  readonly by: Author;
  readonly at: number;
  readonly lsn: number;
};

/** A point that is out of use. */
export type Maintenance = {
  readonly by: Author;
  readonly reason: string;
  readonly since: number;
  /** When it ends: in the hub's running time, which decides, and by the wall clock, for people. */
  readonly untilUp: number;
  readonly until: number;
  readonly lsn: number;
};

export type PointRegistryOptions = {
  readonly clock: HubClock;
  /** A wall time as the people of the site read it. */
  readonly toTimeText: (at: number) => string;
  readonly toDateText: (at: number) => string;
};

/**
 * What was done to the points, folded from the entries about them: calibrations, and points taken out of use. Like
 * every view of the log it holds no truth of its own.
 */
export class PointRegistry implements PointRecords {
  readonly #options: PointRegistryOptions;
  readonly #calibrations = new Map<PointId, Calibration>();
  readonly #maintenance = new Map<PointId, Maintenance>();
  readonly #totals = new Map<PointId, DayTotal>();
  readonly #stored = new Map<PointId, StoredTotal>();
  readonly #madeUp = new Map<PointId, DayTotal>();

  constructor(options: PointRegistryOptions) {
    this.#options = options;
  }

  /** Folds one entry in. Entries come in order; what is not about a point changes nothing. */
  apply(entry: Entry): void {
    if (entry.kind === 'sensor') this.#rememberTotals(entry.location, entry.cluster, entry.readings, entry.at);
    if (entry.kind !== 'note' || entry.record === undefined) return;
    const { record, by, at, up, lsn } = entry;
    if (record.kind === 'calibration') {
      this.#calibrations.set(record.point, { record, hash: hashDocument(canonicalJson(record)), by, at, lsn });
    } else if (record.forMs === 0) this.#maintenance.delete(record.point);
    else {
      const { reason = '', forMs } = record;
      this.#maintenance.set(record.point, { by, reason, since: at, untilUp: up + forMs, until: at + forMs, lsn });
    }
  }

  calibration(point: PointId): Calibration | null {
    return this.#calibrations.get(point) ?? null;
  }

  /** Null when the point is in use, or its time out of use is over. */
  maintenance(point: PointId): Maintenance | null {
    const found = this.#maintenance.get(point);
    return found === undefined || found.untilUp <= this.#options.clock.up() ? null : found;
  }

  /** Points whose time out of use is over and that nobody has put back yet. */
  expired(): readonly PointId[] {
    const up = this.#options.clock.up();
    return [...this.#maintenance].flatMap(([point, { untilUp }]) => (untilUp <= up ? [point] : []));
  }

  /** Points whose calibration is overdue. */
  overdue(): readonly PointId[] {
    return [...this.#calibrations.keys()].filter((point) => this.#toOverdue(point) !== null);
  }

  correct(point: PointId): Correction | null {
    const calibration = this.#calibrations.get(point);
    const maintenance = this.maintenance(point);
    if (calibration === undefined && maintenance === null) return null;
    const { gain = 1, offset = 0 } = calibration?.record ?? {};
    return {
      gain,
      offset,
      overdue: this.#toOverdue(point),
      maintenance:
        maintenance === null
          ? null
          : reasonOf('reading/maintenance', { by: maintenance.by, until: maintenance.until, reason: maintenance.reason }),
    };
  }

  /** A wall time as the people of the site read it. */
  toTimeText(at: number): string {
    return this.#options.toTimeText(at);
  }

  total(point: PointId): DayTotal | null {
    return this.#totals.get(point) ?? null;
  }

  stored(point: PointId): StoredTotal | null {
    return this.#stored.get(point) ?? null;
  }

  madeUpTotal(point: PointId): DayTotal | null {
    return this.#madeUp.get(point) ?? null;
  }

  /** Takes in how far a sum had come in a made-up past. The past comes in pieces, oldest first or again. */
  rememberMadeUp(point: PointId, total: DayTotal): void {
    if (total.at >= (this.#madeUp.get(point)?.at ?? -Infinity)) this.#madeUp.set(point, total);
  }

  #toOverdue(point: PointId): Reason<'calibration/due'> | null {
    const due = this.#calibrations.get(point)?.record.due ?? null;
    return due === null || this.#options.clock.at() <= due ? null : reasonOf('calibration/due', { day: this.#options.toDateText(due) });
  }

  #rememberTotals(location: string, cluster: string, readings: Readonly<Record<string, Reading>>, at: number): void {
    for (const [measurement, { v, q, counter }] of Object.entries(readings)) {
      if (typeof v !== 'number') continue;
      const id = `${location}/${cluster}/${measurement}`;
      this.#totals.set(id, { v, at, isWhole: q !== 'uncertain', isMadeUp: q === 'simulated' });
      if (counter !== undefined) this.#stored.set(id, { v, counter, at });
    }
  }
}

/** An empty registry that reports times as the people of a site read them. */
export const createPointRegistry = (clock: HubClock, timeZone: string): PointRegistry =>
  new PointRegistry({ clock, toTimeText: createTimeText(timeZone), toDateText: createDayText(timeZone) });
