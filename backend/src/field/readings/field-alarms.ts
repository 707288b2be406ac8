import {
  alarmIds,
  parseAlarmId,
  reasonOf,
  tableOf,
  textReason,
  type AlarmPriority,
  type BusStatus,
  type EntryDraft,
  type LocationId,
  type Missing,
  type Reason,
} from '@phloem/protocol';
import { toExceptionKind } from '../modbus/exceptions.ts';
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
  /** Null where it is off. */
  readonly why: Reason | null;
  readonly locations: readonly LocationId[];
};

/** Before anything was seen: the first look at each alarm is reported, so that one left over from before is cleared. */
export const noAlarms: FieldAlarms = new Map();

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
  const { locations, missing } = fed.of(bus);
  const line: Finding = {
    alarm: alarmIds.bus(bus),
    isOn: isDown,
    priority: 'P2',
    why: reasonOf('bus/silent', { bus, isPartial: state !== 'down', ...toSeen(strange), ...toMissing(missing) }),
    locations,
  };
  // While the line is down nobody knows how its units are.
  if (isDown) return [line];
  return [
    line,
    ...units.map((unit): Finding => {
      const own = fed.of(bus, unit);
      return {
        alarm: alarmIds.unit(bus, unit),
        isOn: silentUnits.includes(unit),
        priority: 'P2',
        why: reasonOf('unit/silent', { bus, unit, ...toSeen(seen.get(unit)), ...toMissing(own.missing) }),
        locations: own.locations,
      };
    }),
  ];
};

const toSeen = (words: string | undefined): { readonly seen?: Reason } => (words === undefined ? {} : { seen: textReason(words) });
const toMissing = (missing: Missing | null): { readonly missing?: Missing } => (missing === null ? {} : { missing });

/** What an ill or silent unit does once may be chance. */
const timesNeeded = 2;

/** Why registers cannot be read; null when they can, or when nothing is known for certain. */
const toRefusal = (
  { block, outcome, verdict, isHole, times }: Extract<AlarmEvent, { kind: 'polled' }>['polled'],
  fed: FedPlaces,
): Pick<Finding, 'why' | 'locations'> | null => {
  if (verdict === 'searching' || (outcome.kind !== 'failed' && outcome.kind !== 'exception')) return null;
  const { bus, unit, function: code, address, count, items } = block;
  const toRegisters = ({ missing }: Fed) => ({ bus, unit, function: code, address, count, isOthersRead: isHole, ...toMissing(missing) });
  if (outcome.kind === 'failed') {
    if (!outcome.isSent || times < timesNeeded || !isHole) return null;
    const own = fed.ofItems(items);
    return { why: reasonOf('register/unanswered', { ...toRegisters(own), because: textReason(outcome.why) }), locations: own.locations };
  }
  const kind = toExceptionKind(outcome.code);
  if (kind !== 'configuration' && (kind !== 'device' || times < timesNeeded)) return null;
  const own = fed.ofItems(items);
  return { why: reasonOf('register/refused', { ...toRegisters(own), exception: outcome.code }), locations: own.locations };
};

const ofPolled = (state: FieldAlarms, polled: Extract<AlarmEvent, { kind: 'polled' }>['polled'], fed: FedPlaces): readonly Finding[] => {
  const { block, outcome } = polled;
  const { bus, unit, address } = block;
  const refusal = toRefusal(polled, fed);
  const table = tableOf(block.function);
  const own = alarmIds.register(bus, unit, table, address);
  if (refusal !== null) return [{ alarm: own, isOn: true, priority: 'P3', ...refusal }];
  if (outcome.kind !== 'words' && outcome.kind !== 'bits') return [];
  // Whatever was refused among these registers before is read now.
  const cleared = [...state].flatMap(([alarm, isOn]) => (isOn && isWithin(alarm, block) ? [alarm] : []));
  return [...new Set([own, ...cleared])].map((alarm) => ({ alarm, isOn: false, priority: 'P3', why: null, locations: [] }));
};

/** Claims that an alarm is about a register of this block. */
const isWithin = (alarm: string, { bus, unit, function: code, address, count }: PollBlock): boolean => {
  // Most alarms are about something else, and every answer of every unit comes by here.
  if (!alarm.startsWith(`${alarmIds.unit(bus, unit)}/`)) return false;
  const subject = parseAlarmId(alarm);
  if (subject.kind !== 'register') return false;
  const [of, place] = subject.rest.split('/');
  const at = of === tableOf(code) ? Number(place) : Number.NaN;
  return at >= address && at < address + count;
};

/** Pure: the alarms that a look at the field turns on or off. What has not changed is not reported again. */
export const stepAlarms = (state: FieldAlarms, event: AlarmEvent, fed: FedPlaces): AlarmStep => {
  const findings = event.kind === 'status' ? ofStatus(event, fed) : ofPolled(state, event.polled, fed);
  const news = findings.filter(({ alarm, isOn }) => state.get(alarm) !== isOn);
  if (news.length === 0) return { state, drafts: [] };
  const next = new Map(state);
  for (const { alarm, isOn } of news) next.set(alarm, isOn);
  const drafts = news.map(({ alarm, isOn, priority, why, locations }): AlarmDraft => ({
    kind: 'alarm',
    alarm,
    state: isOn ? 'active' : 'cleared',
    priority,
    by: { kind: 'hub' },
    ...(isOn && why !== null && { why }),
    ...(isOn && locations.length > 0 && { locations: [...locations] }),
  }));
  return { state: next, drafts };
};
