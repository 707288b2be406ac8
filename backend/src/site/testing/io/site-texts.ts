import { fileURLToPath } from 'node:url';
import { DocumentFault } from '@phloem/rules';
import { readProfiles } from '../../io/read-profiles.ts';
import { readFolder } from '../../io/read-folder.ts';
import { loadSite } from '../../load-site.ts';

export const profiles = readProfiles();
export const example = readFolder(fileURLToPath(new URL('../../../../../examples/flower-room/site/', import.meta.url)));

export const site = (spec: string): string => `apiVersion: phloem/v1
kind: Site
metadata: { id: house/site, title: House }
spec:
${spec}`;

export const smallSite = site(`  timeZone: Europe/Vienna
  locations: [ { id: house } ]
  buses: [ { id: line, transport: tcp, host: 127.0.0.1, port: 5020 } ]
  instruments:
    - { id: air, bus: line, unit: 2, profile: phloem-simulator-air, location: house, cluster: north, interval: 2s, measurements: { temperature: temperature, humidity: humidity } }
`);

export const devices = (body: string): string => `apiVersion: phloem/v1
kind: Devices
metadata: { id: house/devices }
spec:
  devices:
${body}`;

export const problemsOf = (...texts: readonly string[]): readonly string[] => {
  try {
    loadSite(
      texts.map((text, index) => ({ path: `${index}.yaml`, text })),
      profiles,
    );
  } catch (error) {
    if (error instanceof DocumentFault)
      return error.problems.map(
        (problem) => `${problem.file}:${problem.line}:${problem.column} ${problem.expected} | ${problem.found} | ${problem.hint}`,
      );
    throw error;
  }
  return [];
};
