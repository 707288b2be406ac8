import { Type, type Static } from 'typebox';
import { ScopeId } from '@phloem/protocol';
import { SecretName, Url } from './bridge-address.ts';
import { documentSchema } from './check.ts';
import { closed, DurationText } from './words.ts';

/** The kinds of servers whose queues a bridge can take requests from. */
export const queueKinds = ['redis', 'rabbitmq'] as const;

/** Takes requests for device states from a queue of another program, under the lease of a scope. */
export const QueueBridgeDocument = documentSchema(
  'Bridge',
  Type.Object(
    {
      origin: Type.Object({ kind: Type.Enum([...queueKinds]), url: Url, secret: Type.Optional(SecretName) }, closed),
      requests: Type.Object(
        {
          scope: ScopeId,
          /** Before the names of keys or queues. */
          prefix: Type.String({ pattern: '^[A-Za-z0-9_:.-]{1,120}$', expected: 'a prefix of letters, digits and : . _ -' }),
          alive: Type.Object({ within: DurationText }, closed),
          /** Older requests are refused. */
          maxAge: Type.Optional(DurationText),
        },
        closed,
      ),
      /** Whether `phloem start` runs it. */
      isEnabled: Type.Optional(Type.Boolean()),
    },
    closed,
  ),
);
export type QueueBridgeDocument = Static<typeof QueueBridgeDocument>;
