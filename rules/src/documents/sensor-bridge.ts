import { Type, type Static } from 'typebox';
import { SecretName, Url } from './bridge-address.ts';
import { documentSchema } from './check.ts';
import { closed } from './words.ts';

const part = '([a-z][a-z0-9_]{0,62}|\\{[A-Za-z_][A-Za-z0-9_]{0,62}\\})';

/** Reads readings from the messages of an MQTT broker. */
export const SensorBridgeDocument = documentSchema(
  'Bridge',
  Type.Object(
    {
      origin: Type.Object({ kind: Type.Literal('mqtt'), url: Url, secret: Type.Optional(SecretName) }, closed),
      sensors: Type.Object(
        {
          source: Type.String({ pattern: '^[a-z][a-z0-9_]{0,62}$', expected: 'the id of a source of the Site document' }),
          topics: Type.Record(
            Type.String({ pattern: '^[^#+]{1,200}$' }),
            Type.Record(
              Type.String({ pattern: `^${part}/${part}/${part}$` }),
              Type.String({ minLength: 1, maxLength: 200, expected: 'where the value is in the payload, such as temperature, or $' }),
              {
                minProperties: 1,
                maxProperties: 100,
                additionalProperties: false,
                expectedKey: 'a point as key, such as "dry/{sensor}/temperature"',
              },
            ),
            {
              minProperties: 1,
              maxProperties: 200,
              additionalProperties: false,
              expectedKey: 'a topic as key, such as "zigbee2mqtt/{sensor}"',
            },
          ),
          /** What a level says instead of a word of a point. */
          names: Type.Optional(Type.Record(Type.String(), Type.String({ pattern: '^[a-z][a-z0-9_]{0,62}$' }), { maxProperties: 1000 })),
        },
        closed,
      ),
      /** Whether `phloem start` runs it. */
      isEnabled: Type.Optional(Type.Boolean()),
    },
    closed,
  ),
);
export type SensorBridgeDocument = Static<typeof SensorBridgeDocument>;
