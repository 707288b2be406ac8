import { RenderedReason, withMessage } from '@phloem/protocol';
import { Type, type Static } from 'typebox';
import type { InterlockService } from '../interlocks/interlock-service.ts';
import { toIsoText } from '@phloem/protocol';

/** An interlock as HTTP shows it. */
export const InterlockAnswer = Type.Object({
  id: Type.String(),
  state: Type.Enum(['clear', 'tripped', 'latched']),
  why: RenderedReason,
  since: Type.Union([Type.String({ format: 'date-time' }), Type.Null()], { description: 'when it came to stand so' }),
  isResettable: Type.Boolean({ description: 'whether an operator may let it go now' }),
});
export type InterlockAnswer = Static<typeof InterlockAnswer>;

/** The interlocks, in the order of the site. */
export const toInterlockAnswers = (interlocks: Pick<InterlockService, 'status'>): InterlockAnswer[] =>
  interlocks.status().map(({ since, why, lsn: _lsn, devices: _devices, ...rest }) => ({
    ...rest,
    why: withMessage(why, { time: String }),
    since: since === null ? null : toIsoText(since),
  }));
