/** The parts of a JSON schema that a page shows. */
export type Schema = {
  readonly type?: string;
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly anyOf?: readonly Schema[];
  readonly items?: Schema | readonly Schema[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly patternProperties?: Readonly<Record<string, Schema>>;
  readonly additionalProperties?: Schema | boolean;
  readonly required?: readonly string[];
  readonly expected?: string;
  readonly expectedKey?: string;
  readonly description?: string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly maxLength?: number;
};

/** Whether a key must be there; `form`: only in the one of several forms that it belongs to. */
type Need = 'yes' | 'form' | 'no';

/** One key of a document: where it is, what it takes, and whether it must be there. */
export type Key = { readonly path: string; readonly takes: string; readonly need: Need };

/** Deeper than this no document goes; a schema that refers to itself does. */
const deepest = 12;

const isTuple = (items: Schema['items']): items is readonly Schema[] => Array.isArray(items);

const quote = (value: unknown): string => `\`${typeof value === 'string' ? value : JSON.stringify(value)}\``;

const toNumberText = ({ type, minimum, maximum }: Schema): string => {
  const name = type === 'integer' ? 'a whole number' : 'a number';
  if (minimum !== undefined && maximum !== undefined) return `${name} from ${minimum} to ${maximum}`;
  return minimum === undefined ? name : `${name} from ${minimum}`;
};

/** What a value may be, in words. */
export const toTakes = (schema: Schema): string => {
  if (schema.expected !== undefined) return schema.expected;
  if (schema.const !== undefined) return quote(schema.const);
  if (schema.enum !== undefined) return schema.enum.map(quote).join(', ');
  if (schema.anyOf !== undefined) return [...new Set(schema.anyOf.map(toTakes))].join(', or ');
  switch (schema.type) {
    case 'array':
      return isTuple(schema.items)
        ? `a list of ${schema.items.length}: ${schema.items.map(toTakes).join(', ')}`
        : `a list; each item: ${toTakes(schema.items ?? {})}`;
    case 'object':
      return schema.properties === undefined ? 'a map' : 'keys below';
    case 'string':
      return schema.maxLength === undefined ? 'a text' : `a text of up to ${schema.maxLength} characters`;
    case 'boolean':
      return '`true` or `false`';
    default:
      return toNumberText(schema);
  }
};

/** Where the members of a map or a list stand: `signals.<name>`, `then[]`. */
const inner = (schema: Schema): readonly (readonly [string, Schema])[] => {
  const { items, additionalProperties, patternProperties = {} } = schema;
  const named = [...Object.values(patternProperties), ...(typeof additionalProperties === 'object' ? [additionalProperties] : [])];
  return [...(items === undefined || isTuple(items) ? [] : [['[]', items] as const]), ...named.map((one) => ['.<name>', one] as const)];
};

/** Every key under a schema, each once, in the order of the schema. */
export const listKeys = (schema: Schema, path = '', depth = 0, isForm = false): readonly Key[] => {
  if (depth > deepest) return [];
  const own = Object.entries(schema.properties ?? {}).flatMap(([name, part]): readonly Key[] => {
    const at = path === '' ? name : `${path}.${name}`;
    return [
      { path: at, takes: toTakes(part), need: schema.required?.includes(name) !== true ? 'no' : isForm ? 'form' : 'yes' },
      ...listKeys(part, at, depth + 1),
    ];
  });
  const forms = schema.anyOf ?? [];
  const keys = [
    ...own,
    ...forms.flatMap((one) => listKeys(one, path, depth + 1, forms.length > 1)),
    ...inner(schema).flatMap(([step, part]) => listKeys(part, `${path}${step}`, depth + 1)),
  ];
  return keys.filter((key, at) => keys.findIndex(({ path: other }) => other === key.path) === at);
};
