import { Type, type Static } from 'typebox';
import { AlarmPriority, LocationId, parseDay } from '@phloem/protocol';
import { findAddressProblems, SecretName, Url, type Complain } from './bridge-address.ts';
import { documentSchema, findProblems } from './check.ts';
import type { Problem } from './problem.ts';
import type { SourceDocument } from './source.ts';
import { closed, DurationText, text } from './words.ts';

const namePattern = '^[a-z][a-z0-9_-]{0,40}$';
const RecipientName = Type.String({ pattern: namePattern, expected: 'a name in lower case, such as maria' });
const records = { additionalProperties: false, expectedKey: 'a name in lower case, such as maria, as key' } as const;
const ClockText = Type.String({ pattern: '^([01]\\d|2[0-3]):[0-5]\\d$', expected: 'a time of day, such as "22:00"' });
const DayText = Type.String({ pattern: '^\\d{4}-\\d{2}-\\d{2}$', expected: 'a day, such as 2026-03-01' });

const EmailChannel = Type.Object(
  {
    kind: Type.Literal('email'),
    host: Type.String({ minLength: 1, maxLength: 253, expected: 'the name of a mail server' }),
    port: Type.Optional(Type.Integer({ minimum: 1, maximum: 65_535 })),
    /** How the connection is encrypted: from the first byte, by STARTTLS, or not at all (loopback only). */
    encryption: Type.Optional(Type.Enum(['tls', 'starttls', 'none'])),
    from: Type.String({ pattern: '^[^@\\s]+@[^@\\s]+$', expected: 'an e-mail address' }),
    user: Type.Optional(text(200)),
    secret: Type.Optional(SecretName),
  },
  closed,
);
const WebhookChannel = Type.Object({ kind: Type.Literal('webhook'), url: Url, secret: SecretName }, closed);
const NtfyChannel = Type.Object({ kind: Type.Literal('ntfy'), url: Url, secret: Type.Optional(SecretName) }, closed);

const Person = Type.Object(
  {
    title: Type.Optional(text(120)),
    addresses: Type.Record(Type.String(), Type.String({ minLength: 1, maxLength: 200 }), { minProperties: 1 }),
  },
  closed,
);
const Rota = Type.Object(
  {
    people: Type.Array(RecipientName, { minItems: 1, maxItems: 50 }),
    /** The first of them is on call from this day on. */
    from: DayText,
    /** When the next one takes over. */
    at: Type.Optional(ClockText),
    every: Type.Enum(['day', 'week']),
  },
  closed,
);
const Step = Type.Object({ notify: Type.Array(RecipientName, { minItems: 1, maxItems: 20 }), after: Type.Optional(DurationText) }, closed);
const Route = Type.Object(
  {
    priorities: Type.Array(AlarmPriority, { minItems: 1, maxItems: 4 }),
    locations: Type.Optional(Type.Array(LocationId, { minItems: 1, maxItems: 256 })),
    steps: Type.Array(Step, { minItems: 1, maxItems: 10 }),
    /** After the last step, everybody is notified again this often until somebody acknowledges. */
    repeat: Type.Optional(DurationText),
    /** Messages wait until the end of these hours; those of P1 never wait. */
    quiet: Type.Optional(Type.Object({ from: ClockText, to: ClockText }, closed)),
  },
  closed,
);

/** Who is notified of alarms, by what, and in which order. */
export const NotificationsDocument = documentSchema(
  'Notifications',
  Type.Object(
    {
      channels: Type.Record(
        Type.String({ pattern: namePattern }),
        Type.Union([EmailChannel, WebhookChannel, NtfyChannel], { expected: 'a channel of the kind email, webhook or ntfy' }),
        { ...records, minProperties: 1, maxProperties: 20 },
      ),
      people: Type.Optional(Type.Record(Type.String({ pattern: namePattern }), Person, { ...records, maxProperties: 200 })),
      rotas: Type.Optional(Type.Record(Type.String({ pattern: namePattern }), Rota, { ...records, maxProperties: 20 })),
      routes: Type.Array(Route, { minItems: 1, maxItems: 50 }),
    },
    closed,
  ),
);
export type NotificationsDocument = Static<typeof NotificationsDocument>;
export type NotificationChannel = NotificationsDocument['spec']['channels'][string];

