import { Type, type Static } from 'typebox';
import { durationPattern } from '../units/units.ts';

const closed = { additionalProperties: false } as const;
const Duration = Type.String({ pattern: durationPattern, maxLength: 40, expected: 'a duration, such as 100ms or 5s' });
const Table = Type.Enum(['coil', 'discrete', 'holding', 'input']);
const BlockSize = Type.Integer({ minimum: 1, maximum: 2000 });

/** Registers that lie side by side; one where `count` is left out. */
export const DocumentStretch = Type.Object(
  {
    table: Table,
    address: Type.Integer({ minimum: 0, maximum: 65_535, description: 'As on the wire: counted from 0.' }),
    count: Type.Optional(BlockSize),
  },
  closed,
);

/** How a unit must be asked where it does not do what Modbus says. Profiles have them, and a site may override each. */
export const DocumentQuirks = Type.Object(
  {
    maxBlock: Type.Optional(
      Type.Union(
        [
          BlockSize,
          Type.Object(
            {
              coil: Type.Optional(BlockSize),
              discrete: Type.Optional(BlockSize),
              holding: Type.Optional(BlockSize),
              input: Type.Optional(BlockSize),
            },
            { ...closed, minProperties: 1 },
          ),
        ],
        {
          expected: 'a number from 1 to 2000, or a number for each table, such as { holding: 20 }',
          description: 'The most registers or bits in one request.',
        },
      ),
    ),
    blocks: Type.Optional(
      Type.Array(DocumentStretch, {
        minItems: 1,
        maxItems: 100,
        description: 'The unit answers these requests alone: nothing else of their table is ever asked.',
      }),
    ),
    together: Type.Optional(Type.Array(DocumentStretch, { minItems: 1, maxItems: 100, description: 'Always read in one request.' })),
    alone: Type.Optional(Type.Array(DocumentStretch, { minItems: 1, maxItems: 100, description: 'Each read in a request of its own.' })),
    readGaps: Type.Optional(Type.Boolean({ description: 'false: a request never covers registers that nobody asked for.' })),
    readFunction: Type.Optional(Type.Enum([3, 4], { description: 'Registers of both tables are read by this function.' })),
    writeCoils: Type.Optional(Type.Enum([5, 15], { description: 'The function that writes a coil.' })),
    writeRegisters: Type.Optional(Type.Enum([6, 16], { description: 'The function that writes one register.' })),
    transactionId: Type.Optional(
      Type.Enum(['match', 'any'], { description: 'any: accepts answers whose transaction id is not that of the request.' }),
    ),
    answersAs: Type.Optional(
      Type.Integer({ minimum: 0, maximum: 255, description: 'The unit that its answers name, where it is another.' }),
    ),
    requestGap: Type.Optional(
      Type.String({ ...Duration, description: 'The pause between an answer of the unit and the next request to it.' }),
    ),
    byteGap: Type.Optional(Type.String({ ...Duration, description: 'RTU: the pause between the bytes of an answer.' })),
    answerTimeout: Type.Optional(Type.String({ ...Duration, description: 'How long an answer of this unit may take.' })),
    pollDistance: Type.Optional(Type.String({ ...Duration, description: 'The shortest time between two polls of the unit.' })),
  },
  { ...closed, minProperties: 1 },
);

/** The quirks of one unit of a bus, for units that no profile describes or that differ from it. */
export const DocumentBusUnit = Type.Object({ unit: Type.Integer({ minimum: 0, maximum: 255 }), quirks: DocumentQuirks }, closed);

export type DocumentStretch = Static<typeof DocumentStretch>;
export type DocumentQuirks = Static<typeof DocumentQuirks>;
