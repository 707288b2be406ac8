import { Type, type Static } from 'typebox';
import { Author } from '../author.ts';
import { DocumentHash } from '../names.ts';

/** The longest message of a revision. */
export const longestMessage = 400;
const Message = Type.String({ minLength: 1, maxLength: longestMessage });
const RevisionNumber = Type.Integer({ minimum: 1 });

/** A bundle that was activated for a scope. Its number is one more than its parent's. */
export const BundleRevision = Type.Object({
  revision: RevisionNumber,
  hash: DocumentHash,
  parent: Type.Union([RevisionNumber, Type.Null()], { description: 'the revision that was live before it; null for the first' }),
  at: Type.Union([Type.Number(), Type.Null()], { description: 'when it was activated, in ms since 1970; null if not known' }),
  by: Type.Union([Author, Type.Null()]),
  message: Type.Union([Type.String(), Type.Null()]),
});

/** The revisions of a scope, newest first. */
export const BundleRevisions = Type.Array(BundleRevision);

/** A bundle as the hub holds it. */
export const BundleDocuments = Type.Object({ kind: Type.Literal('Bundle'), documents: Type.Array(Type.Unknown()) });

/** What may be stated when a bundle is activated. */
export const PushQuery = Type.Object(
  {
    message: Type.Optional(Message),
    parent: Type.Optional(Type.Integer({ minimum: 0, description: 'the live revision that the sender has seen; 0 for none' })),
  },
  { additionalProperties: false },
);

export const RollbackRequest = Type.Object(
  { revision: RevisionNumber, reason: Message, parent: Type.Optional(Type.Integer({ minimum: 0 })) },
  { additionalProperties: false },
);

/** Which revisions to compare. */
export const DifferencesQuery = Type.Object(
  {
    from: Type.Integer({ minimum: 0, description: 'a revision; 0 for none' }),
    to: Type.Optional(Type.Integer({ minimum: 1, description: 'another one; the live one by default' })),
  },
  { additionalProperties: false },
);

/** What two revisions mean differently. Where they only write the same otherwise, there is no difference. */
export const RevisionDifferences = Type.Object({
  from: Type.Integer(),
  to: Type.Integer(),
  differences: Type.Array(
    Type.Object({
      kind: Type.String(),
      id: Type.String(),
      change: Type.Union([Type.Literal('added'), Type.Literal('removed'), Type.Literal('changed')]),
      lines: Type.Array(Type.String(), { description: 'what changed, one line for each part of the document' }),
    }),
  ),
});

export type DifferencesQuery = Static<typeof DifferencesQuery>;
export type RevisionDifferences = Static<typeof RevisionDifferences>;
export type BundleDocuments = Static<typeof BundleDocuments>;
export type BundleRevision = Static<typeof BundleRevision>;
export type PushQuery = Static<typeof PushQuery>;
export type RollbackRequest = Static<typeof RollbackRequest>;
