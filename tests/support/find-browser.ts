import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { inflate } from '@sparticuz/chromium';
import { root } from './repository.ts';

/** A Chromium that can be started, with what it must find in its environment. */
export type Browser = { readonly executablePath: string; readonly env: Readonly<Record<string, string>> };

const installed = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];

/**
 * A browser that is installed; otherwise the one that comes inside a package of the workspace, unpacked once into the
 * workspace's cache. `PHLOEM_BROWSER=bundled` takes the latter in any case.
 */
export const findBrowser = async (): Promise<Browser> => {
  const found = process.env['PHLOEM_BROWSER'] === 'bundled' ? undefined : installed.find((path) => existsSync(path));
  return found === undefined ? unpackBundled() : { executablePath: found, env: {} };
};

const unpackBundled = async (): Promise<Browser> => {
  const bin = join(dirname(createRequire(import.meta.url).resolve('@sparticuz/chromium')), '../bin');
  const cache = join(root, 'node_modules/.cache/phloem/chromium');
  mkdirSync(cache, { recursive: true });
  // The package unpacks below the folder for temporary files, by fixed names; ours is shared with nobody.
  const before = process.env['TMPDIR'];
  process.env['TMPDIR'] = cache;
  try {
    for (const archive of ['al2023.tar.br', 'fonts.tar.br', 'swiftshader.tar.br']) await inflate(join(bin, archive));
    const executablePath = await inflate(join(bin, 'chromium.br'));
    const fontConfig = join(cache, 'fonts.conf');
    writeFileSync(fontConfig, toFontConfig(cache));
    return { executablePath, env: { LD_LIBRARY_PATH: join(cache, 'al2023/lib'), FONTCONFIG_FILE: fontConfig } };
  } finally {
    if (before === undefined) delete process.env['TMPDIR'];
    else process.env['TMPDIR'] = before;
  }
};

/** The package's own configuration names folders of another machine: without a font, text has no height. */
const toFontConfig = (cache: string): string => `<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig>
  <dir>${join(cache, 'fonts')}</dir>
  <dir>/usr/share/fonts</dir>
  <cachedir>${join(cache, 'fonts-cache')}</cachedir>
</fontconfig>
`;
