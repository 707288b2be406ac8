import { relative } from 'node:path';
import {
  compileSiteAlarms,
  toSiteModel,
  toSourceDocument,
  DocumentFault,
  kindOf,
  readBundle,
  readDocuments,
  type Problem,
} from '@phloem/rules';
import { checkBundle, compileSiteInterlocks, loadSiteFolder, readFolder } from '@phloem/backend/documents';
import { describeDocuments } from '../rules/describe-documents.ts';
import { demonstration } from './places.ts';
import { printJson, printLines } from './print.ts';

const count = (n: number, what: string, plural = `${what}s`): string => `${n} ${n === 1 ? what : plural}`;

/** What a folder holds. */
type Checked = {
  readonly kind: 'site' | 'bundle';
  readonly hash: string;
  readonly documents: number;
  readonly says: string;
  readonly lines: readonly string[];
};

/**
 * Checks a folder of site documents, or of bundle documents against a site, and says what it holds and what each document says of
 * itself. With `isJson` the
 * problems are reported as JSON, and the exit code is 2 when there are some.
 *
 * @throws Fault with every problem found.
 */
export const checkFolder = (folder: string, siteFolder: string | null, isJson = false): void => {
  const tell = (answer: object): void => printJson({ folder, ...answer }, 2);
  try {
    const { says, lines, ...checked } = check(folder, siteFolder);
    if (isJson) tell({ isRight: true, ...checked, problems: [] });
    else printLines([`${relative(process.cwd(), folder) || '.'}: ${says} (${checked.hash.slice(0, 12)})`, ...lines]);
  } catch (error) {
    if (!isJson || !(error instanceof DocumentFault)) throw error;
    tell({ isRight: false, problems: error.problems satisfies readonly Problem[] });
    process.exitCode = 2;
  }
};

const check = (folder: string, siteFolder: string | null): Checked => {
  const files = readFolder(folder);
  const sources = readDocuments(files);
  const kinds = sources.map(kindOf);
  if (kinds.some((kind) => kind === 'Site' || kind === 'Devices' || kind === 'Bridge')) {
    const { site, hash } = loadSiteFolder(folder, {});
    const interlocks = compileSiteInterlocks(site);
    const alarms = compileSiteAlarms(
      (site.alarms ?? []).map((document, index) => toSourceDocument(document, `alarms ${index + 1}`)),
      toSiteModel(site),
    );
    const parts = [
      count(site.points.length, 'point'),
      count(site.devices.length, 'device'),
      count(interlocks.phases(interlocks.start()).length, 'interlock'),
      count(alarms.definitions.filter(({ id }) => !id.endsWith('/unknown')).length, 'alarm'),
      count(site.buses.length, 'bus', 'buses'),
    ];
    return { kind: 'site', hash, documents: kinds.length, says: `a site, ${parts.join(', ')}`, lines: describeDocuments(sources) };
  }
  const { site } = loadSiteFolder(siteFolder ?? demonstration.site, {});
  const { scope, hash } = checkBundle(readBundle(files), site);
  const where = scope === '' ? 'that commands no device' : `for ${scope}`;
  const says = `a bundle ${where}, ${count(kinds.length, 'document')}, checked against ${site.title}`;
  return { kind: 'bundle', hash, documents: kinds.length, says, lines: describeDocuments(sources) };
};
