import { Type } from 'typebox';

const closed = { additionalProperties: false } as const;
const Duration = Type.Number({ minimum: 0, maximum: 1e13 });
const Size = Type.Integer({ minimum: 1 });

const Stretches = Type.Array(
  Type.Object(
    {
      table: Type.Enum(['coil', 'discrete', 'holding', 'input']),
      address: Type.Integer({ minimum: 0, maximum: 65_535 }),
      count: Size,
    },
    closed,
  ),
);

/** The quirks of one unit as the content of a site holds them. */
export const QuirksContent = Type.Object(
  {
    bus: Type.String({ maxLength: 400 }),
    unit: Type.Integer({ minimum: 0, maximum: 255 }),
    maxBlock: Type.Union([Size, Type.Null()]),
    maxBlocks: Type.Optional(
      Type.Object(
        { coil: Type.Optional(Size), discrete: Type.Optional(Size), holding: Type.Optional(Size), input: Type.Optional(Size) },
        closed,
      ),
    ),
    avoid: Stretches,
    cleared: Type.Optional(Stretches),
    blocks: Type.Optional(Stretches),
    together: Type.Optional(Stretches),
    alone: Type.Optional(Stretches),
    readGaps: Type.Optional(Type.Boolean()),
    readFunction: Type.Optional(Type.Enum([3, 4])),
    writeCoils: Type.Optional(Type.Enum([5, 15])),
    writeRegisters: Type.Optional(Type.Enum([6, 16])),
    transactionId: Type.Optional(Type.Enum(['match', 'any'])),
    answersAs: Type.Optional(Type.Integer({ minimum: 0, maximum: 255 })),
    requestGapMs: Type.Optional(Duration),
    byteGapMs: Type.Optional(Duration),
    answerTimeoutMs: Type.Optional(Duration),
    pollDistanceMs: Type.Optional(Duration),
  },
  closed,
);
