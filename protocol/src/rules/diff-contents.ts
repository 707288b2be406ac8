import { canonicalJson } from '../canonical-json.ts';
import type { Content } from './bundle.ts';
import { describeValue, formatPath, type Path } from './documents/source.ts';

/** One thing that is not the same in two contents. */
export type ContentChange = {
  /** The id of the document. */
  readonly document: string;
  readonly kind: 'added' | 'removed' | 'changed';
  /** Where in the document; empty for the whole of it. */
  readonly path: string;
  readonly from: string;
  readonly to: string;
};

/** What changed from one bundle (or site) to another, by document and place: what a reviewer reads before a promotion. */
export const diffContents = (before: Content, after: Content): readonly ContentChange[] => {
  const [old, now] = [byId(before), byId(after)];
  const ids = [...new Set([...old.keys(), ...now.keys()])];
  return ids.flatMap((document): ContentChange[] => {
    if (!old.has(document)) return [{ document, kind: 'added', path: '', from: '', to: kindOf(now.get(document)) }];
    if (!now.has(document)) return [{ document, kind: 'removed', path: '', from: kindOf(old.get(document)), to: '' }];
    return compare(old.get(document), now.get(document), []).map((change) => ({ document, ...change }));
  });
};

/** A change as one line for people. */
export const formatChange = ({ document, kind, path, from, to }: ContentChange): string => {
  if (kind === 'changed') return `${document}: ${path}: ${from} → ${to}`;
  const place = path === '' ? '' : ` ${path}`;
  return kind === 'added' ? `${document}:${place} added: ${to}` : `${document}:${place} removed: ${from}`;
};

const byId = ({ documents }: Content): ReadonlyMap<string, unknown> =>
  new Map(
    documents.map((document, i) => [(document as { metadata?: { id?: string } } | null)?.metadata?.id ?? `document ${i + 1}`, document]),
  );

const kindOf = (document: unknown): string => (document as { kind?: string } | null)?.kind ?? 'a document';

type Change = Omit<ContentChange, 'document'>;

const compare = (from: unknown, to: unknown, path: Path): readonly Change[] => {
  if (canonicalJson(from) === canonicalJson(to)) return [];
  const [a, b] = [toParts(from), toParts(to)];
  if (a === undefined || b === undefined || Array.isArray(from) !== Array.isArray(to)) {
    return [{ kind: 'changed', path: formatPath(path), from: describeValue(from), to: describeValue(to) }];
  }
  return [...new Set([...a.keys(), ...b.keys()])].flatMap((key): readonly Change[] => {
    const at = [...path, key];
    if (!a.has(key)) return [{ kind: 'added', path: formatPath(at), from: '', to: describeValue(b.get(key)) }];
    if (!b.has(key)) return [{ kind: 'removed', path: formatPath(at), from: describeValue(a.get(key)), to: '' }];
    return compare(a.get(key), b.get(key), at);
  });
};

const toParts = (value: unknown): ReadonlyMap<string | number, unknown> | undefined => {
  if (Array.isArray(value)) return new Map(value.entries());
  return typeof value === 'object' && value !== null ? new Map(Object.entries(value)) : undefined;
};
