import { Type, type Static } from 'typebox';
import { isTimeZone } from '@phloem/protocol';
import { Origin } from './bridge-address.ts';
import { documentSchema } from './check.ts';
import { closed, DurationText } from './words.ts';

const name = '[A-Za-z_][A-Za-z0-9_$]{0,62}';
export const TableName = Type.String({
  pattern: `^${name}(\\.${name})?$`,
  expected: 'the name of a table, such as sensor_data or public.sensor_data',
});
export const ColumnName = Type.String({ pattern: `^${name}$`, expected: 'the name of a column, such as created_at' });
export const TimeColumn = Type.Object(
  { column: ColumnName, zone: Type.Optional(Type.String({ maxLength: 64, expected: 'a time zone, such as Europe/Vienna' })) },
  closed,
);
const part = `([a-z][a-z0-9_]{0,62}|\\{${name}\\})`;

/** Reads readings from a table of another program. */
export const SourceBridgeDocument = documentSchema(
  'Bridge',
  Type.Object(
    {
      origin: Origin,
      readings: Type.Object(
        {
          source: Type.String({ pattern: '^[a-z][a-z0-9_]{0,62}$', expected: 'the id of a source of the Site document' }),
          table: TableName,
          id: ColumnName,
          time: Type.Optional(TimeColumn),
          points: Type.Record(Type.String({ pattern: `^${part}/${part}/${part}$` }), ColumnName, {
            minProperties: 1,
            maxProperties: 200,
            additionalProperties: false,
            expectedKey: 'a point as key, such as flower_room/front/temperature or "{room}/{rack}/temperature"',
          }),
          /** What a column says instead of a word of a point. */
          names: Type.Optional(Type.Record(Type.String(), Type.String({ pattern: '^[a-z][a-z0-9_]{0,62}$' }), { maxProperties: 1000 })),
          from: Type.Optional(Type.Enum(['head', 'first'])),
          holes: Type.Optional(DurationText),
          poll: Type.Optional(DurationText),
        },
        closed,
      ),
      /** Whether `phloem start` runs it. */
      isEnabled: Type.Optional(Type.Boolean()),
    },
    closed,
  ),
);
export type SourceBridgeDocument = Static<typeof SourceBridgeDocument>;

/** The zone of a column, if it is none. */
export const findZoneProblem = (time: Static<typeof TimeColumn> | undefined): string | null =>
  time?.zone === undefined || isTimeZone(time.zone) ? null : time.zone;
