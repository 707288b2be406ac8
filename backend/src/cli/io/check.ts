import { relative } from 'node:path';
import { DocumentFault, readBundle, readDocuments, type Problem } from '@phloem/protocol/rules';
import { checkBundle } from '../../hub/check-bundle.ts';
import { compileSiteInterlocks } from '../../interlocks/compile-site-interlocks.ts';
import { loadSiteFolder } from './load-site-folder.ts';
import { demonstration } from './places.ts';
import { readFolder } from './read-folder.ts';

const count = (n: number, what: string): string => `${n} ${what}${n === 1 ? '' : 's'}`;

/** What a folder holds. */
type Checked = { readonly kind: 'site' | 'bundle'; readonly hash: string; readonly documents: number; readonly says: string };

/**
 * Checks a folder of site documents, or of bundle documents against a site, and says what it holds. With `isJson` the
 * problems are told as JSON, and the exit code is 2 when there are some.
 *
 * @throws Fault with every problem found.
 */
export const checkFolder = (folder: string, siteFolder: string | null, isJson = false): void => {
  const tell = (answer: object): void => void process.stdout.write(`${JSON.stringify({ folder, ...answer }, null, 2)}\n`);
  try {
    const { says, ...checked } = check(folder, siteFolder);
    if (isJson) tell({ isRight: true, ...checked, problems: [] });
    else process.stdout.write(`${relative(process.cwd(), folder) || '.'}: ${says} (${checked.hash.slice(0, 12)})\n`);
  } catch (error) {
    if (!isJson || !(error instanceof DocumentFault)) throw error;
    tell({ isRight: false, problems: error.problems satisfies readonly Problem[] });
    process.exitCode = 2;
  }
};

const check = (folder: string, siteFolder: string | null): Checked => {
  const files = readFolder(folder);
  const kinds = readDocuments(files).map(({ value }) => (value as { kind?: unknown } | null)?.kind);
  if (kinds.some((kind) => kind === 'Site' || kind === 'Devices')) {
    const { site, hash } = loadSiteFolder(folder, {});
    const interlocks = compileSiteInterlocks(site);
    const parts = [
      count(site.points.length, 'point'),
      count(site.devices.length, 'device'),
      count(interlocks.phases(interlocks.start()).length, 'interlock'),
      count(site.buses.length, 'line'),
    ];
    return { kind: 'site', hash, documents: kinds.length, says: `a site, ${parts.join(', ')}` };
  }
  const { site } = loadSiteFolder(siteFolder ?? demonstration.site, {});
  const { scope, hash } = checkBundle(readBundle(files), site);
  const says = `a bundle for ${scope}, ${count(kinds.length, 'document')}, checked against ${site.title}`;
  return { kind: 'bundle', hash, documents: kinds.length, says };
};
