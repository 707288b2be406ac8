import {
  AuthorKind,
  AlarmPriority,
  AlarmState,
  BundleMode,
  InterlockPhase,
  Phase,
  Quality,
  readNameAs,
  Role,
  type Entry,
  type EntryKind,
  type KnownNames,
} from '@phloem/protocol';

/** An entry as a hub sent it: of a kind that is known here or not, with members that are known here or not. */
export type ReceivedEntry = {
  readonly lsn: number;
  readonly at: number;
  readonly up: number;
  readonly kind: string;
  readonly [member: string]: unknown;
};

type Fields = Readonly<Record<string, unknown>>;

export const isObject = (value: unknown): value is Fields => typeof value === 'object' && value !== null && !Array.isArray(value);
export const isText = (value: unknown): value is string => typeof value === 'string' && value.length > 0;
export const isNumber = (value: unknown): value is number => typeof value === 'number' && Number.isFinite(value);
export const isCount = (value: unknown): value is number => isNumber(value) && value >= 0 && Number.isSafeInteger(value);
const isSample = (value: unknown): boolean => value === null || typeof value === 'boolean' || isNumber(value);
/** A device may also be in a mode, which has a name. */
const isDeviceValue = (value: unknown): boolean => isSample(value) || isText(value);
const isPosition = (value: unknown): boolean => isObject(value) && isText(value['epoch']) && isCount(value['lsn']);
/** People and nodes have a name. */
const isAuthor = (value: unknown): boolean =>
  isObject(value) &&
  isText(value['kind']) &&
  (value['kind'] === 'user' || value['kind'] === 'node' ? isText(value['id']) : isMaybe(value['id'], isText));
const isReason = (value: unknown): boolean => isObject(value) && isText(value['code']) && isObject(value['params']);
const isTrue = (value: unknown): boolean => value === true;
const isMaybe = (value: unknown, is: (value: unknown) => boolean): boolean => value === undefined || is(value);

const qualities = readNameAs(Quality);
const phases = readNameAs(Phase);
const alarmStates = readNameAs(AlarmState);
const priorities = readNameAs(AlarmPriority);
const interlockPhases = readNameAs(InterlockPhase);
const bundleModes = readNameAs(BundleMode);
const roles = readNameAs(Role);
const authors = readNameAs(AuthorKind);
const shelvings: ReadonlySet<unknown> = new Set(['shelve', 'unshelve', 'expire']);
const nodeStates: KnownNames = { names: new Set(['joined', 'left']), as: undefined };

/** Lower case first: so `__proto__` and its kin are nobody's measurement. */
const isMeasurement = (name: string): boolean => {
  const first = name.charCodeAt(0);
  return first >= 97 && first <= 122 && name.length <= 63;
};

const isReading = (value: unknown): boolean =>
  isObject(value) && isSample(value['v']) && isText(value['q']) && isMaybe(value['t'], isNumber) && isMaybe(value['limited'], isTrue);

const isReadings = (value: unknown): boolean => {
  if (!isObject(value)) return false;
  for (const name in value) if (!isMeasurement(name) || !isReading(value[name])) return false;
  return true;
};

const isShelving = (value: unknown): boolean =>
  isObject(value) && isText(value['kind']) && (value['kind'] !== 'shelve' || (isNumber(value['forMs']) && isNumber(value['until'])));

