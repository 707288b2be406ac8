import { join } from 'node:path';
import { checkBundle, loadSite, readProfiles } from '@phloem/backend';
import { readBundle } from '@phloem/rules';
import { readFolderFiles } from '../support/folder.ts';
import { root } from '../support/repository.ts';

const example = join(root, 'examples/flower-room');

/** The cold store hangs on a gateway of its own. */
const coldGateway = '{ id: cold, transport: tcp, host: 127.0.0.2, port: 5020, connectTimeout: 2s, answerTimeout: 500ms }';

/**
 * The site of the demonstration as it would be wired in a building: two gateways, and instruments read every few seconds.
 * Slower polls also keep twelve hours of night affordable.
 */
const toNightSite = (text: string): string =>
  text
    .replace(/^( +)- \{ id: simulator, transport.*$/m, `$&\n$1- ${coldGateway}`)
    .replaceAll(/bus: simulator(,?\s+unit: 3\d)/g, 'bus: cold$1')
    .replaceAll(/interval: \ds/g, 'interval: 10s')
    .replaceAll(/^( +)failSafe: /gm, '$1poll: 10s\n$&');

const loaded = loadSite(
  readFolderFiles(join(example, 'site')).map(({ path, text }) => ({ path, text: toNightSite(text) })),
  readProfiles(),
);

/** The site of the night and its canonical text. */
export const { site, content: siteContent } = loaded;

const bundleContent = readBundle(readFolderFiles(join(example, 'bundle')));

/** The rules of the night: those of the demonstration. */
export const bundle = { content: bundleContent, ...checkBundle(bundleContent, site) };
