import { readdirSync, readFileSync } from 'node:fs';
import { compileBundle, compileInterlocks, kindOf, readBundle, readDocuments, toSiteModel } from '@phloem/rules';
import { describe, expect, it } from 'vitest';
import { loadSite, readProfiles } from '@phloem/backend/documents';
import { formatDocument } from './format-document.ts';
import { createDocument, templateKinds } from './templates.ts';

const readFolder = (name: string): readonly { path: string; text: string }[] => {
  const folder = new URL(`../../../examples/flower-room/${name}/`, import.meta.url);
  return readdirSync(folder)
    .toSorted()
    .map((path) => ({ path, text: readFileSync(new URL(path, folder), 'utf8') }));
};
const siteFiles = readFolder('site');
const { site } = loadSite(siteFiles, readProfiles());

describe('a new document', () => {
  it.each(templateKinds.filter((kind) => !['Site', 'Devices', 'Interlocks'].includes(kind)))(
    '%s passes the check beside the demonstration',
    (kind) => {
      const files = [...readFolder('bundle'), { path: 'new.yaml', text: createDocument(kind) }];
      // A loop and a rule on one device want something to give way.
      const clear = kind === 'Loop' ? files.filter(({ path }) => !path.startsWith('22-')) : files;
      expect(() => compileBundle(readBundle(clear), toSiteModel(site))).not.toThrow();
    },
  );

  it('Site and Devices make a site', () => {
    const files = ['Site', 'devices'].map((kind) => ({ path: `${kind}.yaml`, text: createDocument(kind) }));
    expect(loadSite(files, readProfiles()).site.devices.map(({ id }) => id)).toEqual(['flower_room/new_pump']);
  });

  it('Interlocks pass the check', () => {
    const sources = readDocuments([{ path: 'new.yaml', text: createDocument('Interlocks') }]);
    expect(sources.map(kindOf)).toEqual(['Signals', 'Interlocks']);
    expect(() => compileInterlocks(sources, toSiteModel(site))).not.toThrow();
  });

  it.each(templateKinds)('%s is formatted, and has comments', (kind) => {
    const text = createDocument(kind);
    expect(formatDocument(text, 'new.yaml')).toBe(text);
    expect(text.match(/#/g)?.length).toBeGreaterThan(1);
  });

  it('has the id that was asked for, which must be one', () => {
    expect(createDocument('Rule', 'room_2/dry')).toContain('metadata: { id: room_2/dry,');
    expect(() => createDocument('Rule', 'No Id')).toThrow(/such as flower_room/);
    expect(() => createDocument('Sequence')).toThrow(/there is Signals, /);
  });
});
