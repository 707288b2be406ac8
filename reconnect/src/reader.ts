import type { AlarmReport, Lsn, NamedSubscriptionRequest, PartialSnapshot, Position, Term, ValueReport } from '@phloem/protocol';
import { Subject } from 'rxjs';
import type { Resumption } from './grant.ts';
import type { Batch, Progress, View } from './link.ts';
import { createMailbox, type Mailbox } from './mailbox.ts';
import { noNews, putNews, untell, type News } from './news.ts';
import { putCommands, unsendCommands, type Outbox } from './outbox.ts';

/** What a link remembers of one subscription over all its connections. */
export type Reader = {
  readonly request: NamedSubscriptionRequest;
  readonly mailbox: Mailbox<Batch>;
  readonly views: Subject<View>;
  /** The last number that was delivered. */
  cursor: Position | null;
  /** Up to where the reader has worked it off: here a new connection goes on. */
  committed: Position | null;
  outbox: Outbox;
  isBare: boolean;
  alarms: News<AlarmReport>;
  values: News<ValueReport>;
  /** The version that the view shows; null until a snapshot has come on this connection. */
  version: Lsn | null;
  /** The snapshot, as long as nothing has changed since. */
  snapshot: View | null;
  /** The parts of a snapshot that have come, while it is not whole. */
  partial: PartialSnapshot | null;
};

export const createReader = (request: NamedSubscriptionRequest, handed: (batch: Batch) => void): Reader => ({
  request,
  mailbox: createMailbox(handed),
  views: new Subject(),
  cursor: request.cursor,
  committed: request.cursor,
  outbox: [],
  isBare: false,
  alarms: noNews(),
  values: noNews(),
  version: null,
  snapshot: null,
  partial: null,
});

/** Claims that a subscription cannot travel in the greeting, which a hub of phloem/1.0 must be able to read. */
export const isLater = ({ name, upTo }: NamedSubscriptionRequest): boolean => name !== undefined || upTo !== undefined;

/** A subscription as it is asked for on a new connection: from where the reader has worked it off. */
export const toRequest = ({ request, committed }: Reader): NamedSubscriptionRequest => ({ ...request, cursor: committed });

/**
 * Takes the reader's word. What a standby decides is not kept, nor what it decided before, nor what was decided under
 * an older term than is held: at the entry of the grant all is decided again. News are kept for anyone who holds it next.
 */
export const noteProgress = (reader: Reader, progress: Progress, held: Term | null, now: number): void => {
  const { epoch, cursor, term, commands, alarms, values } = progress;
  reader.committed = { epoch, lsn: cursor };
  reader.isBare = progress.isBare ?? false;
  if (term === null) reader.outbox = [];
  else if (held === null || term >= held) reader.outbox = putCommands(reader.outbox, commands, term, now);
  reader.alarms = putNews(reader.alarms, alarms, ({ alarm }) => alarm);
  reader.values = putNews(reader.values, values, ({ name }) => name);
};

/** A new term begins: what was sent under an old one may not have arrived. */
export const noteGrant = (reader: Reader): void => {
  reader.outbox = unsendCommands(reader.outbox);
  reader.alarms = untell(reader.alarms);
  reader.values = untell(reader.values);
};

/** A new connection goes on from where the hub can: what of the past is lost is reported in its place. */
export const noteResume = (reader: Reader, { cursor, lost }: Resumption): void => {
  if (lost?.why === 'truncated' || lost?.why === 'unknown-epoch') forgetProgress(reader, cursor);
  else if (reader.committed === null || lost !== null) reader.committed = cursor;
  reader.cursor = cursor;
  if (lost !== null) reader.mailbox.push(lost);
};

/** A new connection begins with a snapshot of its own. */
export const forgetView = (reader: Reader): void => {
  reader.version = null;
  reader.snapshot = null;
  reader.partial = null;
};

/** The entries behind what was said are gone from the log, and so is what came of them. */
const forgetProgress = (reader: Reader, cursor: Position): void => {
  reader.committed = cursor;
  reader.outbox = [];
  reader.alarms = noNews();
  reader.values = noNews();
};
