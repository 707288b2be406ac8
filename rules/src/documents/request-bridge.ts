import { Type, type Static } from 'typebox';
import { ScopeId } from '@phloem/protocol';
import { Origin } from './bridge-address.ts';
import { documentSchema } from './check.ts';
import { ColumnName, TableName, TimeColumn } from './source-bridge.ts';
import { closed, DurationText, onOff } from './words.ts';

const part = '([a-z][a-z0-9_]{0,62}|\\{[A-Za-z_][A-Za-z0-9_$]{0,62}\\})';

export const DeviceTemplate = Type.String({
  pattern: `^${part}/${part}$`,
  expected: 'a device, such as flower_room/fan or "{room}/{device}"',
});
export const DeviceWords = Type.Record(Type.String(), Type.String({ pattern: '^[a-z][a-z0-9_]{0,62}$' }), { maxProperties: 1000 });
/** What the words of the program mean. */
export const ValueWords = Type.Record(Type.String(), Type.Union([Type.Boolean(), Type.Number(), Type.Enum([...onOff])]), {
  maxProperties: 100,
});
export const AliveColumn = Type.Object({ table: TableName, ...TimeColumn.properties, within: DurationText }, closed);

/** Takes requests for device states from a table of another program, under the lease of a scope. */
export const RequestBridgeDocument = documentSchema(
  'Bridge',
  Type.Object(
    {
      origin: Origin,
      requests: Type.Object(
        {
          shape: Type.Optional(Type.Literal('level')),
          scope: ScopeId,
          table: TableName,
          device: DeviceTemplate,
          names: Type.Optional(DeviceWords),
          value: ColumnName,
          values: Type.Optional(ValueWords),
          changed: TimeColumn,
          /** Older rows are not acted on; rows of any age without it. */
          maxAge: Type.Optional(DurationText),
          alive: AliveColumn,
          /** The table for answers, which is created. */
          answers: Type.Optional(TableName),
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
export type RequestBridgeDocument = Static<typeof RequestBridgeDocument>;
