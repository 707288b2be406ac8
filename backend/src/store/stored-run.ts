import { createParse } from '@phloem/protocol';
import { Type } from 'typebox';
import type { LastRun } from '../log/lineage.ts';

/** What a hub stores about its run; `upMinusKernel` joins its uptime with that of the machine. */
export type StoredRun = LastRun & { readonly upMinusKernel: number | null };

/** The run that was stored last; null where there is none, or none that can be read. */
export function parseStoredRun(text: string | null): StoredRun | null {
  try {
    return text === null ? null : parseRun(JSON.parse(text));
  } catch {
    // A run that cannot be read proves nothing: the log goes on under a new epoch.
    return null;
  }
}

const RunSchema = Type.Object({
  epoch: Type.String(),
  lineage: Type.Array(Type.Object({ epoch: Type.String(), end: Type.Number() })),
  bootId: Type.String(),
  cleanHead: Type.Union([Type.Number(), Type.Null()]),
  file: Type.Optional(Type.Union([Type.String(), Type.Null()])),
  upMinusKernel: Type.Union([Type.Number(), Type.Null()]),
});
const parseRun = createParse(RunSchema, 'the last run of the hub', 'store/damaged');
