import type { EntryDraft } from '@phloem/protocol';
import type { FrameLog } from '../log/frame-log.ts';

/** Records in the log who was given access, or lost it. */
export const noteAccess = (log: Pick<FrameLog, 'append'>, draft: Omit<Extract<EntryDraft, { kind: 'access' }>, 'kind'>): void => {
  log.append([{ kind: 'access', ...draft }]);
};
