import { Type } from 'typebox';
import { readUnknownAs } from './open-schema.ts';

/** Who made an entry: a person, a node, or the hub itself, which has no name of its own. */
export type Author = { readonly kind: 'user' | 'node'; readonly id: string } | { readonly kind: 'hub'; readonly id?: undefined };

/** What an author is. */
export const AuthorKind = /* @__PURE__ */ Type.Enum(['user', 'node', 'hub'], /* @__PURE__ */ readUnknownAs('hub'));

/** An author as it travels. One of a later kind is read as the hub, with its `id` for people. */
export const Author = /* @__PURE__ */ Type.Unsafe<Author>(
  /* @__PURE__ */ Type.Object(
    {
      kind: AuthorKind,
      id: /* @__PURE__ */ Type.Optional(/* @__PURE__ */ Type.String({ minLength: 1, maxLength: 160 })),
    },
    { additionalProperties: false },
  ),
);

/** The author that a text names. The text form is for columns and files; it is written and read here and nowhere else. */
export const parseAuthor = (text: string): Author => {
  const colon = text.indexOf(':');
  const kind = text.slice(0, Math.max(0, colon));
  const id = text.slice(colon + 1);
  return (kind === 'user' || kind === 'node') && id !== '' ? { kind, id } : { kind: 'hub' };
};

/** An author as one text, for columns and files: `user:anna`, `node:automation-1`, `hub`. */
export const formatAuthor = (author: Author): string => (author.kind === 'hub' ? author.kind : `${author.kind}:${author.id}`);

/** An author as people read it: `anna`, `automation-1`, `hub`. */
export const toPersonText = (by: Author): string => by.id ?? 'hub';

/** Claims that two authors are the same. */
export const isSameAuthor = (one: Author | null, other: Author | null): boolean =>
  one === other || (one !== null && other !== null && one.kind === other.kind && one.id === other.id);
