import { Type, type Static } from 'typebox';
import { WallTime } from '../entries/entry.ts';
import { CursorName, Epoch, Lsn, NodeId } from '../names.ts';

const closed = { additionalProperties: false } as const;

/** A named cursor as `GET /api/v1/cursors` lists it. */
export const CursorAnswer = Type.Object(
  {
    name: CursorName,
    /** The node that made it, and alone may use it. */
    node: NodeId,
    epoch: Epoch,
    /** The newest entry that was worked off. */
    lsn: Lsn,
    /** How many entries are behind it. */
    lag: Type.Integer({ minimum: 0 }),
    /** When it was committed last, by the wall clock. */
    committedAt: WallTime,
    isConnected: Type.Boolean(),
    /** `behind`: retention will soon remove what it has not read; `lost`: it has. */
    state: Type.Enum(['good', 'behind', 'lost']),
  },
  closed,
);
/** All named cursors, by name. */
export const CursorAnswers = Type.Array(CursorAnswer, { maxItems: 10_000 });

export type CursorAnswer = Static<typeof CursorAnswer>;
