// Packs the libraries and the product into tarballs: `npm run packs -- [folder]`.
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { packFolders } from './run.ts';
import { stageLibraries } from './stage-package.ts';
import { stageProduct } from './stage-product.ts';

const target = resolve(process.argv[2] ?? 'dist/packs');
mkdirSync(target, { recursive: true });
const staging = mkdtempSync(join(tmpdir(), 'phloem-packs-'));
try {
  const folders = [...stageLibraries(staging), stageProduct(join(staging, 'product'))];
  for (const tarball of packFolders(folders, target)) process.stdout.write(`${tarball}\n`);
} finally {
  rmSync(staging, { recursive: true, force: true });
}
