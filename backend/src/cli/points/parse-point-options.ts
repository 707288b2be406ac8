import { Fault, type CalibrationRequest } from '@phloem/protocol';
import { parseDuration } from '@phloem/protocol/rules';
import { fromDayText } from '../../http/iso-text.ts';

/** What `phloem point calibrate` was told. */
export type CalibrateOptions = {
  /** `reference=reading`, once or twice. */
  readonly pair: readonly string[];
  readonly instrument: string;
  readonly instrumentDue?: string;
  readonly due?: string;
  readonly reason: string;
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
    throw new Fault('cli/usage', `--pair ${text}: say what the reference showed and what the point showed, as 25.2=25.5`);
  }
  return pair;
};

/** @throws Fault `cli/usage` that names the option. */
export const toCalibrationRequest = ({ pair, instrument, instrumentDue, due, reason }: CalibrateOptions): CalibrationRequest => {
  if (pair.length === 0 || pair.length > 2)
    throw new Fault('cli/usage', 'give --pair once to shift the scale, or twice to stretch it as well');
  return {
    pairs: pair.map(toPair),
    instrument,
    ...(instrumentDue === undefined ? {} : { instrumentDue: toDay(instrumentDue, 'instrument-due') }),
    ...(due === undefined ? {} : { due: toDay(due, 'due') }),
    reason,
  };
};

/** @throws Fault `cli/usage` when it is no duration. */
export const toForMs = (text: string): number => {
  const length = parseDuration(text);
  if (length === undefined) throw new Fault('cli/usage', `--for ${text}: a duration is written as 20min or 2h`);
  return length;
};
