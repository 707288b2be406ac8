import { Fault, type BundleRevision, type RevisionDifferences } from '@phloem/protocol';
import { diffDocuments, toDifferenceLines, type BundleContent, type DocumentDifference } from '@phloem/rules';
import type { HubStore } from '../store/hub-store.ts';

type Documents = Pick<HubStore['documents'], 'get'>;

/**
 * What two revisions of a scope mean differently; 0 is the empty one before the first.
 *
 * @throws Fault `revision/unknown`.
 */
export const compareRevisions = (
  revisions: readonly BundleRevision[],
  documents: Documents,
  { from, to }: { readonly from: number; readonly to: number },
): RevisionDifferences => {
  const read = (revision: number): readonly unknown[] => {
    if (revision === 0) return [];
    const found = revisions.find((each) => each.revision === revision);
    const text = found === undefined ? null : documents.get(found.hash);
    if (text === null) throw new Fault('revision/unknown', `there is no revision ${revision}; see "phloem rules log"`);
    return (JSON.parse(text) as Partial<BundleContent>).documents ?? [];
  };
  return { from, to, differences: diffDocuments(read(from), read(to)).map(toAnswer) };
};

const toAnswer = ({ kind, id, change, lines }: DocumentDifference): RevisionDifferences['differences'][number] => ({
  kind,
  id,
  change,
  lines: [...lines],
});

const shownLines = 20;

/** What has changed since somebody looked, as a refusal says it. Empty when what they saw is not known. */
export const describeMoves = (
  revisions: readonly BundleRevision[],
  documents: Documents,
  span: { readonly from: number; readonly to: number },
): string => {
  const isKnown = (revision: number): boolean => revision === 0 || revisions.some((each) => each.revision === revision);
  if (!isKnown(span.from) || !isKnown(span.to) || span.from >= span.to) return '';
  const since = revisions
    .filter(({ revision }) => revision > span.from && revision <= span.to)
    .toSorted((a, b) => a.revision - b.revision)
    .map(
      ({ revision, by, message }) =>
        `revision ${revision}${by?.kind === 'user' ? ` by ${by.id}` : ''}${message === null ? '' : ` (${message})`}`,
    );
  const lines = toDifferenceLines(compareRevisions(revisions, documents, span).differences);
  const more = lines.length > shownLines ? [`  and ${lines.length - shownLines} more lines`] : [];
  return `\nSince revision ${span.from}: ${since.join(', ')}\n${[...lines.slice(0, shownLines), ...more].join('\n')}`;
};
