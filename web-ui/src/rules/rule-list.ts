import { formatDeviceValue, reasonRule, toLocation, type DeviceId, type DeviceState, type PointId } from '@phloem/protocol';
import type { PanelState } from '../state/panel-state.ts';

/** A document of the live rules that commands something. */
export type RuleDocument = {
  readonly kind: string;
  readonly metadata: { readonly id: string; readonly title?: string };
  readonly spec: Readonly<Record<string, unknown>>;
};

/** A bundle that is live, with its documents in their order. */
export type LiveBundle = {
  readonly scope: string;
  readonly revision: number;
  readonly hash: string;
  readonly documents: readonly unknown[];
};

/** A rule as a row of the table. */
export type RuleRow = {
  readonly id: string;
  readonly title: string;
  readonly kind: string;
  readonly room: string;
  /** What it requests now. */
  readonly state: string;
  /** When that began; null where it requests nothing. */
  readonly since: number | null;
  readonly revision: number;
};

const kinds: Readonly<Record<string, string>> = { Rule: 'Rule', Loop: 'Loop', LeadLag: 'Lead and lag' };

/** Whether a document commands devices. */
export const isRule = (document: unknown): document is RuleDocument => {
  const { kind, metadata, spec } = (document ?? {}) as { kind?: unknown; metadata?: { id?: unknown } | null; spec?: unknown };
  return (
    typeof kind === 'string' && Object.hasOwn(kinds, kind) && typeof metadata?.id === 'string' && typeof spec === 'object' && spec !== null
  );
};

/** All texts in a value, at any depth. */
const textsOf = (value: unknown): readonly string[] => {
  if (typeof value === 'string') return [value];
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(textsOf) : [];
};

/** The devices that a rule commands. */
export const toDevices = ({ spec }: RuleDocument, known: ReadonlyMap<DeviceId, DeviceState>): readonly DeviceId[] => [
  ...new Set(textsOf(spec).filter((text) => known.has(text))),
];

/** The rules of the live bundles, in the order of their rooms. */
export const toRuleRows = (bundles: readonly LiveBundle[], { devices, site }: Pick<PanelState, 'devices' | 'site'>): readonly RuleRow[] => {
  const titles = new Map(site?.locations.map(({ id, title }) => [id, title]));
  const names = new Map(site?.devices.map(({ id, title }) => [id, title]));
  const rows = bundles.flatMap(({ documents, revision }) =>
    documents.filter(isRule).map((document): RuleRow => {
      const { id, title } = document.metadata;
      const own = toDevices(document, devices)
        .flatMap((device) => devices.get(device) ?? [])
        .filter(({ why }) => why !== null && reasonRule(why) === id);
      const state = own.map((device) => {
        const value = device.requested ?? device.confirmed;
        return `${names.get(device.id) ?? device.id} ${value === null ? '–' : formatDeviceValue(value)}`;
      });
      const since = own.flatMap((device) => device.since ?? []);
      return {
        id,
        title: title ?? id,
        kind: kinds[document.kind] ?? document.kind,
        room: titles.get(toLocation(id)) ?? toLocation(id),
        state: state.length === 0 ? 'requests nothing' : state.join(', '),
        since: since.length === 0 ? null : Math.max(...since),
        revision,
      };
    }),
  );
  return rows.toSorted((a, b) => a.room.localeCompare(b.room) || a.title.localeCompare(b.title));
};

type Signals = {
  readonly kind?: unknown;
  readonly metadata?: { readonly id?: unknown };
  readonly spec?: {
    readonly inputs?: Readonly<Record<string, { readonly point?: string }>>;
    readonly signals?: Readonly<Record<string, unknown>>;
  };
};

/** The points that a rule reads, directly or through signals. First those of its room that are named like what it compares. */
export const toRulePoints = (
  document: RuleDocument,
  documents: readonly unknown[],
  points: ReadonlyMap<PointId, unknown>,
): readonly PointId[] => {
  const use = document.spec['use'] as { readonly signals?: unknown } | undefined;
  const signals = (documents as readonly (Signals | null)[]).find((each) => each?.kind === 'Signals' && each.metadata?.id === use?.signals);
  const { inputs = {}, signals: derived = {} } = signals?.spec ?? {};
  const words = (value: unknown): readonly string[] => textsOf(value).flatMap((text) => text.match(/[A-Za-z_]\w*/g) ?? []);
  const seen = new Set<string>();
  const found: PointId[] = [];
  const visit = (word: string): void => {
    if (seen.has(word)) return;
    seen.add(word);
    const point = Object.hasOwn(inputs, word) ? inputs[word]?.point : undefined;
    if (point !== undefined) found.push(point);
    else if (Object.hasOwn(derived, word)) for (const each of words(derived[word])) visit(each);
  };
  const { when, ...rest } = document.spec;
  const compared = words(when);
  for (const word of [...compared, ...words(rest)]) visit(word);
  const room = toLocation(document.metadata.id);
  const alike = [...points.keys()].filter((id) => toLocation(id) === room && compared.includes(id.slice(id.lastIndexOf('/') + 1)));
  return [...new Set([...alike, ...found])].filter((id) => points.has(id));
};
