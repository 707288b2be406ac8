import { isRequestId, parseWantedChange, type QueuedRequest, type WantedChange } from '@phloem/bridge';

/** A message of the queue, as far as it matters. */
export type RequestMessage = {
  readonly text: string;
  readonly messageId: unknown;
  /** Whole seconds since 1970, by the clock of the program. */
  readonly timestamp: unknown;
  /** The same in milliseconds, in the header `timestamp_in_ms`. */
  readonly timestampMs: unknown;
  /** It was given to a consumer before. */
  readonly isRedelivered: boolean;
};

const maxLength = 16_384;
/** A time in seconds reaches this in the year 5138; a time in milliseconds passed it in 1973. */
const leastMillis = 100_000_000_000;

/**
 * Pure: what a message asks for. `wallNow` is the time now. `maxQueuedMs` is the most that a message can have waited that was not given to
 * a consumer before; infinite where that is not known.
 */
export const toQueuedRequest = (message: RequestMessage, wallNow: number, maxQueuedMs: number): QueuedRequest => {
  const body = parseBody(message.text);
  const inBody = typeof body === 'object' && body !== null && 'id' in body ? body.id : undefined;
  const id = message.messageId ?? inBody;
  return {
    id: typeof id === 'string' ? id.slice(0, 64) : '',
    wanted: toWanted(body, id, inBody),
    ageMs: toAge(message, wallNow, maxQueuedMs),
  };
};

/** A text says why the body cannot be read. */
const parseBody = (text: string): unknown => {
  if (text.length > maxLength) return `the message has ${text.length} characters, and may have ${maxLength}`;
  try {
    const body: unknown = JSON.parse(text);
    return typeof body === 'string' ? `expected an object, found a text` : body;
  } catch (error) {
    // Besides a syntax error, a body that is nested too deeply.
    return `the message is no JSON: ${error instanceof Error ? error.message : String(error)}`.slice(0, 200);
  }
};

const toWanted = (body: unknown, id: unknown, inBody: unknown): WantedChange | string => {
  if (typeof body === 'string') return body;
  if (!isRequestId(id)) {
    return 'messageId: expected a text of up to 64 letters, digits and _ . : -, which no other request has, as the property or the member id';
  }
  if (inBody !== undefined && inBody !== id) return 'id: it differs from the messageId; send one of the two';
  return parseWantedChange(body);
};

/** A message without a time may have waited for as long as the queue was not seen empty. */
const toAge = ({ timestamp, timestampMs, isRedelivered }: RequestMessage, wallNow: number, maxQueuedMs: number): number => {
  if (isTime(timestampMs)) return wallNow - timestampMs;
  if (isTime(timestamp)) return wallNow - (timestamp < leastMillis ? timestamp * 1000 : timestamp);
  return isRedelivered ? Number.POSITIVE_INFINITY : maxQueuedMs;
};

const isTime = (value: unknown): value is number => typeof value === 'number' && Number.isFinite(value) && value > 0;
