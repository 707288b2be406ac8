import { Type, type Static } from 'typebox';
import { RenderedReason } from '../reasons/index.ts';
import { AlarmStatus } from './state.ts';

/** An alarm as it stands, as HTTP answers it: its reason has its sentence. */
export const AlarmAnswer = Type.Object(
  { ...AlarmStatus.properties, why: Type.Union([RenderedReason, Type.Null()]) },
  { additionalProperties: false },
);
export type AlarmAnswer = Static<typeof AlarmAnswer>;
