import type { TSchema } from 'typebox';

/**
 * How a reader takes a value that is not in an enumeration: `as` replaces it, and the members of the same object that `nulls`
 * names become null. An enumeration without this leaves out the smallest optional member or list item around the value;
 * a member that may be null becomes null.
 */
export type UnknownValue = { readonly as: string; readonly nulls: readonly string[] };

/** The keyword under which a schema says it. Validators ignore it. */
const keyword = 'x-unknown';

/** Options for an enumeration or literal in what a hub sends: how a node reads a value that it does not know. */
export const readUnknownAs = (as: string, ...nulls: readonly string[]): { readonly [keyword]: UnknownValue } => ({
  [keyword]: { as, nulls },
});

/** The keywords of our schemas that matter to a reader. */
export type SchemaNode = {
  readonly type?: unknown;
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly anyOf?: readonly SchemaNode[];
  readonly properties?: Readonly<Record<string, SchemaNode>>;
  readonly patternProperties?: Readonly<Record<string, SchemaNode>>;
  readonly required?: readonly string[];
  readonly items?: SchemaNode | readonly SchemaNode[];
  readonly [keyword]?: UnknownValue;
};

/** How this schema wants an unknown value read, where it states that. */
export const toUnknownValue = (node: SchemaNode): UnknownValue | undefined => node[keyword];

/** The names that an enumeration lists, and the one that any other is read as; undefined where there is none. */
export type KnownNames = { readonly names: ReadonlySet<unknown>; readonly as: string | undefined };

/** How the names of an enumeration are read, for readers that are written manually. */
export const readNameAs = (schema: TSchema): KnownNames => {
  const { enum: names = [], [keyword]: unknown } = schema as SchemaNode;
  return { names: new Set(names), as: unknown?.as };
};

type Keywords = Readonly<Record<string, unknown>>;

const openEach = (members: unknown): Keywords =>
  Object.fromEntries(Object.entries(members as Readonly<Record<string, Keywords>>).map(([name, member]) => [name, open(member)]));

const open = (schema: Keywords): Keywords => {
  const opened: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(schema)) {
    if ((name === 'additionalProperties' && value === false) || name === 'maxLength' || name === 'maxItems') continue;
    if (name === 'properties' || name === 'patternProperties') opened[name] = openEach(value);
    else if (Array.isArray(value) && (name === 'anyOf' || name === 'allOf' || name === 'items')) opened[name] = value.map(open);
    else opened[name] = name === 'items' ? open(value as Keywords) : value;
  }
  return opened;
};

/**
 * Pure: the same schema as a reader of a later version's messages wants it. Objects may have members that nobody here knows,
 * and texts and lists may be longer. Everything else is asked for as before.
 */
export const toOpenSchema = <S extends TSchema>(schema: S): S => open(schema as Keywords) as unknown as S;
