import { Type, type Static } from 'typebox';
import { DocumentHash, LocationId } from '../names.ts';
import { readUnknownAs } from '../open-schema.ts';

const closed = { additionalProperties: false } as const;
const Instant = Type.Integer({ minimum: 0, maximum: 8_640_000_000_000_000, description: 'ms since 1970, by the clock of the hub' });

/** A bundle to be tested: documents that nobody has saved yet, or a bundle that the hub holds. */
export const BacktestBundle = Type.Union([
  Type.Object({ documents: Type.String({ minLength: 1, description: 'a bundle as YAML or JSON documents, separated by ---' }) }, closed),
  Type.Object({ hash: DocumentHash }, closed),
]);

/** What is asked of the recorded past. */
export const BacktestRequest = Type.Object(
  {
    candidate: BacktestBundle,
    baseline: Type.Optional(
      Type.Union([Type.Literal('live'), BacktestBundle], { description: 'what to compare with; by default what was live at each moment' }),
    ),
    locations: Type.Optional(
      Type.Array(LocationId, {
        minItems: 1,
        maxItems: 200,
        description: 'the devices to report; by default, all that the candidate commands',
      }),
    ),
    from: Type.Optional(Instant),
    to: Type.Optional(Instant),
  },
  closed,
);

export const backtestStates = ['waiting', 'running', 'done', 'failed', 'cancelled'] as const;

/** How a back-test stands. The same question about the same stretch of the log has the same id. */
export const BacktestStatus = Type.Object({
  id: DocumentHash,
  state: Type.Enum([...backtestStates], readUnknownAs('failed')),
  from: Instant,
  to: Instant,
  progress: Type.Number({ minimum: 0, maximum: 1 }),
  elapsedMs: Type.Union([Type.Number(), Type.Null()], { description: 'how long the replay took; null before its end' }),
  isPartial: Type.Boolean({ description: 'the result covers only what was replayed so far' }),
  result: Type.Unknown({ description: 'as `phloem rules backtest --json` prints it; null before there is any' }),
  failure: Type.Union([Type.Object({ code: Type.String(), message: Type.String() }), Type.Null()]),
});

export type BacktestRequest = Static<typeof BacktestRequest>;
export type BacktestBundle = Static<typeof BacktestBundle>;
export type BacktestStatus = Static<typeof BacktestStatus>;
