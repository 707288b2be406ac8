import { canonicalJson, type DocumentHash, hashDocument } from '@phloem/protocol';
import { apiVersion } from './documents/check.ts';
import { readDocuments, toCheckedSource, toSourceDocument, type SourceDocument, type SourceFile } from './documents/source.ts';

/** Documents that are switched as one. It is plain JSON: its canonical text's hash is its name. */
export type Content<Kind extends string = string> = {
  readonly apiVersion: typeof apiVersion;
  readonly kind: Kind;
  readonly documents: readonly unknown[];
};
/** What automation runs. */
export type BundleContent = Content<'Bundle'>;

// Where the documents were written. Content that came over the wire has no files, and is shown by its JSON instead.
const written = new WeakMap<Content, readonly SourceDocument[]>();

/**
 * Reads the files of a bundle, in the order given.
 *
 * @throws DocumentFault `document/syntax`; what the documents mean is checked by `compileBundle`.
 */
export const readBundle = (files: readonly SourceFile[]): BundleContent => toBundle(readDocuments(files));

/** The name of a content. */
export const hashContent = (content: Content): DocumentHash =>
  hashDocument(canonicalJson({ apiVersion: content.apiVersion, kind: content.kind, documents: content.documents }));

/** The documents of a content with their places: in their files if it was read from files, else in their own JSON. */
export const sourcesOf = (content: Content): readonly SourceDocument[] => {
  const known = written.get(content);
  if (known !== undefined) return known;
  const sources = content.documents.map((value, i) => toSourceDocument(value, nameOf(value) ?? `document ${i + 1}`));
  written.set(content, sources);
  return sources;
};

/**
 * Says of a content that it was checked when it was taken in, as what has its hash was: its documents are not read as texts
 * again. Where they do not fit, problems are shown as for any other content.
 */
export const trustContent = <C extends Content>(content: C): C => {
  if (!written.has(content))
    written.set(
      content,
      content.documents.map((value, i) => toCheckedSource(value, nameOf(value) ?? `document ${i + 1}`)),
    );
  return content;
};

/** A bundle of documents that have been read already, in the order given. */
export const toBundle = (sources: readonly SourceDocument[]): BundleContent => {
  const content: BundleContent = { apiVersion, kind: 'Bundle', documents: sources.map((source) => source.value) };
  written.set(content, sources);
  return content;
};

const nameOf = (value: unknown): string | undefined => {
  const id = (value as { metadata?: { id?: unknown } } | null)?.metadata?.id;
  return typeof id === 'string' ? id : undefined;
};
