import { alarmIds, parseAlarmId, type AlarmPriority, type BusStatus, type EntryDraft, type LocationId } from '@phloem/protocol';
import { toExceptionAdvice, toExceptionKind, toExceptionWords, toRegisterText } from '../modbus/exceptions.ts';
import type { PollBlock } from '../poll/block-plan.ts';
import type { Polled } from '../poll/poll-blocks.ts';
import type { Fed, FedPlaces } from './fed-places.ts';

export type AlarmDraft = Extract<EntryDraft, { kind: 'alarm' }>;

/** Which alarms of the field are known to be on or off; what is in neither has not been looked at. */
export type FieldAlarms = ReadonlyMap<string, boolean>;

export type AlarmEvent =
  /** `seen`: what silent units said instead of an answer, where they said anything. */
  | {
      readonly kind: 'status';
      readonly status: BusStatus;
      readonly units: readonly number[];
      readonly seen?: ReadonlyMap<number, string>;
    }
  | { readonly kind: 'polled'; readonly polled: Pick<Polled, 'block' | 'outcome' | 'verdict' | 'isHole' | 'times'> };

export type AlarmStep = { readonly state: FieldAlarms; readonly drafts: readonly AlarmDraft[] };

type Finding = {
  readonly alarm: string;
  readonly isOn: boolean;
  readonly priority: AlarmPriority;
  readonly reason: string;
  readonly locations: readonly LocationId[];
};

/** Before anything was seen: the first look at each alarm is reported, so that one left over from before is cleared. */
export const noAlarms: FieldAlarms = new Map();

const tables = { 1: 'coil', 2: 'discrete', 3: 'holding', 4: 'input' } as const;

/** Fewer silent units than this are reported one by one. */
const leastSilent = 3;

const ofStatus = (
  { status: { bus, state, silentUnits }, units, seen = new Map() }: Extract<AlarmEvent, { kind: 'status' }>,
  fed: FedPlaces,
): readonly Finding[] => {
  // Units fall silent one by one: when most are, the line is the cause, and each further unit reports nothing new.
  const isMostlySilent = silentUnits.length >= leastSilent && silentUnits.length * 2 > units.length;
  const isDown = state === 'down' || isMostlySilent;
  const strange = silentUnits.map((unit) => seen.get(unit)).find((words) => words !== undefined);
  const silence = state === 'down' ? `bus ${bus} does not answer` : `most units of bus ${bus} do not answer`;
  const words = strange === undefined ? silence : `no unit of bus ${bus} answers as it should: ${strange}`;
  const line: Finding = { alarm: alarmIds.bus(bus), isOn: isDown, priority: 'P2', ...tell(words, fed.of(bus)) };
  // While the line is down nobody knows how its units are.
  if (isDown) return [line];
  return [
    line,
    ...units.map((unit): Finding => {
      const said = seen.get(unit);
      const fault =
        said === undefined
          ? `unit ${unit} of bus ${bus} does not answer`
          : `unit ${unit} of bus ${bus} does not answer as it should: ${said}`;
      return { alarm: alarmIds.unit(bus, unit), isOn: silentUnits.includes(unit), priority: 'P2', ...tell(fault, fed.of(bus, unit)) };
    }),
  ];
};

/** What an ill or silent unit does once may be chance. */
const timesNeeded = 2;

/** What was seen where registers cannot be read; null when they can, or when nothing is known for certain. */
const toRefusal = ({ block, outcome, verdict, isHole, times }: Extract<AlarmEvent, { kind: 'polled' }>['polled']): string | null => {
  if (verdict === 'searching') return null;
  const { bus, unit, function: code, address, count } = block;
  const request = { function: code, unit, address, count };
  const where = `${code < 3 ? 'bit' : 'register'} ${toRegisterText(request)} (${tables[code]} address ${address})`;
  const others = isHole ? '; other registers of the unit are read' : '';
  if (outcome.kind === 'failed' && outcome.isSent && times >= timesNeeded) {
    return isHole ? `unit ${unit} of bus ${bus} does not answer for ${where}: ${outcome.why}${others}` : null;
  }
  if (outcome.kind !== 'exception') return null;
  const kind = toExceptionKind(outcome.code);
  if (kind !== 'configuration' && (kind !== 'device' || times < timesNeeded)) return null;
  const words = isHole ? toExceptionWords(outcome.code) : toExceptionAdvice(outcome.code, request);
  return `unit ${unit} of bus ${bus} cannot be read at ${where}, ${words}${others}`;
};

const ofPolled = (state: FieldAlarms, polled: Extract<AlarmEvent, { kind: 'polled' }>['polled'], fed: FedPlaces): readonly Finding[] => {
  const { block, outcome } = polled;
  const { bus, unit, address } = block;
  const refusal = toRefusal(polled);
  const table = tables[block.function];
  const own = alarmIds.register(bus, unit, table, address);
  if (refusal !== null) return [{ alarm: own, isOn: true, priority: 'P3', ...tell(refusal, fed.ofItems(block.items)) }];
  if (outcome.kind !== 'words' && outcome.kind !== 'bits') return [];
  // Whatever was refused among these registers before is read now.
  const cleared = [...state].flatMap(([alarm, isOn]) => (isOn && isWithin(alarm, block) ? [alarm] : []));
  return [...new Set([own, ...cleared])].map((alarm) => ({ alarm, isOn: false, priority: 'P3', reason: '', locations: [] }));
};

/** Claims that an alarm is about a register of this block. */
const isWithin = (alarm: string, { bus, unit, function: code, address, count }: PollBlock): boolean => {
  // Most alarms are about something else, and every answer of every unit comes by here.
  if (!alarm.startsWith(`${alarmIds.unit(bus, unit)}/`)) return false;
  const subject = parseAlarmId(alarm);
  if (subject.kind !== 'register') return false;
  const [of, place] = subject.rest.split('/');
  const at = of === tables[code] ? Number(place) : Number.NaN;
  return at >= address && at < address + count;
};

const tell = (fault: string, { locations, missing }: Fed): Pick<Finding, 'reason' | 'locations'> => ({
  reason: missing === '' ? fault : `${fault}. ${missing}`,
  locations,
});

/** Pure: the alarms that a look at the field turns on or off. What has not changed is not reported again. */
export const stepAlarms = (state: FieldAlarms, event: AlarmEvent, fed: FedPlaces): AlarmStep => {
  const findings = event.kind === 'status' ? ofStatus(event, fed) : ofPolled(state, event.polled, fed);
  const news = findings.filter(({ alarm, isOn }) => state.get(alarm) !== isOn);
  if (news.length === 0) return { state, drafts: [] };
  const next = new Map(state);
  for (const { alarm, isOn } of news) next.set(alarm, isOn);
  const drafts = news.map(({ alarm, isOn, priority, reason, locations }): AlarmDraft => ({
    kind: 'alarm',
    alarm,
    state: isOn ? 'active' : 'cleared',
    priority,
    by: { kind: 'hub' },
    ...(isOn && { reason: reason.slice(0, 400) }),
    ...(isOn && locations.length > 0 && { locations: [...locations] }),
  }));
  return { state: next, drafts };
};
