import { alarmIds, parseAlarmId, type AlarmStatus, type DeviceId, type InterlockStatus } from '@phloem/protocol';
import type { HubHttp } from '../live/hub-http.ts';
import type { Permitted } from '../state/rights.ts';
import { toAlarmReason, type AlarmPlace } from '../why/alarm-reason.ts';
import { toPlainReason } from '../why/plain-reason.ts';

/** What keeps a device from being commanded until a person lets it: a latched interlock, or a fail-safe that waits to be seen. */
export type DeviceAction =
  | { readonly kind: 'reset'; readonly interlock: string; readonly what: string; readonly why: string }
  | { readonly kind: 'come-back'; readonly device: DeviceId; readonly what: string; readonly why: string };

/** What each is called on its button, and which right it takes. */
export const actionWords: Readonly<Record<DeviceAction['kind'], { readonly label: string; readonly right: Permitted }>> = {
  reset: { label: 'Reset', right: 'reset' },
  'come-back': { label: 'Re-enable', right: 'acknowledge' },
};

type Known = { readonly interlocks: ReadonlyMap<string, InterlockStatus>; readonly alarms: ReadonlyMap<string, AlarmStatus> };

/** What a person may do for a device, besides taking it manually; nothing where nothing waits for anybody. */
export const toDeviceActions = (device: DeviceId, { interlocks, alarms, ...place }: Known & AlarmPlace): readonly DeviceAction[] => [
  ...[...interlocks.values()].flatMap((interlock) => (interlock.devices.includes(device) ? toReset(interlock) : [])),
  ...toRestart(alarms.get(alarmIds.device(device, 'latched')), place),
];

/** What a person may do about an alarm, besides saying that it has been seen. */
export const toActionOfAlarm = (
  alarm: AlarmStatus,
  { interlocks, ...place }: Pick<Known, 'interlocks'> & AlarmPlace,
): DeviceAction | null => {
  const interlock = interlocks.get(alarm.alarm);
  return (interlock === undefined ? toRestart(alarm, place) : toReset(interlock))[0] ?? null;
};

/** No reason of an interlock names a moment. */
const noTimes = { time: { clock: String } };

const toReset = ({ id, title, state, resetBy, why }: InterlockStatus): readonly DeviceAction[] =>
  state === 'latched' && resetBy !== null
    ? [{ kind: 'reset', interlock: id, what: `interlock ${title}`, why: toPlainReason(why, noTimes) }]
    : [];

const toRestart = (alarm: AlarmStatus | undefined, place: AlarmPlace): readonly DeviceAction[] => {
  if (alarm === undefined || alarm.state === 'cleared') return [];
  const subject = parseAlarmId(alarm.alarm);
  if (subject.kind !== 'device' || subject.condition !== 'latched') return [];
  return [{ kind: 'come-back', device: subject.device, what: 'after its fail-safe', why: toAlarmReason(alarm.alarm, alarm.why, place) }];
};

/** Notifies the hub. What becomes of it comes over the stream, to every screen alike. */
export const runAction = async (http: HubHttp, action: DeviceAction): Promise<void> => {
  const path =
    action.kind === 'reset'
      ? `/api/v1/interlocks/${encodeURIComponent(action.interlock)}/reset`
      : `/api/v1/devices/${encodeURIComponent(action.device)}/acknowledge`;
  await http.post(path, {}, 'anything');
};
