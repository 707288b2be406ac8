import { Type, type Static } from 'typebox';
import { DeviceValue } from '../device-value.ts';

const closed = { additionalProperties: false } as const;
const rule = Type.String({ minLength: 1, maxLength: 160 });
/** A condition with its numbers, or words of a document. */
const toWords = (maxLength: number) => Type.String({ maxLength });
const Duration = Type.Number({ minimum: 0, maximum: 1e13 });

/** How long the words of one clause may be; those of several together are cut shorter, so that a frame stays small. */
const words = { alone: 500, together: 150 } as const;

/** What a rule, loop or lead-lag group says of its request. */
const toClauses = (because: Type.TString) =>
  ({
    'rule/requests': { rule, value: DeviceValue, forMs: Duration, because },
    'rule/still-requests': { rule, value: DeviceValue, because },
    'rule/waits': { rule, forMs: Duration, because },
    'rule/waits-its-turn': { rule, because },
    'rule/no-longer-requests': { rule, because },
    'rule/does-not-request': { rule, because },
    'rule/stopped': { rule, because },
    'rule/remembers': { rule, isRequesting: Type.Boolean(), because },
    'rule/unknown': { rule, afterMs: Duration, because },
    'loop/controls': { rule, isRequesting: Type.Boolean(), because, output: Type.Union([Type.Number(), Type.Null()]) },
    'loop/remembers': { rule, because },
    'lead-lag/assigns': { rule, value: DeviceValue, isRequesting: Type.Boolean(), because, memory: Type.Union([because, Type.Null()]) },
  }) as const;

type Clauses = ReturnType<typeof toClauses>;
type Params<P extends Parameters<typeof Type.Object>[0]> = Readonly<Static<Type.TObject<P>>>;
type ClauseParams = { readonly [K in keyof Clauses]: Params<Clauses[K]> };
type Clause = { [K in keyof Clauses]: { readonly code: K; readonly params: ClauseParams[K] } }[keyof Clauses];

const toSchema = <C extends string, P extends Parameters<typeof Type.Object>[0]>(code: C, params: P) =>
  Type.Object({ code: Type.Literal(code), params: Type.Object(params, closed) }, closed);
const toClauseSchemas = (maxLength: number) =>
  Object.entries(toClauses(toWords(maxLength))).map(([code, params]) => toSchema(code, params));

/** By code, what a reason of a service consists of. `device/no-request`: the clauses of the rules that could have asked. */
export type CommandReasonParams = ClauseParams & {
  readonly 'device/no-request': { readonly value: DeviceValue; readonly rules: readonly Clause[] };
};

/** A reason that a node may give for a command; one that has none of these codes says it in words of its own. */
export type CommandReason =
  | Clause
  | { readonly code: 'device/no-request'; readonly params: CommandReasonParams['device/no-request'] }
  | { readonly code: 'text'; readonly params: { readonly text: string } };

/** What a rule says of its request. */
export type RuleReason = Clause;

/** The reason with its words cut to what a frame may carry. */
export const trimReason = (reason: CommandReason): CommandReason => {
  if (reason.code === 'text') return reason;
  if (reason.code !== 'device/no-request') return trimClause(reason, words.alone);
  const { value, rules } = reason.params;
  return { code: reason.code, params: { value, rules: rules.map((clause) => trimClause(clause, words.together)) } };
};

const trimClause = <C extends Clause>(clause: C, maxLength: number): C => {
  const { because } = clause.params;
  const memory = 'memory' in clause.params ? { memory: clause.params.memory?.slice(0, maxLength) ?? null } : {};
  return { ...clause, params: { ...clause.params, because: because.slice(0, maxLength), ...memory } };
};

/** The hub takes no other reason for a command. */
export const CommandReason = /* @__PURE__ */ Type.Unsafe<CommandReason>(/* @__PURE__ */ Type.Union(/* @__PURE__ */ toAlternatives()));

function toAlternatives() {
  return [
    ...toClauseSchemas(words.alone),
    toSchema('device/no-request', { value: DeviceValue, rules: Type.Array(Type.Union(toClauseSchemas(words.together)), { maxItems: 3 }) }),
    toSchema('text', { text: toWords(1000) }),
  ];
}
