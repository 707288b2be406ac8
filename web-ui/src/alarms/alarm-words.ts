import type { AlarmLine } from './alarm-view.ts';

/** An alarm that has come so often since somebody was done with it is proposed for shelving. */
const chatteringCount = 5;

/** How an alarm stands, in a row: `returned to normal 14:05`, `shelved until 16:00 by anna, active`. */
export const toStateText = ({ group, acknowledgedBy, cleared, shelved }: AlarmLine): string => {
  const by = (who: string): string => (who === '' ? '' : ` by ${who}`);
  switch (group) {
    case 'unacknowledged':
      return 'active';
    case 'acknowledged':
      return `acknowledged${by(acknowledgedBy)}`;
    case 'returned':
      return `returned to normal ${cleared}`;
    case 'shelved':
      return `shelved until ${shelved?.until ?? ''}${by(shelved?.by ?? '')}, ${cleared === '' ? 'active' : `returned to normal ${cleared}`}`;
  }
};

/** What people wrote about it: `anna: on my way`. */
export const toRemark = ({ comment, acknowledgedBy, shelved }: AlarmLine): string => {
  if (shelved !== null) return `${shelved.by}: ${shelved.reason}`;
  return comment === '' ? '' : `${acknowledgedBy}: ${comment}`;
};

/** That an alarm chatters, where it may be shelved; empty for any other. */
export const toChatterText = ({ count, shelved, isShelvable }: Pick<AlarmLine, 'count' | 'shelved' | 'isShelvable'>): string =>
  count >= chatteringCount && shelved === null && isShelvable ? `It became active ${count} times. Shelve it until the cause is found.` : '';

/** `1 alarm`, `3 alarms` */
export const toCountText = (count: number): string => `${count} ${count === 1 ? 'alarm' : 'alarms'}`;
