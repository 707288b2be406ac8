import { toPersonText, type CalibrationRequest, type DocumentHash, Fault, fromDayText, type PointRecordsAnswer } from '@phloem/protocol';
import { parseDuration } from '@phloem/rules';

/** The options of `phloem point calibrate`. */
export type CalibrateOptions = {
  /** `reference=reading`, once or twice. */
  readonly pair: readonly string[];
  readonly instrument: string;
  readonly instrumentDue?: string;
  readonly due?: string;
  readonly reason: string;
  /** The first letters of the record under which the pairs were taken. */
  readonly seen?: string;
  /** The pairs look wrong and have been checked. */
  readonly confirm?: boolean;
};

const toDay = (text: string, option: string): number => {
  const at = fromDayText(text);
  if (Number.isNaN(at)) throw new Fault('cli/usage', `--${option} ${text}: a day is written as 2027-05-31`);
  return at;
};

const toPair = (text: string): CalibrationRequest['pairs'][number] => {
  const [reference = '', reading = '', ...rest] = text.split('=').map((part) => part.trim().replace('−', '-'));
  const pair = { reference: Number(reference), reading: Number(reading) };
  if (reference === '' || reading === '' || rest.length > 0 || !Number.isFinite(pair.reference) || !Number.isFinite(pair.reading)) {
    throw new Fault('cli/usage', `--pair ${text}: give the reference value and the value of the point, as 25.2=25.5`);
  }
  return pair;
};

/** @throws Fault `cli/usage` that names the option. */
export const toCalibrationRequest = ({ pair, instrument, instrumentDue, due, reason, confirm }: CalibrateOptions): CalibrationRequest => {
  if (pair.length === 0 || pair.length > 2)
    throw new Fault('cli/usage', 'give --pair once for an offset, or twice for an offset and a slope');
  return {
    pairs: pair.map(toPair),
    instrument,
    ...(instrumentDue === undefined ? {} : { instrumentDue: toDay(instrumentDue, 'instrument-due') }),
    ...(due === undefined ? {} : { due: toDay(due, 'due') }),
    reason,
    ...(confirm === true ? { confirmed: true } : {}),
  };
};

/** A calibration that is younger than this may be news to anyone who took the pairs. */
const newMs = 5 * 60_000;

/**
 * The calibration that the person has seen: the one that he names, or the newest where nobody has just made one.
 *
 * @throws Fault `calibration/newer` in words when another is the newest, or when the newest is some minutes old and was not named.
 */
export const toSeen = (
  { id, calibration }: Pick<PointRecordsAnswer, 'id' | 'calibration'>,
  named: string | undefined,
  now: number,
  toMoment: (at: number) => string,
): DocumentHash | null => {
  if (calibration === null) {
    if (named === undefined) return null;
    throw new Fault('calibration/newer', `${id} no longer has a calibration; check with: phloem point show ${id}`);
  }
  const { hash, by, at, reason } = calibration;
  const isNamed = named !== undefined && named.length >= 4 && hash.startsWith(named.toLowerCase());
  if (isNamed || (named === undefined && now - at > newMs)) return hash;
  throw new Fault(
    'calibration/newer',
    `${toPersonText(by)} calibrated ${id} at ${toMoment(at)} (${reason}): earlier pairs are no longer valid. If your pairs are newer, use --seen ${hash.slice(0, 8)}`,
  );
};

/** @throws Fault `cli/usage` when it is no duration. */
export const toForMs = (text: string): number => {
  const length = parseDuration(text);
  if (length === undefined) throw new Fault('cli/usage', `--for ${text}: a duration is written as 20min or 2h`);
  return length;
};