/** What the reader of an entry of each kind relies on. */
const checks: Readonly<Record<EntryKind, (entry: Fields) => boolean>> = {
  sensor: (entry) => isText(entry['location']) && isText(entry['cluster']) && isReadings(entry['readings']),
  device: (entry) =>
    isText(entry['device']) &&
    isText(entry['phase']) &&
    isDeviceValue(entry['value']) &&
    isAuthor(entry['by']) &&
    isMaybe(entry['id'], isText) &&
    isMaybe(entry['cause'], isPosition) &&
    isMaybe(entry['term'], isCount) &&
    isMaybe(entry['why'], isReason),
  value: (entry) =>
    isText(entry['name']) && (isSample(entry['v']) || typeof entry['v'] === 'string') && isText(entry['q']) && isAuthor(entry['by']),
  pulse: () => true,
  site: (entry) => isText(entry['hash']) && isCount(entry['revision']) && isMaybe(entry['by'], isAuthor),
  bundle: (entry) =>
    isText(entry['scope']) &&
    isText(entry['hash']) &&
    isCount(entry['revision']) &&
    isText(entry['mode']) &&
    isMaybe(entry['by'], isAuthor),
  override: (entry) =>
    isText(entry['device']) && isAuthor(entry['by']) && isMaybe(entry['value'], isDeviceValue) && isMaybe(entry['forMs'], isNumber),
  offset: (entry) =>
    isText(entry['setpoint']) && isAuthor(entry['by']) && isMaybe(entry['delta'], isNumber) && isMaybe(entry['forMs'], isNumber),
  interlock: (entry) => isText(entry['id']) && isText(entry['state']) && isMaybe(entry['by'], isAuthor),
  alarm: (entry) =>
    isText(entry['alarm']) &&
    isText(entry['state']) &&
    isText(entry['priority']) &&
    isMaybe(entry['shelving'], isShelving) &&
    isMaybe(entry['why'], isReason) &&
    isMaybe(entry['by'], isAuthor),
  lease: (entry) => isText(entry['scope']) && isCount(entry['term']) && (entry['holder'] === null || isText(entry['holder'])),
  node: (entry) => isText(entry['nodeId']) && isText(entry['run']) && isText(entry['role']) && isText(entry['state']),
  note: (entry) => isAuthor(entry['by']) && isText(entry['about']) && typeof entry['text'] === 'string',
  access: (entry) => isAuthor(entry['by']) && isText(entry['action']) && isMaybe(entry['subject'], isAuthor),
  late: (entry) => isText(entry['location']) && isText(entry['cluster']) && isNumber(entry['measured']) && isReadings(entry['readings']),
  gap: (entry) => isCount(entry['from']) && isCount(entry['to']) && isReason(entry['why']),
};
/** The entry with a name of a later version replaced; null where that leaves nothing that can be used. */
const readName = (entry: Fields, member: string, { names, as }: KnownNames): Fields | null => {
  if (names.has(entry[member])) return entry;
  return as === undefined ? null : { ...entry, [member]: as };
};

const readQuality = (reading: Fields): Fields => (qualities.names.has(reading['q']) ? reading : { ...reading, q: qualities.as, v: null });

const readReadings = (entry: Fields): Fields => {
  const readings = entry['readings'] as Readonly<Record<string, Fields>>;
  let isKnown = true;
  for (const name in readings) if (!qualities.names.has(readings[name]?.['q'])) isKnown = false;
  if (isKnown) return entry;
  return { ...entry, readings: Object.fromEntries(Object.entries(readings).map(([name, reading]) => [name, readQuality(reading)])) };
};

const readAlarm = (entry: Fields): Fields | null => {
  if (readName(entry, 'state', alarmStates) === null) return null;
  const read = readName(entry, 'priority', priorities);
  const shelving = entry['shelving'];
  if (read === null || !isObject(shelving) || shelvings.has(shelving['kind'])) return read;
  const { shelving: _, ...rest } = read;
  return rest;
};

const readNode = (entry: Fields): Fields | null => (readName(entry, 'role', roles) === null ? null : readName(entry, 'state', nodeStates));

/** Of the kinds that hold names of an enumeration. */
const readers: Readonly<Partial<Record<EntryKind, (entry: Fields) => Fields | null>>> = {
  sensor: readReadings,
  late: readReadings,
  device: (entry) => readName(entry, 'phase', phases),
  value: readQuality,
  bundle: (entry) => readName(entry, 'mode', bundleModes),
  interlock: (entry) => readName(entry, 'state', interlockPhases),
  alarm: readAlarm,
  node: readNode,
};
/** The entry with an author of a later kind read as the hub. */
const readAuthor = (entry: Fields, member: 'by' | 'subject'): Fields => {
  const author = entry[member];
  if (!isObject(author) || authors.names.has(author['kind'])) return entry;
  return { ...entry, [member]: { ...author, kind: authors.as } };
};
const asItIs = (entry: Fields): Fields => entry;

/** A map and not an object, so that `__proto__` and `constructor` are no kinds. */
const kinds = new Map(
  (Object.keys(checks) as EntryKind[]).map((kind) => [kind as string, { check: checks[kind], read: readers[kind] ?? asItIs }] as const),
);

/** Claims that a value has what every entry has, whatever its kind. */
export const isReceivedEntry = (value: unknown): value is ReceivedEntry =>
  isObject(value) && isCount(value['lsn']) && isNumber(value['at']) && isNumber(value['up']) && isText(value['kind']);

/**
 * Pure: an entry as this version understands it; the object that was given where it holds nothing new. Null for a kind that is not known,
 * and for an entry that says nothing once the names that are not known are taken away. Undefined where a member is missing or of
 * another type than it must be.
 */
export const readEntry = (entry: ReceivedEntry): Entry | null | undefined => {
  const kind = kinds.get(entry.kind);
  if (kind === undefined) return null;
  if (!kind.check(entry)) return undefined;
  return kind.read(readAuthor(readAuthor(entry, 'by'), 'subject')) as Entry | null;
};
