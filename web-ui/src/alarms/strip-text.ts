import type { AlarmLine } from './alarm-view.ts';

/** One alarm in one line, after its sign and its time: what it is, what comes from it, and whether it is over. */
export const toStripText = ({
  lead,
  text,
  folded,
  cleared,
  isAcknowledged,
}: Pick<AlarmLine, 'lead' | 'text' | 'folded' | 'cleared' | 'isAcknowledged'>): string =>
  [
    [lead, text].filter(Boolean).join(' '),
    folded.length === 0 ? '' : ` (and ${folded.length} from this cause)`,
    cleared === '' ? '' : ` (returned to normal ${cleared})`,
    isAcknowledged ? ', acknowledged' : '',
  ].join('');
