import {
  toPersonText,
  parseAuthor,
  formatAuthor,
  type Author,
  alarmIds,
  canonicalJson,
  createParse,
  CalibrationRecord,
  Fault,
  hashDocument,
  reasonOf,
  type CalibrationRequest,
  type CalibrationStatus,
  type DocumentHash,
  type EntryDraft,
  type MaintenanceRequest,
  type PointId,
  type PointRecord,
  type PointRecordsAnswer,
  type SimulatedPast,
  type WithdrawRequest,
} from '@phloem/protocol';
import type { DayTotal } from '../field/readings/correct-reading.ts';
import { isDaySum } from '../field/readings/day-sum.ts';
import type { PointSpec, Site } from '../site/site.ts';
import type { HubStore } from '../store/hub-store.ts';
import { toCalibration, toWithdrawal } from './calibrate.ts';
import type { PointRegistry } from './point-registry.ts';
import { toRecordText } from './record-text.ts';

/** Where people say what they did to a point. What a call resolves with is on disk. */
export type RecordService = {
  /** What was done to the point, newest first. */
  show(id: PointId): PointRecordsAnswer;
  /** @throws Fault `calibration/newer` when somebody has calibrated the point since the calibration that the request names as seen. */
  calibrate(id: PointId, request: CalibrationRequest, by: Author): Promise<PointRecordsAnswer>;
  /** Goes back to the calibration before the newest one; @throws Fault as `calibrate` does. */
  undo(id: PointId, request: WithdrawRequest, by: Author): Promise<PointRecordsAnswer>;
  takeOut(id: PointId, request: MaintenanceRequest, by: Author): Promise<PointRecordsAnswer>;
  putBack(id: PointId, reason: string, by: Author): Promise<PointRecordsAnswer>;
  /** Puts back what has been out of use for its time, and raises or clears what is overdue. Called now and then. */
  look(): void;
  /** Takes in what a made-up past says of the sums over the day, so that those of a demonstration go on from it. */
  takePast(past: Pick<SimulatedPast, 'samples'>): void;
};

export type RecordServiceOptions = {
  readonly store: HubStore;
  readonly registry: PointRegistry;
  readonly site: Pick<Site, 'points'>;
  readonly isAlarmClear: (alarm: string) => boolean;
};

const usualMs = 20 * 60_000;
/** For how long a value counts as what somebody has just read from the point. */
const shownMs = 60_000;
/** How many earlier calibrations are reported. */
const shownEarlier = 20;
const parseRecord = createParse(CalibrationRecord, 'a stored calibration', 'store/damaged');

/** @throws Fault from each call that names a point: `point/unknown` when the site has none of the name. */
export const createRecordService = (parts: RecordServiceOptions): RecordService => new LogRecords(parts);

class LogRecords implements RecordService {
  readonly #store: RecordServiceOptions['store'];
  readonly #registry: RecordServiceOptions['registry'];
  readonly #isAlarmClear: RecordServiceOptions['isAlarmClear'];
  readonly #points: Map<string, PointSpec>;

  constructor({ store, registry, site, isAlarmClear }: RecordServiceOptions) {
    this.#store = store;
    this.#registry = registry;
    this.#isAlarmClear = isAlarmClear;
    this.#points = new Map(site.points.map((point) => [point.id, point]));
  }