const loopback: readonly string[] = ['127.0.0.1', '::1', 'localhost'];

/** Everything that is wrong with a document of the kind Notifications: its form, its names, and how its messages would travel. */
export const findNotificationsProblems = (source: SourceDocument): readonly Problem[] => {
  const problems = findProblems(NotificationsDocument, source);
  if (problems.length > 0) return problems;
  const { spec } = source.value as NotificationsDocument;
  const found: Problem[] = [];
  const complain: Complain = (path, expected, value, hint) => void found.push(source.problem(path, { expected, found: value, hint }));
  for (const [name, channel] of Object.entries(spec.channels)) checkChannel(name, channel, complain);
  checkPeople(spec, complain);
  const { people = {}, rotas = {}, channels } = spec;
  // A webhook has one receiver; a message by e-mail or ntfy needs the address of somebody.
  const withoutAddress = Object.keys(channels).filter((name) => channels[name]?.kind === 'webhook');
  const known = [...Object.keys(people), ...Object.keys(rotas), ...withoutAddress];
  spec.routes.forEach((route, index) => {
    route.steps.forEach(({ notify, after }, step) => {
      const path = ['spec', 'routes', String(index), 'steps', String(step)];
      if (step > 0 && after === undefined) complain(path, 'after: how long after the alarm this step begins', 'no after', '');
      for (const name of notify.filter((one) => !known.includes(one))) {
        complain([...path, 'notify'], 'a person, a rota, or a channel of the kind webhook', name, `known are ${known.join(', ')}`);
      }
    });
  });
  return found;
};

const checkChannel = (name: string, channel: NotificationChannel, complain: Complain): void => {
  const path = ['spec', 'channels', name];
  if (channel.kind !== 'email') {
    const complainHere: Complain = (_, ...rest) => complain([...path, 'url'], ...rest);
    findAddressProblems({ kind: 'webhook', url: channel.url }, name, complainHere);
    return;
  }
  if (channel.encryption === 'none' && !loopback.includes(channel.host)) {
    complain([...path, 'encryption'], 'tls or starttls: the message and its password would travel in clear', 'none', '');
  }
  if (channel.user !== undefined && channel.secret === undefined) complain(path, 'secret: the name of the password', 'none', '');
};

const checkPeople = ({ channels, people = {}, rotas = {} }: NotificationsDocument['spec'], complain: Complain): void => {
  for (const [name, { addresses }] of Object.entries(people)) {
    for (const [channel, address] of Object.entries(addresses)) {
      const path = ['spec', 'people', name, 'addresses', channel];
      const kind = channels[channel]?.kind;
      if (kind === undefined) complain(path, 'a channel of this document', channel, `known are ${Object.keys(channels).join(', ')}`);
      if (kind === 'email' && !/^[^@\s<>,]+@[^@\s<>,]+$/.test(address)) complain(path, 'an e-mail address', address, '');
      if (kind === 'ntfy' && !/^[-_A-Za-z0-9]{1,64}$/.test(address)) complain(path, 'a topic of letters, digits, - and _', address, '');
    }
  }
  for (const [name, rota] of Object.entries(rotas)) {
    if (parseDay(rota.from) === undefined) complain(['spec', 'rotas', name, 'from'], 'a day of the calendar', rota.from, '');
    for (const person of rota.people.filter((one) => people[one] === undefined)) {
      complain(['spec', 'rotas', name, 'people'], 'people of this document', person, `known are ${Object.keys(people).join(', ')}`);
    }
  }
  const names = [...Object.keys(channels), ...Object.keys(people), ...Object.keys(rotas)];
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) complain(['spec'], 'each name once among channels, people and rotas', twice, '');
};
