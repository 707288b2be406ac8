import {
  DiscardPolicy,
  JetStreamApiError,
  jetstream,
  jetstreamManager,
  RetentionPolicy,
  StorageType,
  type JetStreamManager,
} from '@nats-io/jetstream';
import { connect, errors, type ConnectionOptions, type NatsConnection } from '@nats-io/transport-node';
import { judgePut, type Place, type Target } from '@phloem/bridge';
import { Fault, isFault } from '@phloem/protocol';
import { parsePlace, toNatsRecord, type NatsRecord } from '../to-nats-record.ts';

/** Where the log goes in NATS. */
export type NatsOptions = {
  /** `nats://127.0.0.1:4222`, or `tls://` for TLS. A name in it is that of the account. */
  readonly url: string;
  /** The password of the account, or a token where the address names none. */
  readonly password?: string;
  /** The stream that keeps the log; it is made where it is missing. */
  readonly stream: string;
  /** Before all subjects: `phloem.my_site`. */
  readonly prefix: string;
  /** How many messages a stream keeps that this makes. */
  readonly keep: number;
};

/** The newest record of the stream, and the sequence that the next message must follow. */
type End = { readonly place: Place | null; readonly sequence: number };

const timeout = 8000;
/** The server's code for: there is no such stream. */
const noStream = 10_059;
/** Its codes for: the stream does not end at the sequence that was expected. A cluster has one of its own. */
const wrongLastSequence: readonly (number | null)[] = [10_071, 10_164];

/**
 * Connects to NATS with JetStream: the log in a stream on the subjects `<prefix>.log.>`, and newest values on `<prefix>.sensor.>` and
 * `<prefix>.device.>` for anyone who listens.
 *
 * @throws Fault `bridge/unreachable`, or `bridge/refused` when the server does not accept the account, or has no fitting stream.
 */
export const openNatsTarget = async (options: NatsOptions): Promise<Target> => {
  const { stream } = options;
  const connection = await explain(connect(toConnection(options)));
  const { readEnd, append } = await explain(openStream(connection, options)).catch(async (error: unknown) => {
    await connection.close();
    throw error;
  });
  let end: End | null = null;

  const put: Target['put'] = async (batch) => {
    let known = end;
    end = null;
    if (known === null || known.place?.ordinal !== batch.after?.ordinal || known.place?.lsn !== batch.after?.lsn) known = await readEnd();
    for (let attempt = 0; attempt < 2; attempt += 1) {
      const missing = judgePut(known.place, batch);
      const isDone = await append(
        missing.map((record) => toNatsRecord(record, options.prefix)),
        known.sequence,
      );
      const last = batch.records.at(-1);
      if (isDone) {
        end = { place: last ?? known.place, sequence: known.sequence + missing.length };
        return;
      }
      known = await readEnd();
    }
    judgePut(known.place, batch);
    throw new Fault('bridge/moved', `something else writes to the stream ${stream}`);
  };

  return {
    position: async () => {
      end = await explain(readEnd());
      return end.place;
    },
    put: (batch) => explain(put(batch)),
    close: () => connection.close(),
  };
};

