import { kindOf, type Metadata, type SourceDocument } from '@phloem/rules';

/** What each document says of itself, for people: its kind and id, then title, owner and tags. Profiles have none of these. */
export const describeDocuments = (sources: readonly SourceDocument[]): readonly string[] =>
  sources.flatMap((source) => {
    const kind = kindOf(source);
    if (kind === '') return [];
    const { id, title, owner, tags = [] } = (source.value as { readonly metadata: Metadata }).metadata;
    const facts = [title, owner === undefined ? undefined : `owner ${owner}`, tags.length === 0 ? undefined : `tags ${tags.join(', ')}`];
    const said = facts.filter((fact) => fact !== undefined).join('; ');
    return [said === '' ? `  ${kind} ${id}` : `  ${kind} ${id}: ${said}`, ...describeInstruments(source.value)];
  });

type WithInstruments = { readonly spec?: { readonly instruments?: readonly { readonly id: string; readonly title?: string }[] } };

/** What a site calls its instruments. */
const describeInstruments = (document: unknown): readonly string[] =>
  ((document as WithInstruments).spec?.instruments ?? []).flatMap(({ id, title }) =>
    title === undefined ? [] : [`    instrument ${id}: ${title}`],
  );
