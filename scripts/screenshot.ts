// Makes the picture of the README: the panel of a running demonstration, after it has lived for a while.
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { chromium } from 'playwright-core';
import { findBrowser } from '../tests/support/find-browser.ts';
import { openMesh } from '../tests/support/mesh.ts';
import { built, startProcess } from '../tests/support/process.ts';
import { root } from '../tests/support/repository.ts';

const livesForMs = Number(process.argv[2] ?? 20) * 1000;

await using mesh = await openMesh();
// Its traces reach back further than it has lived, as they do after `phloem start`.
const past = await startProcess('past', [built.past, '--port', String(mesh.port), '--token-file', join(mesh.data, 'secrets/admin.token')]);
await past.ended;
const { executablePath, env } = await findBrowser();
const browser = await chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-gpu'], env: { ...process.env, ...env } });
const page = await browser.newPage({ viewport: { width: 1440, height: 900 }, colorScheme: 'light' });
await page.goto(`${mesh.url}${mesh.signIn}`);
await page.locator('[data-testid="panel"][data-screen="site"]').waitFor();
await new Promise((resolve) => setTimeout(resolve, livesForMs));
mkdirSync(join(root, 'docs'), { recursive: true });
await page.screenshot({ path: join(root, 'docs/panel.png') });
await browser.close();
process.stdout.write('docs/panel.png\n');
