import type { Changes, Snapshot } from './state.ts';

/** The lists of a live view: each item is a whole, and a message may hold any of them. */
const lists = ['points', 'devices', 'alarms', 'values', 'buses', 'automation', 'overrides', 'offsets', 'interlocks'] as const;
const siteLists = ['locations', 'points', 'devices'] as const;

/** One item of a list, with what it takes in a message. */
type Piece = { readonly isSite: boolean; readonly list: string; readonly item: unknown; readonly bytes: number };

/**
 * Cuts a snapshot that is larger than a message into parts of at most `maxBytes` of JSON each; only an item that is
 * larger by itself may pass that. A receiver puts them together again with `joinSnapshot`.
 */
export const cutSnapshot = (snapshot: Snapshot, maxBytes: number): readonly Snapshot[] => {
  if (toBytes(snapshot) <= maxBytes) return [snapshot];
  const bare = { ...snapshot, ...emptied(lists), site: { ...snapshot.site, ...emptied(siteLists) } };
  const pieces = [...toPieces(snapshot.site, siteLists, true), ...toPieces(snapshot, lists, false)];
  const groups = pack(pieces, maxBytes - toBytes(bare) - partBytes);
  return groups.map((group, index) => ({
    ...bare,
    ...gather(group, lists, false),
    site: { ...bare.site, ...gather(group, siteLists, true) },
    part: index + 1,
    of: groups.length,
  }));
};

/**
 * Cuts changes in the same way. Each of the messages is whole by itself: all go from the same version to the same, and
 * a receiver takes them one after the other.
 */
export const cutChanges = (changes: Changes, maxBytes: number): readonly Changes[] => {
  if (toBytes(changes) <= maxBytes) return [changes];
  const bare = { ...changes, ...emptied(lists) };
  const groups = pack(toPieces(changes, lists, false), maxBytes - toBytes(bare));
  return groups.map((group) => ({ ...bare, ...gather(group, lists, false) }));
};

/** What has come of a snapshot so far. */
export type PartialSnapshot = { readonly parts: readonly Snapshot[] };

/**
 * Pure: takes the next part. `whole` is the snapshot once all have come; `partial` is what to go on with. A part that
 * does not go on from the ones before it starts again when it is the first, and is left aside otherwise.
 */
export const joinSnapshot = (
  before: PartialSnapshot | null,
  part: Snapshot,
): { readonly whole: Snapshot | null; readonly partial: PartialSnapshot | null } => {
  const { part: number = 1, of = 1, ...rest } = part;
  if (of === 1) return { whole: rest, partial: null };
  const known = number === 1 ? [] : (before?.parts ?? []);
  const isNext = known.length === number - 1 && known.every((one) => one.version === part.version && one.of === of);
  if (!isNext) return { whole: null, partial: null };
  const parts = [...known, part];
  if (number < of) return { whole: null, partial: { parts } };
  const sites = parts.map(({ site }) => site);
  return { whole: { ...rest, ...joined(parts, lists), site: { ...rest.site, ...joined(sites, siteLists) } }, partial: null };
};

/** `,"part":10000,"of":10000` */
const partBytes = 32;

const encoder = new TextEncoder();
const toBytes = (value: unknown): number => encoder.encode(JSON.stringify(value)).length;

const emptied = <K extends string>(names: readonly K[]): Record<K, never[]> =>
  Object.fromEntries(names.map((name) => [name, []])) as unknown as Record<K, never[]>;

const toPieces = <K extends string>(
  from: Readonly<Record<K, readonly unknown[]>>,
  names: readonly K[],
  isSite: boolean,
): readonly Piece[] => names.flatMap((list) => from[list].map((item) => ({ isSite, list, item, bytes: toBytes(item) + 1 })));

const pack = (pieces: readonly Piece[], maxBytes: number): readonly (readonly Piece[])[] => {
  const groups: Piece[][] = [[]];
  let bytes = 0;
  for (const piece of pieces) {
    const last = groups.at(-1);
    if (last === undefined || (bytes + piece.bytes > maxBytes && last.length > 0)) {
      groups.push([piece]);
      bytes = piece.bytes;
    } else {
      last.push(piece);
      bytes += piece.bytes;
    }
  }
  return groups;
};

const gather = <K extends string>(group: readonly Piece[], names: readonly K[], isSite: boolean): Record<K, never[]> =>
  Object.fromEntries(
    names.map((name) => [name, group.filter((piece) => piece.isSite === isSite && piece.list === name).map(({ item }) => item)]),
  ) as unknown as Record<K, never[]>;

const joined = <K extends string>(parts: readonly Readonly<Record<K, readonly unknown[]>>[], names: readonly K[]): Record<K, never[]> =>
  Object.fromEntries(names.map((name) => [name, parts.flatMap((part) => part[name])])) as unknown as Record<K, never[]>;
