import type { AlarmPriority, BusStatus, EntryDraft, LocationId } from '@phloem/protocol';
import { toExceptionKind, toExceptionWords } from '../modbus/exceptions.ts';
import type { Polled } from '../poll/poll-blocks.ts';
import type { Fed, FedPlaces } from './fed-places.ts';

export type AlarmDraft = Extract<EntryDraft, { kind: 'alarm' }>;

/** Which alarms of the field are known to be on or off; what is in neither has not been looked at. */
export type FieldAlarms = ReadonlyMap<string, boolean>;

export type AlarmEvent =
  | { readonly type: 'status'; readonly status: BusStatus; readonly units: readonly number[] }
  | { readonly type: 'polled'; readonly polled: Pick<Polled, 'block' | 'outcome'> };

export type AlarmStep = { readonly state: FieldAlarms; readonly drafts: readonly AlarmDraft[] };

type Finding = {
  readonly alarm: string;
  readonly isOn: boolean;
  readonly priority: AlarmPriority;
  readonly reason: string;
  readonly locations: readonly LocationId[];
};

/** Before anything was seen: the first look at each alarm is told, so that one left over from before is cleared. */
export const noAlarms: FieldAlarms = new Map();

const tables = { 1: 'coil', 2: 'discrete', 3: 'holding', 4: 'input' } as const;

const ofStatus = ({ bus, state, silentUnits }: BusStatus, units: readonly number[], fed: FedPlaces): readonly Finding[] => {
  const isDown = state === 'down';
  const line: Finding = { alarm: `bus/${bus}`, isOn: isDown, priority: 'P2', ...tell(`bus ${bus} does not answer`, fed.of(bus)) };
  // While the line is down nobody knows how its units are.
  if (isDown) return [line];
  return [
    line,
    ...units.map((unit): Finding => ({
      alarm: `bus/${bus}/unit/${unit}`,
      isOn: silentUnits.includes(unit),
      priority: 'P2',
      ...tell(`unit ${unit} of bus ${bus} does not answer`, fed.of(bus, unit)),
    })),
  ];
};

const ofPolled = ({ block, outcome }: Pick<Polled, 'block' | 'outcome'>, fed: FedPlaces): readonly Finding[] => {
  if (outcome.kind !== 'exception' && outcome.kind !== 'words' && outcome.kind !== 'bits') return [];
  const { bus, unit, address } = block;
  const isWrong = outcome.kind === 'exception' && toExceptionKind(outcome.code) === 'configuration';
  if (outcome.kind === 'exception' && !isWrong) return [];
  const table = tables[block.function];
  return [
    {
      alarm: `bus/${bus}/unit/${unit}/${table}/${address}`,
      isOn: isWrong,
      priority: 'P3',
      ...tell(
        outcome.kind === 'exception'
          ? `unit ${unit} refuses to be read from ${table} address ${address}, ${toExceptionWords(outcome.code)}; most often the address is off by one or the profile is that of another instrument`
          : '',
        fed.ofItems(block.items),
      ),
    },
  ];
};

const tell = (fault: string, { locations, missing }: Fed): Pick<Finding, 'reason' | 'locations'> => ({
  reason: missing === '' ? fault : `${fault}. ${missing}`,
  locations,
});

/** Pure: the alarms that a look at the field turns on or off. What has not changed is not told again. */
export const stepAlarms = (state: FieldAlarms, event: AlarmEvent, fed: FedPlaces): AlarmStep => {
  const findings = event.type === 'status' ? ofStatus(event.status, event.units, fed) : ofPolled(event.polled, fed);
  const news = findings.filter(({ alarm, isOn }) => state.get(alarm) !== isOn);
  if (news.length === 0) return { state, drafts: [] };
  const next = new Map(state);
  for (const { alarm, isOn } of news) next.set(alarm, isOn);
  const drafts = news.map(({ alarm, isOn, priority, reason, locations }): AlarmDraft => ({
    kind: 'alarm',
    alarm,
    state: isOn ? 'active' : 'cleared',
    priority,
    by: 'hub',
    ...(isOn && { reason: reason.slice(0, 400) }),
    ...(isOn && locations.length > 0 && { locations: [...locations] }),
  }));
  return { state: next, drafts };
};
