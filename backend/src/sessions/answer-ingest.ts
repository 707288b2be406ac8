import {
  faults,
  isFault,
  type Attached,
  type Fault,
  type Ingested,
  type IngestFault,
  type IngestMessage,
  type SourceId,
} from '@phloem/protocol';
import { ingestWindow, type IngestService } from '../ingest/ingest-service.ts';
import type { Session } from './session.ts';

const toIngestFault = ({ code, message }: Fault, expected: number | null): IngestFault => ({
  code,
  message: message.slice(0, 400),
  retry: faults[code].retry,
  expected,
});

const toSender = ({ hello, locations }: Session) => ({ nodeId: hello.nodeId, locations });

/** How far a source has come, or why it is none of this session's. */
export const toAttached = (ingest: IngestService, session: Session, source: SourceId): Attached => {
  const window = ingestWindow;
  try {
    const { seq, position } = ingest.state(source, toSender(session));
    return { source, seq, position, window, fault: null };
  } catch (error) {
    if (!isFault(error)) throw error;
    return { source, seq: 0, position: null, window, fault: toIngestFault(error, null) };
  }
};

/** Takes a message in. What is wrong with it is reported to its sender alone, whose session goes on. */
export const toIngested = async (ingest: IngestService, session: Session, message: IngestMessage): Promise<Ingested> => {
  const { source, seq } = message;
  const sender = toSender(session);
  try {
    return { source, seq, outcome: await ingest.take(message, sender), fault: null };
  } catch (error) {
    if (!isFault(error)) throw error;
    const isKnown = error.code !== 'source/unknown' && error.code !== 'auth/forbidden';
    return { source, seq, outcome: null, fault: toIngestFault(error, isKnown ? ingest.state(source, sender).seq + 1 : null) };
  }
};
