import { Type, type Static } from 'typebox';
import { CursorName } from '../names.ts';
import { SubscriptionRequest } from './stream.ts';

const closed = { additionalProperties: false } as const;

/**
 * A subscription as a connected node asks for it. With `name` the hub keeps its cursor: without a `cursor` it goes on where it was
 * committed last. With `upTo: 'durable'` nothing is sent that a power cut could still take back.
 */
export const NamedSubscriptionRequest = Type.Object(
  { ...SubscriptionRequest.properties, name: Type.Optional(CursorName), upTo: Type.Optional(Type.Literal('durable')) },
  closed,
);
export type NamedSubscriptionRequest = Static<typeof NamedSubscriptionRequest>;
