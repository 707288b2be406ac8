import { Type, type TSchema } from 'typebox';
import { describe, expect, it } from 'vitest';
import { Checkpoint } from './checkpoint.ts';
import { hubEvents } from './messages/events.ts';
import { BusHealthAnswer, BusReadAnswer, RegisterAnswers } from './http/buses.ts';
import { DeviceTimeline, PointHistory } from './http/history.ts';
import { KioskAnswers, LinkAnswer } from './http/kiosks.ts';
import { LocationMarks, NoteAnswer } from './http/marks.ts';
import { MeAnswer, OverridePreview } from './http/overrides.ts';
import { PointRecordsAnswer } from './http/point-records.ts';
import { SetpointsAhead } from './http/setpoints.ts';
import { OffsetStatus } from './http/offset-status.ts';
import { readUnknownAs, toOpenSchema, toUnknownValue, type SchemaNode } from './open-schema.ts';
import { createOpenParse, createParse } from './parse.ts';
import { OverrideStatus, PointState, Snapshot } from './messages/state.ts';

const closed = { additionalProperties: false } as const;
const Item = Type.Object({ name: Type.String({ maxLength: 5 }), kind: Type.Enum(['a', 'b']) }, closed);
const Message = Type.Object(
  {
    q: Type.Enum(['good', 'bad'], readUnknownAs('bad', 'v')),
    v: Type.Union([Type.Number(), Type.Null()]),
    phase: Type.Union([Type.Enum(['on', 'unknown'], readUnknownAs('unknown')), Type.Null()]),
    items: Type.Array(Item, { maxItems: 2 }),
    why: Type.Optional(Type.Enum(['old'])),
    by: Type.Union([Type.Literal('operator'), Type.Null()]),
    known: Type.Record(Type.String({ pattern: '^[a-z]+$' }), Type.Enum(['x'])),
    place: Type.Optional(
      Type.Union([Type.Object({ kind: Type.Literal('here') }, closed), Type.Object({ kind: Type.Literal('there') }, closed)]),
    ),
  },
  closed,
);
const message = { q: 'good', v: 1, phase: 'on', items: [{ name: 'one', kind: 'a' }], by: 'operator', known: { one: 'x' } };
const parse = createOpenParse(Message, 'message');

describe('an open schema', () => {
  it('[VE3] lets members of a later version pass, at any depth, and hands the message on as it is', () => {
    const wide = { ...message, items: [{ name: 'one', kind: 'a', more: { deep: true } }], more: [1] };
    expect(() => createParse(Message, 'message')(wide)).toThrow('unknown member');
    expect(parse(wide)).toBe(wide);
  });

  it('[VE3] lets texts and lists be longer than today', () => {
    const long = { ...message, items: Array.from({ length: 9 }, () => ({ name: 'a long name', kind: 'b' })) };
    expect(parse(long)).toBe(long);
  });

  it.each([
    ['a missing member', { ...message, v: undefined }, 'at /v: must be'],
    ['a member of another type', { ...message, q: 5 }, 'at /q: must be one of "good", "bad"'],
    ['an item of another type', { ...message, items: ['one'] }, 'at /items/0: must be an object'],
    ['a name that nothing can be made of', { ...message, known: 'x' }, 'at /known'],
    ['no object', null, 'must be an object'],
  ])('[VE6] refuses %s, and says where', (_, wrong, says) => {
    expect(() => parse(wrong)).toThrow(says);
  });
});

describe('a name that an enumeration does not list', () => {
  it.each([
    ['is read as documented, and what depends on it has no value', { q: 'fine' }, { q: 'bad', v: null }],
    ['is read as documented where null would do too', { phase: 'rehearsed' }, { phase: 'unknown' }],
    ['in a member that may be null makes that null', { by: 'director' }, { by: null }],
    ['in a list leaves its item out', { items: [{ name: 'two', kind: 'z' }, ...message.items] }, { items: message.items }],
    ['in an optional member leaves that out', { why: 'newest' }, {}],
    ['of a choice leaves that out', { place: { kind: 'elsewhere', at: 5 } }, {}],
    ['in a record leaves its name out', { known: { one: 'x', two: 'y' } }, { known: { one: 'x' } }],
  ])('[VE5] %s', (_, change, read) => {
    const given = { ...message, ...change };
    const before = structuredClone(given);
    expect(parse(given)).toEqual({ ...message, ...read });
    expect(given).toEqual(before);
  });

  it('[VE5] in a required member without a documented reading makes the whole message unreadable', () => {
    const Bare = Type.Object({ state: Type.Enum(['a']) });
    expect(() => createOpenParse(Bare, 'bare')({ state: 'z' })).toThrow('bare at /state: must be one of "a"');
  });

  it('[VE5] never makes a value usable: a point of a quality that nobody knows has no value', () => {
    const point = { id: 'a/b/c', v: 21, q: 'excellent', lsn: 1, reported: 5, changed: 5 };
    expect(createOpenParse(PointState, 'point')(point)).toMatchObject({ q: 'bad', v: null });
  });
});

/** Where a schema has an enumeration that no reading is documented for and that cannot be left out. */
const findStrict = (node: SchemaNode, path: string, isOptional: boolean): readonly string[] => {
  const known = node.enum ?? ('const' in node ? [node.const] : []);
  const isText = known.length > 0 && known.every((each) => typeof each === 'string');
  if (isText && !isOptional && toUnknownValue(node) === undefined) return [path];
  const { anyOf = [], items, properties = {}, patternProperties = {}, required = [] } = node;
  return [
    ...anyOf.flatMap((choice) => findStrict(choice, path, isOptional || anyOf.some(({ type }) => type === 'null'))),
    ...[items ?? []].flat().flatMap((item) => findStrict(item, `${path}[]`, isOptional || !Array.isArray(items))),
    ...Object.entries(properties).flatMap(([name, each]) => findStrict(each, `${path}/${name}`, isOptional || !required.includes(name))),
    ...Object.entries(patternProperties).flatMap(([, each]) => findStrict(each, `${path}/*`, true)),
  ];
};

describe('what a hub sends', () => {
  const { entries: _, ...events } = hubEvents;
  const answers = {
    BusHealthAnswer,
    BusReadAnswer,
    Checkpoint,
    DeviceTimeline,
    KioskAnswers,
    LinkAnswer,
    LocationMarks,
    MeAnswer,
    NoteAnswer,
    OffsetStatus,
    OverridePreview,
    OverrideStatus,
    PointHistory,
    PointRecordsAnswer,
    RegisterAnswers,
    SetpointsAhead,
  };

  it.each(Object.entries({ ...events, ...answers }))(
    '[VE5] %s holds no enumeration that a new name would make unreadable',
    (_name, schema) => {
      expect(findStrict(schema as SchemaNode, '', false)).toEqual([]);
    },
  );

  it('[VE3] is read openly at every depth', () => {
    const rest = JSON.stringify([toOpenSchema(Snapshot), toOpenSchema(hubEvents.welcome as TSchema)]);
    expect(rest).not.toContain('"additionalProperties":false');
    expect(rest).not.toContain('maxLength');
    expect(rest).toContain('x-unknown');
  });
});
