import { Profile } from '@phloem/backend';
import { describeDocuments } from '@phloem/cli';
import { documentKinds, toSourceDocument } from '@phloem/rules';
import { describe, expect, it } from 'vitest';
import { toEffect } from './support/key-effects.ts';
import { findKeys, kindOf, listKeys, type Schema } from './support/key-paths.ts';
import { sampleWorlds } from './support/key-samples.ts';
import { siteWorlds } from './support/key-site-samples.ts';
import { readWorlds } from './support/key-worlds.ts';

const schemas: Readonly<Record<string, Schema>> = { ...documentKinds, Profile };

const shown = new Set(
  readWorlds().flatMap(({ docs }) =>
    docs.flatMap(({ value }) => findKeys(schemas[kindOf(value)] ?? {}, value).map(({ path }) => `${kindOf(value)} ${path}`)),
  ),
);

describe('every key of every kind of document', () => {
  it.each(Object.entries(schemas))('%s: is in an example or a sample', (kind, schema) => {
    const keys = listKeys(schema).map(({ path }) => `${kind} ${path}`);
    expect(keys.length).toBeGreaterThan(5);
    expect(keys.filter((key) => !shown.has(key))).toEqual([]);
  });

  it.each(sampleWorlds)('$name: the samples compile and run', async (world) => {
    const [kind, part] = world.name.endsWith('interlocks') ? (['Interlocks', 'site'] as const) : (['Rule', 'bundle'] as const);
    expect(await toEffect(world, world.name.endsWith('test') ? 'RuleTest' : kind, part)).toMatchObject({ kind: 'does' });
  });

  it.each(siteWorlds)('$name: the samples load and run', async (world) => {
    expect(await toEffect(world, 'Site', 'site')).toMatchObject({ kind: 'does' });
  });
});

describe('what documents say of themselves', () => {
  it('is shown where a folder is checked: kind, id, title, owner and tags', () => {
    const document = (metadata: object) => toSourceDocument({ apiVersion: 'phloem/v1', kind: 'Rule', metadata, spec: {} }, 'a.yaml');
    expect(
      describeDocuments([
        document({ id: 'room/heat', title: 'Heat the room', owner: 'anna', tags: ['heating', 'night'] }),
        document({ id: 'room/cool' }),
        toSourceDocument({ profile: 'own-unit' }, 'p.json'),
      ]),
    ).toEqual(['  Rule room/heat: Heat the room; owner anna; tags heating, night', '  Rule room/cool']);
  });
});
