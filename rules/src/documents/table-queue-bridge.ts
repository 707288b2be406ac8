import { Type, type Static } from 'typebox';
import { ScopeId } from '@phloem/protocol';
import { Origin } from './bridge-address.ts';
import { documentSchema } from './check.ts';
import { AliveColumn, DeviceTemplate, DeviceWords, ValueWords } from './request-bridge.ts';
import { ColumnName, TableName, TimeColumn } from './source-bridge.ts';
import { closed, DurationText } from './words.ts';

/** Takes requests for device states from a table to which another program adds a row for each, under the lease of a scope. */
export const TableQueueBridgeDocument = documentSchema(
  'Bridge',
  Type.Object(
    {
      origin: Origin,
      requests: Type.Object(
        {
          shape: Type.Literal('queue'),
          scope: ScopeId,
          table: TableName,
          /** The primary key. */
          id: ColumnName,
          device: DeviceTemplate,
          names: Type.Optional(DeviceWords),
          value: ColumnName,
          values: Type.Optional(ValueWords),
          op: Type.Optional(ColumnName),
          reason: Type.Optional(ColumnName),
          created: TimeColumn,
          /** Where the outcome is written. */
          outcome: Type.Object({ phase: ColumnName, code: Type.Optional(ColumnName), message: Type.Optional(ColumnName) }, closed),
          alive: AliveColumn,
          /** Older requests are refused. */
          maxAge: Type.Optional(DurationText),
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
export type TableQueueBridgeDocument = Static<typeof TableQueueBridgeDocument>;
