import { renderReason, toPersonText, toAlarmList, type AlarmAnswer, type AlarmHistory, type RenderedReason } from '@phloem/protocol';
import type { ToMoment } from './operator-lines.ts';

/** The alarms that need somebody, the most urgent first, and after them those that are shelved. */
export const toAlarmLines = (alarms: readonly AlarmAnswer[], toMoment: ToMoment): readonly string[] => {
  const shown = toAlarmList(alarms).toSorted(
    (a, b) =>
      Number(a.phase === 'shelved') - Number(b.phase === 'shelved') ||
      a.status.priority.localeCompare(b.status.priority) ||
      b.status.since - a.status.since,
  );
  if (shown.length === 0) return ['no alarms'];
  return shown.map(({ status, folded }) => toAlarmLine(status, folded.length, toMoment));
};

const toAlarmLine = (status: AlarmAnswer, folded: number, toMoment: ToMoment): string => {
  const { alarm, priority, state, raised, since, why, count, shelved } = status;
  const when = state === 'cleared' ? `came ${toMoment(raised)}, returned to normal ${toMoment(since)}` : `active since ${toMoment(raised)}`;
  const often = count > 1 ? `, ${count} times` : '';
  const more = folded === 0 ? '' : ` (and ${folded} from this cause)`;
  const what = why === null ? '' : `: ${toSentence(why, toMoment)}`;
  const hidden =
    shelved === undefined ? '' : `, shelved until ${toMoment(shelved.until)} by ${toPersonText(shelved.by)} (${shelved.reason})`;
  return `${priority}  ${alarm}  ${when}${often}${hidden === '' ? `, ${toSeen(status)}` : hidden}${what}${more}`;
};

const toSeen = ({ isAcknowledged, acknowledgedBy, comment }: AlarmAnswer): string => {
  if (!isAcknowledged) return 'NOT ACKNOWLEDGED';
  return `acknowledged by ${acknowledgedBy === null ? 'somebody' : toPersonText(acknowledgedBy)}${comment === undefined ? '' : ` (${comment})`}`;
};

/** The alarms of a stretch of time and what people did to them, one line each; and what is not known of it. */
export const toAlarmHistoryLines = ({ alarms, isCut, gaps }: AlarmHistory, toMoment: ToMoment): readonly string[] => [
  ...(isCut ? ['only the newest are shown; --csv has all of them'] : []),
  ...gaps.map(({ from, to, why }) => `${toMoment(from)} to ${toMoment(to)}: not known (${toSentence(why, toMoment)})`),
  ...alarms.map(({ kind, action, at, until, priority, id = '', text, by }) => {
    const what = text === '' ? '' : `: ${text}`;
    if (kind === 'action') return `${toMoment(at)}  ${id}  ${action ?? ''} by ${by === undefined ? 'somebody' : toPersonText(by)}${what}`;
    return `${toMoment(at)}  ${priority ?? ''}  ${id}  ${until === null ? 'active' : `until ${toMoment(until)}`}${what}`;
  }),
  ...(alarms.length === 0 ? ['no alarms'] : []),
];

/** What was done to alarms, one line each. */
export const toDoneLines = (alarms: readonly AlarmAnswer[], done: string): readonly string[] =>
  alarms.length === 0 ? ['no alarms'] : alarms.map(({ alarm }) => `${alarm} ${done}`);

/** The sentence of the hub, which knows the units of devices. */
const toSentence = ({ message, ...why }: RenderedReason, toMoment: ToMoment): string => message ?? renderReason(why, { time: toMoment });
