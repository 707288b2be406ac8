import { readBundle, readDocuments } from '@phloem/protocol/rules';
import { relative } from 'node:path';
import { checkBundle } from '../../hub/check-bundle.ts';
import { loadSiteFolder } from './load-site-folder.ts';
import { demonstration } from './places.ts';
import { readFolder } from './read-folder.ts';

const count = (n: number, what: string): string => `${n} ${what}${n === 1 ? '' : 's'}`;

/**
 * Checks a folder of site documents, or of bundle documents against a site, and says what it holds.
 *
 * @throws Fault with every problem found.
 */
export const checkFolder = (folder: string, siteFolder: string | null): void => {
  const files = readFolder(folder);
  const kinds = readDocuments(files).map(({ value }) => (value as { kind?: unknown } | null)?.kind);
  if (kinds.some((kind) => kind === 'Site' || kind === 'Devices')) {
    const { site, hash } = loadSiteFolder(folder, {});
    const parts = [count(site.points.length, 'point'), count(site.devices.length, 'device'), count(site.buses.length, 'line')];
    process.stdout.write(`${relative(process.cwd(), folder) || '.'}: a site, ${parts.join(', ')} (${hash.slice(0, 12)})\n`);
    return;
  }
  const { site } = loadSiteFolder(siteFolder ?? demonstration.site, {});
  const { scope, hash } = checkBundle(readBundle(files), site);
  process.stdout.write(
    `${relative(process.cwd(), folder) || '.'}: a bundle for ${scope}, ${count(kinds.length, 'document')}, checked against ${site.title} (${hash.slice(0, 12)})\n`,
  );
};
