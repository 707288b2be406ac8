import type { AlarmReport, Lsn, Position, SubscriptionRequest, ValueReport } from '@phloem/protocol';
import { Subject } from 'rxjs';
import type { Batch, Progress, View } from './link.ts';
import { createMailbox, type Mailbox } from './mailbox.ts';
import { noNews, putNews, untell, type News } from './news.ts';
import { forgoFrames, putFrames, unsendFrames, type Outbox } from './outbox.ts';

/** What a link remembers of one subscription over all its connections. */
export type Reader = {
  readonly request: SubscriptionRequest;
  readonly mailbox: Mailbox<Batch>;
  readonly views: Subject<View>;
  /** The last number that was delivered. */
  cursor: Position | null;
  /** Up to where the reader has worked it off: here a new connection goes on. */
  committed: Position | null;
  outbox: Outbox;
  alarms: News<AlarmReport>;
  values: News<ValueReport>;
  /** The version that the view shows; null until a snapshot has come on this connection. */
  version: Lsn | null;
  /** The snapshot, as long as nothing has changed since. */
  snapshot: View | null;
};

export const createReader = (request: SubscriptionRequest, handed: (batch: Batch) => void): Reader => ({
  request,
  mailbox: createMailbox(handed),
  views: new Subject(),
  cursor: request.cursor,
  committed: request.cursor,
  outbox: [],
  alarms: noNews(),
  values: noNews(),
  version: null,
  snapshot: null,
});

/** Takes the reader's word. Frames are kept only while the lease is held; news are kept for whoever holds it next. */
export const noteProgress = (reader: Reader, progress: Progress, isHeld: boolean, now: number): void => {
  reader.committed = { epoch: progress.epoch, lsn: progress.cursor };
  reader.outbox = isHeld ? putFrames(reader.outbox, progress.frames, now) : forgoFrames(reader.outbox, progress.frames);
  reader.alarms = putNews(reader.alarms, progress.alarms, ({ alarm }) => alarm);
  reader.values = putNews(reader.values, progress.values, ({ name }) => name);
};

/** A new term begins: what was sent under an old one may not have arrived. */
export const noteGrant = (reader: Reader): void => {
  reader.outbox = unsendFrames(reader.outbox);
  reader.alarms = untell(reader.alarms);
  reader.values = untell(reader.values);
};

/** The entries behind what was said are gone from the log, and so is what came of them. */
export const forgetProgress = (reader: Reader, cursor: Position): void => {
  reader.committed = cursor;
  reader.outbox = [];
  reader.alarms = noNews();
  reader.values = noNews();
};
