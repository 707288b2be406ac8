import type { AlarmPriority, BusStatus, EntryDraft } from '@phloem/protocol';
import { toExceptionKind, toExceptionWords } from '../modbus/exceptions.ts';
import type { Polled } from '../poll/poll-blocks.ts';

export type AlarmDraft = Extract<EntryDraft, { kind: 'alarm' }>;

/** Which alarms of the field are known to be on or off; what is in neither has not been looked at. */
export type FieldAlarms = ReadonlyMap<string, boolean>;

export type AlarmEvent =
  | { readonly type: 'status'; readonly status: BusStatus; readonly units: readonly number[] }
  | { readonly type: 'polled'; readonly polled: Polled };

export type AlarmStep = { readonly state: FieldAlarms; readonly drafts: readonly AlarmDraft[] };

type Finding = { readonly alarm: string; readonly isOn: boolean; readonly priority: AlarmPriority; readonly reason: string };

/** Before anything was seen: the first look at each alarm is told, so that one left over from before is cleared. */
export const noAlarms: FieldAlarms = new Map();

const tables = { 1: 'coil', 2: 'discrete', 3: 'holding', 4: 'input' } as const;

const ofStatus = ({ bus, state, silentUnits }: BusStatus, units: readonly number[]): readonly Finding[] => {
  const isDown = state === 'down';
  const line: Finding = { alarm: `bus/${bus}`, isOn: isDown, priority: 'P2', reason: `bus ${bus} does not answer` };
  // While the line is down nobody knows how its units are.
  if (isDown) return [line];
  return [
    line,
    ...units.map((unit): Finding => ({
      alarm: `bus/${bus}/unit/${unit}`,
      isOn: silentUnits.includes(unit),
      priority: 'P2',
      reason: `unit ${unit} of bus ${bus} does not answer`,
    })),
  ];
};

const ofPolled = ({ block, outcome }: Polled): readonly Finding[] => {
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
      reason:
        outcome.kind === 'exception'
          ? `unit ${unit} refuses to be read from ${table} address ${address}, ${toExceptionWords(outcome.code)}; most often the address is off by one or the profile is that of another instrument`
          : '',
    },
  ];
};

/** Pure: the alarms that a look at the field turns on or off. What has not changed is not told again. */
export const stepAlarms = (state: FieldAlarms, event: AlarmEvent): AlarmStep => {
  const findings = event.type === 'status' ? ofStatus(event.status, event.units) : ofPolled(event.polled);
  const news = findings.filter(({ alarm, isOn }) => state.get(alarm) !== isOn);
  if (news.length === 0) return { state, drafts: [] };
  const next = new Map(state);
  for (const { alarm, isOn } of news) next.set(alarm, isOn);
  const drafts = news.map(({ alarm, isOn, priority, reason }): AlarmDraft => ({
    kind: 'alarm',
    alarm,
    state: isOn ? 'active' : 'cleared',
    priority,
    by: 'hub',
    ...(isOn ? { reason: reason.slice(0, 400) } : {}),
  }));
  return { state: next, drafts };
};
