import {
  toAlarmAction,
  type AlarmEntry,
  type DeviceEntry,
  type DeviceId,
  type DeviceShape,
  type DeviceValue,
  type Entry,
  type InterlockEntry,
  type LeaseEntry,
  type OverrideEntry,
} from '@phloem/protocol';
import type { Explanation, Trace } from '@phloem/rules';

/** What the log's newest entries say of a device, beside what the engine makes of them. */
export type DeviceFacts = {
  /** Its newest entry that says how it stands, and the newest that proves what it is. */
  readonly shown: DeviceEntry | null;
  readonly proven: DeviceEntry | null;
  /** The entry with which it became what it is. */
  readonly since: DeviceEntry | null;
  /** The newest entry of every interlock. */
  readonly interlocks: ReadonlyMap<string, InterlockEntry>;
  readonly override: OverrideEntry | null;
  readonly lease: LeaseEntry | null;
  readonly alarms: ReadonlyMap<string, AlarmEntry>;
  /** The newest switch of its request, as far as entries were replayed. */
  readonly switched: Trace | null;
};

export const noFacts: DeviceFacts = {
  shown: null,
  proven: null,
  since: null,
  interlocks: new Map(),
  override: null,
  lease: null,
  alarms: new Map(),
  switched: null,
};

/** Phases that say what became of a command, and not how the device stands. */
const asides = new Set(['superseded', 'refused']);
const proofs = new Set(['confirmed', 'discrepancy', 'safe']);

/** Pure: what an entry adds to what is known of a device. */
export const gatherFacts = (facts: DeviceFacts, entry: Entry, device: DeviceId): DeviceFacts => {
  switch (entry.kind) {
    case 'device': {
      if (entry.device !== device || asides.has(entry.phase)) return facts;
      const shown = { ...facts, shown: entry };
      if (!proofs.has(entry.phase) || entry.value === null) return shown;
      return { ...shown, proven: entry, since: facts.proven?.value === entry.value ? facts.since : entry };
    }
    case 'interlock':
      return { ...facts, interlocks: new Map([...facts.interlocks, [entry.id, keepBegin(facts.interlocks.get(entry.id), entry)]]) };
    case 'override':
      return entry.device === device ? { ...facts, override: entry.released === true || entry.value === undefined ? null : entry } : facts;
    case 'lease':
      return covers(entry, device) ? { ...facts, lease: entry } : facts;
    case 'alarm':
      return entry.alarm.startsWith(`device/${device}/`)
        ? { ...facts, alarms: new Map([...facts.alarms, [entry.alarm, keepOnset(facts.alarms.get(entry.alarm), entry)]]) }
        : facts;
    default:
      return facts;
  }
};

/** What people do to an alarm says neither since when it is active nor why. */
const keepOnset = (before: AlarmEntry | undefined, entry: AlarmEntry): AlarmEntry =>
  before !== undefined && toAlarmAction(entry) !== null ? before : entry;

/** What is said again of an interlock that stands has stood since it was said first. */
const keepBegin = (before: InterlockEntry | undefined, entry: InterlockEntry): InterlockEntry =>
  before?.state === entry.state ? before : entry;

const covers = ({ scope }: LeaseEntry, device: DeviceId): boolean => scope.split('+').includes(device.slice(0, device.indexOf('/')));

/** An interlock of the site that can touch the device, and what it does to it. */
export type DeviceInterlock = { readonly id: string; readonly does: string };

type SiteText = { readonly interlocks?: readonly unknown[]; readonly devices?: readonly (DeviceShape & { readonly id: DeviceId })[] };
type Declared = { readonly id: string } & Partial<
  Record<'force' | 'deny' | 'limit', { readonly device: string } & Record<string, unknown>>
>;
type Document = {
  readonly kind?: string;
  readonly metadata: { readonly id: string };
  readonly spec: { readonly interlocks: readonly Declared[] };
};

/** Which values a device of a checked site can have. */
export const toDeviceShape = (site: unknown, device: DeviceId): DeviceShape | undefined =>
  ((site ?? {}) as SiteText).devices?.find(({ id }) => id === device);

/** The interlocks of a checked site that can touch a device, in its order. */
export const toDeviceInterlocks = (site: unknown, device: DeviceId): readonly DeviceInterlock[] =>
  (((site ?? {}) as SiteText).interlocks ?? []).flatMap((each) => {
    const document = each as Document;
    if (document.kind !== 'Interlocks') return [];
    return document.spec.interlocks.flatMap((declared): readonly DeviceInterlock[] =>
      (['force', 'deny', 'limit'] as const).flatMap((kind) => {
        const action = declared[kind];
        if (action?.device !== device) return [];
        const { device: _device, ...what } = action;
        const words = Object.entries(what).map(([key, value]) => (key === 'value' ? String(value) : `${key} ${String(value)}`));
        return [{ id: `${document.metadata.id}/${declared.id}`, does: `${kind} ${words.join(', ')}` }];
      }),
    );
  });

/** The titles of the documents of a bundle, by id. */
export const toDocumentTitles = (bundle: unknown): ReadonlyMap<string, string> => {
  const { documents = [] } = (bundle ?? {}) as {
    readonly documents?: readonly { readonly metadata?: { readonly id?: string; readonly title?: string } }[];
  };
  return new Map(
    documents.flatMap(({ metadata: { id, title } = {} }) => (id === undefined || title === undefined ? [] : [[id, title] as const])),
  );
};

/** All that an answer is made of. */
export type WhyFacts = {
  readonly device: DeviceId;
  /** The entry of the log that is asked about. */
  readonly lsn: number;
  readonly at: number;
  readonly facts: DeviceFacts;
  readonly interlocks: readonly DeviceInterlock[];
  /** Which values the device can have; undefined where the site does not say. */
  readonly shape: DeviceShape | undefined;
  /** The titles of the rules, by id. */
  readonly titles: ReadonlyMap<string, string>;
  /** Null where no live bundle commands the device. */
  readonly explanation: Explanation | null;
  /** Where the recomputing began, and how many entries it took. */
  /** Whether the log no longer says what was live then: its beginning is gone, and no checkpoint is left of that time. */
  readonly isForgotten: boolean;
  readonly replayed: { readonly from: number; readonly isCheckpoint: boolean; readonly entries: number };
};

/** What the device is known to be. */
export const toActual = ({ facts }: WhyFacts): DeviceValue | null => facts.proven?.value ?? null;
