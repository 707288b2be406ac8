import { Type, type Static } from 'typebox';
import { DocumentHash, Epoch, Lsn } from './names.ts';

/**
 * What a rule engine was after the entry at `cursor`, with what it ran. `state` is the service's own and opaque to the
 * hub; `hash` is the hash of that text.
 */
export const Checkpoint = Type.Object(
  {
    epoch: Epoch,
    cursor: Lsn,
    bundle: DocumentHash,
    site: DocumentHash,
    engine: Type.String({ maxLength: 120 }),
    hash: Type.String({ maxLength: 128 }),
    state: Type.String(),
  },
  { additionalProperties: false },
);
export type Checkpoint = Static<typeof Checkpoint>;
