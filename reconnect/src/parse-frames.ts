import { Fault, type EntryKind, type Frames } from '@phloem/protocol';

type Fields = Readonly<Record<string, unknown>>;

/** A batch that may be believed, and roughly how many bytes it took, for the pace of commits. */
export type ParsedFrames = { readonly frames: Frames; readonly bytes: number };

const isObject = (value: unknown): value is Fields => typeof value === 'object' && value !== null && !Array.isArray(value);
const isText = (value: unknown): boolean => typeof value === 'string' && value.length > 0;
const isNumber = (value: unknown): value is number => typeof value === 'number' && Number.isFinite(value);
const isCount = (value: unknown): value is number => isNumber(value) && value >= 0 && Number.isSafeInteger(value);
const isSample = (value: unknown): boolean => value === null || typeof value === 'boolean' || isNumber(value);
const isPosition = (value: unknown): boolean => isObject(value) && isText(value['epoch']) && isCount(value['lsn']);
const isMaybe = (value: unknown, is: (value: unknown) => boolean): boolean => value === undefined || is(value);

const qualities = new Set<unknown>(['good', 'uncertain', 'stale', 'bad', 'maintenance', 'simulated']);

/** Lower case first: so `__proto__` and its kin are nobody's measurement. */
const isMeasurement = (name: string): boolean => {
  const first = name.charCodeAt(0);
  return first >= 97 && first <= 122 && name.length <= 63;
};

const isReading = (value: unknown): boolean =>
  isObject(value) && isSample(value['v']) && qualities.has(value['q']) && isMaybe(value['t'], isNumber);

const isReadings = (value: unknown): boolean => {
  if (!isObject(value)) return false;
  for (const name in value) if (!isMeasurement(name) || !isReading(value[name])) return false;
  return true;
};

/** What the reader of an entry of each kind relies on. */
const checks: Readonly<Record<EntryKind, (entry: Fields) => boolean>> = {
  sensor: (entry) => isText(entry['location']) && isText(entry['cluster']) && isReadings(entry['readings']),
  device: (entry) =>
    isText(entry['device']) &&
    isText(entry['phase']) &&
    isSample(entry['value']) &&
    isText(entry['by']) &&
    isMaybe(entry['id'], isText) &&
    isMaybe(entry['cause'], isPosition) &&
    isMaybe(entry['term'], isCount),
  value: (entry) => isText(entry['name']) && (isSample(entry['v']) || typeof entry['v'] === 'string') && qualities.has(entry['q']),
  pulse: () => true,
  site: (entry) => isText(entry['hash']) && isCount(entry['revision']),
  bundle: (entry) => isText(entry['scope']) && isText(entry['hash']) && isCount(entry['revision']) && isText(entry['mode']),
  override: (entry) =>
    isText(entry['device']) && isText(entry['by']) && isMaybe(entry['value'], isSample) && isMaybe(entry['forMs'], isNumber),
  offset: (entry) =>
    isText(entry['setpoint']) && isText(entry['by']) && isMaybe(entry['delta'], isNumber) && isMaybe(entry['forMs'], isNumber),
  interlock: (entry) => isText(entry['id']) && isText(entry['state']),
  alarm: (entry) => isText(entry['alarm']) && isText(entry['state']) && isText(entry['priority']),
  lease: (entry) => isText(entry['scope']) && isCount(entry['term']) && (entry['holder'] === null || isText(entry['holder'])),
  node: (entry) => isText(entry['nodeId']) && isText(entry['run']) && isText(entry['role']) && isText(entry['state']),
  note: (entry) => isText(entry['by']) && isText(entry['about']) && typeof entry['text'] === 'string',
  gap: (entry) => isCount(entry['from']) && isCount(entry['to']) && typeof entry['why'] === 'string',
};
const checkOf = new Map<unknown, (entry: Fields) => boolean>(Object.entries(checks));

const bytesPerEntry = 140;
const bytesPerReading = 60;

const sizeOf = (entry: Fields): number => {
  let size = bytesPerEntry;
  if (entry['kind'] === 'sensor') for (const _ in entry['readings'] as Fields) size += bytesPerReading;
  return size;
};

const refuse = (what: string): never => {
  throw new Fault('protocol/invalid', `frames: ${what}`);
};

/**
 * Lets a batch in if everything its readers rely on is there. Entries are most of what a link takes in, and where code
 * may not be generated from strings a schema's check takes some 25 µs an entry, which alone would hold a catch-up
 * below 40,000 entries a second. This one takes a fiftieth of that. It is laxer in one respect: a field that nobody
 * knows passes, and so does a text or number beyond the limits that the hub keeps.
 *
 * @throws Fault `protocol/invalid` with the first thing that does not fit.
 */
export const parseFrames = (payload: unknown): ParsedFrames => {
  if (!isObject(payload)) return refuse('not an object');
  const { sub, epoch, prev, last, entries } = payload;
  if (!isText(sub) || !isText(epoch)) return refuse('sub and epoch must be texts');
  if (!isCount(prev) || !isCount(last) || prev > last) return refuse('prev and last must be numbers in order');
  if (!Array.isArray(entries) || entries.length > 4096) return refuse('entries must be a list of at most 4096');
  let before = prev;
  let bytes = 0;
  for (const entry of entries as readonly unknown[]) {
    if (!isObject(entry) || !isCount(entry['lsn']) || !isNumber(entry['at']) || !isNumber(entry['up']))
      return refuse('an entry without lsn, at and up');
    if (entry['lsn'] <= before || entry['lsn'] > last) return refuse(`entry ${entry['lsn']} is out of order`);
    if (checkOf.get(entry['kind'])?.(entry) !== true) return refuse(`entry ${entry['lsn']} is no ${String(entry['kind'])} entry`);
    before = entry['lsn'];
    bytes += sizeOf(entry);
  }
  return { frames: payload as unknown as Frames, bytes };
};
