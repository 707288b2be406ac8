import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { readProfiles } from '@phloem/backend';
import { readDocuments } from '@phloem/rules';
import { readFolderFiles } from '../../support/folder.ts';
import { root } from '../../support/repository.ts';
import type { Doc, World } from './key-effects.ts';
import { sampleWorlds } from './key-samples.ts';
import { siteWorlds } from './key-site-samples.ts';

const docsOf = (folder: string, part: Doc['part']): readonly Doc[] =>
  existsSync(folder) ? readDocuments(readFolderFiles(folder)).map(({ file, value }) => ({ file, part, value })) : [];

const zones: Readonly<Record<string, string>> = {
  'flower-room': 'Europe/Berlin',
  actuators: 'Europe/Berlin',
  handbook: 'Europe/Amsterdam',
};

const readExamples = (): readonly World[] =>
  readdirSync(join(root, 'examples')).map((name) => ({
    name,
    timeZone: zones[name] ?? 'UTC',
    docs: [...docsOf(join(root, 'examples', name, 'site'), 'site'), ...docsOf(join(root, 'examples', name, 'bundle'), 'bundle')],
  }));

const readRecipes = (): readonly World[] =>
  readdirSync(join(root, 'examples/handbook'))
    .filter((name) => existsSync(join(root, 'examples/handbook', name, 'test.yaml')))
    .map((name) => ({
      name: `handbook/${name}`,
      timeZone: 'UTC',
      docs: docsOf(join(root, 'examples/handbook', name), 'bundle').map((doc) => ({
        ...doc,
        part: doc.file === 'site.yaml' ? 'site' : 'bundle',
      })),
    }));

/** Each profile in a site that reads all that can be read of it. */
const toProfileWorlds = (): readonly World[] =>
  readProfiles().map((profile) => ({
    name: `profile ${profile.profile}`,
    timeZone: 'UTC',
    docs: [
      { file: 'profile.json', part: 'site', value: profile },
      {
        file: 'site.yaml',
        part: 'site',
        value: {
          apiVersion: 'phloem/v1',
          kind: 'Site',
          metadata: { id: 'bench/site' },
          spec: {
            timeZone: 'UTC',
            locations: [{ id: 'bench' }],
            buses: [{ id: 'line', transport: 'tcp', host: '127.0.0.1', port: 5020 }],
            instruments: [
              {
                id: 'unit',
                bus: 'line',
                unit: 1,
                profile: profile.profile,
                location: 'bench',
                cluster: 'all',
                interval: '10s',
                measurements: Object.fromEntries(
                  Object.entries(profile.points).flatMap(([name, { access, clearOnRead }]) =>
                    access === 'write' || clearOnRead === true ? [] : [[name, name]],
                  ),
                ),
              },
            ],
          },
        },
      },
    ],
  }));

/** Samples, every example and every profile of the hub. */
export const readWorlds = (): readonly World[] => [
  ...sampleWorlds,
  ...siteWorlds,
  ...readExamples(),
  ...readRecipes(),
  ...toProfileWorlds(),
];