  readonly show = (id: PointId): PointRecordsAnswer => {
    this.#find(id);
    const at = this.#store.clock.at();
    const calibration = this.#registry.calibration(id);
    const maintenance = this.#registry.maintenance(id);
    return {
      id,
      calibration: calibration === null ? null : toStatus(calibration.record, at),
      earlier:
        calibration === null
          ? []
          : readEarlier(calibration.record.previous, (hash) => this.#load(hash)).map((record) => toStatus(record, at)),
      maintenance:
        maintenance === null
          ? null
          : { by: maintenance.by, reason: maintenance.reason, since: maintenance.since, until: maintenance.until },
    };
  };

  readonly calibrate = async (id: PointId, request: CalibrationRequest, by: Author): Promise<PointRecordsAnswer> => {
    const point = this.#find(id);
    this.#mustBeNewest(id, request.seen);
    const current = this.#registry.calibration(id);
    const coefficients = { gain: current?.record.gain ?? 1, offset: current?.record.offset ?? 0 };
    const at = this.#store.clock.at();
    const shown = toShown(this.#registry.total(id), at, current?.at ?? null);
    this.#write(
      point,
      toCalibration(point, request, { coefficients, hash: current?.hash ?? null, shown }, { at, by: formatAuthor(by) }),
      by,
    );
    return this.#finish(id);
  };

  readonly undo = async (id: PointId, { reason, seen }: WithdrawRequest, by: Author): Promise<PointRecordsAnswer> => {
    const point = this.#find(id);
    this.#mustBeNewest(id, seen);
    const current = this.#registry.calibration(id);
    if (current === null) throw new Fault('calibration/none', `${id} has not been calibrated; there is nothing to withdraw`);
    const made = { at: this.#store.clock.at(), by: formatAuthor(by) };
    this.#write(point, toWithdrawal(point, this.#load(current.record.withdrawTo), reason, current.hash, made), by);
    return this.#finish(id);
  };

  readonly takeOut = async (id: PointId, { forMs = usualMs, reason }: MaintenanceRequest, by: Author): Promise<PointRecordsAnswer> => {
    const point = this.#find(id);
    if (point.source.kind === 'derived') {
      throw new Fault('calibration/invalid', `${id} is calculated from other points; take those points out of use`);
    }
    this.#write(point, { kind: 'maintenance', point: id, forMs, reason }, by);
    return this.#finish(id);
  };

  readonly putBack = async (id: PointId, reason: string, by: Author): Promise<PointRecordsAnswer> => {
    const point = this.#find(id);
    if (this.#registry.maintenance(id) !== null) this.#write(point, { kind: 'maintenance', point: id, forMs: 0, reason }, by);
    return this.#finish(id);
  };

  readonly takePast = ({ samples }: Pick<SimulatedPast, 'samples'>): void => {
    for (const { point: id, at, v, q } of samples) {
      const point = this.#points.get(id);
      if (point !== undefined && isDaySum(point) && typeof v === 'number')
        this.#registry.rememberMadeUp(id, { v, at, isWhole: q !== 'uncertain', isMadeUp: true });
    }
  };

  readonly look = (): void => {
    for (const id of this.#registry.expired()) {
      const point = this.#points.get(id);
      if (point !== undefined)
        this.#write(point, { kind: 'maintenance', point: id, forMs: 0, why: reasonOf('time/over') }, { kind: 'hub' });
    }
    const overdue = new Set(this.#registry.overdue());
    for (const id of this.#points.keys()) {
      const alarm = alarmIds.point(id, 'calibration');
      if (overdue.has(id) !== this.#isAlarmClear(alarm)) continue;
      const due = overdue.has(id) ? this.#registry.correct(id)?.overdue : null;
      const title = this.#points.get(id)?.title ?? id;
      const why = due === null || due === undefined ? {} : { why: reasonOf('calibration/due', { ...due.params, title }) };
      const state = overdue.has(id) ? 'active' : 'cleared';
      this.#store.log.append([{ kind: 'alarm', alarm, state, priority: 'P4', by: { kind: 'hub' }, ...why }]);
    }
  };

  #find(id: PointId): PointSpec {
    const point = this.#points.get(id);
    if (point === undefined) throw new Fault('point/unknown', `the site has no point ${id}`);
    return point;
  }

  #load(hash: DocumentHash | null): CalibrationRecord | null {
    const text = hash === null ? null : this.#store.documents.get(hash);
    return text === null ? null : parseRecord(JSON.parse(text));
  }

  /** What somebody measured under one calibration says nothing under the next. */
  #mustBeNewest(id: PointId, seen: DocumentHash | null | undefined): void {
    const current = this.#registry.calibration(id);
    if (seen === undefined || seen === (current?.hash ?? null)) return;
    throw new Fault(
      'calibration/newer',
      current === null
        ? `${id} no longer has a calibration; check again`
        : `${toPersonText(current.by)} calibrated ${id} at ${this.#registry.toTimeText(current.at)} (${current.record.reason}): earlier pairs are no longer valid; take new pairs`,
    );
  }

  #write(point: PointSpec, record: PointRecord, by: Author): void {
    const draft: EntryDraft = { kind: 'note', by, about: `${record.kind}/${point.id}`, text: toRecordText(point, record), record };
    const entries = this.#store.transact(() => {
      const text = canonicalJson(record);
      if (record.kind === 'calibration') this.#store.documents.put(hashDocument(text), text);
      return this.#store.log.append([draft]);
    });
    for (const entry of entries) this.#registry.apply(entry);
  }

  async #finish(id: PointId): Promise<PointRecordsAnswer> {
    await this.#store.sync();
    return this.show(id);
  }
}

/** The value of a point when it is young enough to be what somebody has read, and was shown under the calibration that holds. */
const toShown = (latest: DayTotal | null, now: number, calibratedAt: number | null): number | null =>
  latest === null || latest.isMadeUp || now - latest.at > shownMs || (calibratedAt !== null && latest.at <= calibratedAt) ? null : latest.v;

/** The chain of records before one, newest first, as far as they are reported. */
const readEarlier = (
  newest: DocumentHash | null,
  load: (hash: DocumentHash | null) => CalibrationRecord | null,
): readonly CalibrationRecord[] => {
  const records: CalibrationRecord[] = [];
  for (let record = load(newest); record !== null && records.length < shownEarlier; record = load(record.previous)) records.push(record);
  return records;
};

const toStatus = (record: CalibrationRecord, now: number): CalibrationStatus => {
  const { kind: _kind, point: _point, previous: _previous, withdrawTo: _withdrawTo, by, ...rest } = record;
  return { hash: hashDocument(canonicalJson(record)), ...rest, by: parseAuthor(by), isOverdue: record.due !== null && now > record.due };
};