/** The stream of the log, over a connection. */
const openStream = async (connection: NatsConnection, options: NatsOptions) => {
  const { stream, prefix } = options;
  const js = jetstream(connection, { timeout });
  const manager = await jetstreamManager(connection, { timeout, checkAPI: false });
  await ensureStream(manager, options);

  const readEnd = async (): Promise<End> => {
    // The sequence first: who writes after that makes the next append fail.
    const sequence = (await manager.streams.info(stream)).state.last_seq;
    const newest = await manager.streams.getMessage(stream, { last_by_subj: `${prefix}.log.>` });
    const place = newest === null ? null : parsePlace(newest.string());
    if (newest !== null && place === null) {
      const what = `the stream ${stream} ends with a message on ${newest.subject} that no bridge wrote`;
      throw new Fault('bridge/refused', `${what}: choose another stream and prefix`);
    }
    return { place, sequence };
  };
  /** Appends if the stream still ends at `sequence`. A message that is refused makes all after it refused too. */
  const append = async (records: readonly NatsRecord[], sequence: number): Promise<boolean> => {
    const answers = await Promise.allSettled(
      records.map(({ subject, text }, index) =>
        js.publish(subject, text, { expect: { streamName: stream, lastSequence: sequence + index }, timeout }),
      ),
    );
    const wrong = answers.find((answer) => answer.status === 'rejected');
    const written = wrong === undefined ? records : records.slice(0, answers.indexOf(wrong));
    for (const { live } of written) if (live !== null && !connection.isClosed()) connection.publish(live.subject, live.text);
    if (wrong === undefined) return true;
    if (isMoved(wrong.reason)) return false;
    throw wrong.reason;
  };
  return { readEnd, append };
};

const toConnection = ({ url, password }: NatsOptions): ConnectionOptions => {
  const { protocol, host, username } = new URL(url);
  const user = decodeURIComponent(username);
  return {
    servers: host,
    // With TLS asked for, a server without it is refused.
    ...(protocol === 'tls:' && { tls: {} }),
    ...(user !== '' && { user }),
    ...(password !== undefined && (user === '' ? { token: password } : { pass: password })),
    name: 'phloem bridge',
    // The bridge makes a new client for every attempt: nothing may be kept for later, nothing sent again.
    reconnect: false,
    ignoreClusterUpdates: true,
    timeout: 4000,
  };
};

/** The server names none where a stream only mirrors another one. */
const subjectsOf = ({ subjects }: { readonly subjects?: readonly string[] }): readonly string[] => subjects ?? [];

/** Finds the stream, or makes it. One that somebody else made keeps its limits. */
const ensureStream = async ({ streams }: JetStreamManager, { stream, prefix, keep }: NatsOptions): Promise<void> => {
  const subject = `${prefix}.log.>`;
  const found = await streams.info(stream).catch((error: unknown) => {
    if (codeOf(error) === noStream) return null;
    throw error;
  });
  if (found === null) {
    await streams.add({ name: stream, subjects: [subject], storage: StorageType.File, discard: DiscardPolicy.Old, max_msgs: keep });
    return;
  }
  const subjects = subjectsOf(found.config);
  const { retention } = found.config;
  if (!subjects.includes(subject)) {
    const has = subjects.join(', ');
    throw new Fault('bridge/refused', `the stream ${stream} has the subjects ${has}: add ${subject} to it, or name another stream`);
  }
  if (retention !== RetentionPolicy.Limits) {
    throw new Fault('bridge/refused', `the stream ${stream} has the retention ${retention}: give it limits, or name another stream`);
  }
};

const codeOf = (error: unknown): number | null => (error instanceof JetStreamApiError ? error.code : null);
const isMoved = (error: unknown): boolean => wrongLastSequence.includes(codeOf(error));

const refusals = [JetStreamApiError, errors.AuthorizationError, errors.PermissionViolationError];
/** The client's name for an error: nobody answers to the subject of a stream, or to JetStream as a whole. */
const noJetStream = 'JetStreamNotEnabled';

/** What a failure of the client means to the bridge. */
const explain = async <T>(asked: Promise<T>): Promise<T> => {
  try {
    return await asked;
  } catch (error) {
    if (isFault(error) || !(error instanceof Error)) throw error;
    if (error.name === noJetStream) {
      throw new Fault('bridge/refused', 'NATS: JetStream is not enabled, or the stream is gone: enable it in the server', { cause: error });
    }
    const isRefused = [error, error.cause].some((one) => refusals.some((kind) => one instanceof kind));
    throw new Fault(isRefused ? 'bridge/refused' : 'bridge/unreachable', `NATS: ${error.message}`, { cause: error });
  }
};
