// Packs the libraries, the nodes for Node-RED and the product into tarballs: `npm run packs -- [folder]`.
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { packFolders } from './run.ts';
import { stageLibraries, stagePlugins } from './stage-package.ts';
import { stageProduct } from './stage-product.ts';

const target = resolve(process.argv[2] ?? 'dist/packs');
mkdirSync(target, { recursive: true });
const staging = mkdtempSync(join(tmpdir(), 'phloem-packs-'));
try {
  const folders = [...stageLibraries(staging), ...stagePlugins(staging), stageProduct(join(staging, 'product'))];
  for (const tarball of packFolders(folders, target)) process.stdout.write(`${tarball}\n`);
} finally {
  rmSync(staging, { recursive: true, force: true });
}
