import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { chromium, type CDPSession, type Page } from 'playwright-core';
import { findBrowser } from '../support/find-browser.ts';
import { openMesh, type Mesh } from '../support/mesh.ts';
import { root } from '../support/repository.ts';
import { openModbusUnits } from './peers/modbus-units.ts';
import type { Finding } from './report.ts';

const units = 10;
const pointsOfUnit = 20;
const intervalMs = 100;
const settleSeconds = 10;
const seconds = 60;

/** A room of 200 points that are read ten times a second, as documents. */
const toSite = (port: number): string => {
  const measurements = Array.from({ length: pointsOfUnit }, (_, index) => `m${index}: { point: holding_u16 }`).join(', ');
  const instruments = Array.from(
    { length: units },
    (_, index) =>
      `    - { id: i${index}, bus: line, unit: ${index + 1}, profile: generic, location: house, cluster: c${index}, interval: ${intervalMs}ms, measurements: { ${measurements} } }`,
  );
  return `apiVersion: phloem/v1
kind: Site
metadata: { id: house/site, title: House }
spec:
  timeZone: UTC
  locations: [ { id: house, title: House } ]
  buses: [ { id: line, transport: tcp, host: 127.0.0.1, port: ${port} } ]
  instruments:
${instruments.join('\n')}
`;
};

type Sample = { readonly script: number; readonly layout: number; readonly task: number; readonly heap: number; readonly frames: number };

const sample = async (page: Page, session: CDPSession): Promise<Sample> => {
  await session.send('HeapProfiler.collectGarbage');
  const { metrics } = await session.send('Performance.getMetrics');
  const read = (name: string): number => metrics.find((metric) => metric.name === name)?.value ?? Number.NaN;
  const frames = await page.evaluate(() => (globalThis as unknown as { drawn: number }).drawn);
  return {
    script: read('ScriptDuration') * 1000,
    layout: (read('LayoutDuration') + read('RecalcStyleDuration')) * 1000,
    task: read('TaskDuration') * 1000,
    heap: read('JSHeapUsedSize') / 1024 / 1024,
    frames,
  };
};

/** Counts frames and long tasks; runs in the page before anything of it. */
const countFrames = `
  globalThis.drawn = 0;
  globalThis.longest = 0;
  const frame = () => {
    globalThis.drawn += 1;
    requestAnimationFrame(frame);
  };
  requestAnimationFrame(frame);
  new PerformanceObserver((list) => {
    for (const { duration } of list.getEntries()) globalThis.longest = Math.max(globalThis.longest, duration);
  }).observe({ type: 'longtask' });
`;

/** What the page loads before its first value, compressed as a browser would get it over the net. */
const measureScripts = (page: Page) => {
  const files = new Set<string>();
  page.on('request', (request) => {
    const { pathname } = new URL(request.url());
    if (pathname.endsWith('.js')) files.add(pathname);
  });
  return (): number =>
    [...files].reduce((sum, path) => sum + gzipSync(readFileSync(join(root, 'web-ui/dist', path)), { level: 9 }).length, 0) / 1000;
};

const measure = async (demonstration: Mesh, mesh: Mesh): Promise<Finding> => {
  const { executablePath, env } = await findBrowser();
  const browser = await chromium.launch({
    executablePath,
    args: ['--no-sandbox', '--disable-gpu', '--enable-precise-memory-info'],
    env: { ...process.env, ...env },
  });
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 } });
  const page = await context.newPage();
  await page.addInitScript({ content: countFrames });
  const signIn = async (to: Mesh): Promise<void> => {
    await page.goto(`${to.url}${await to.signInPath()}`);
    await page.locator('[data-testid="panel"][data-screen="site"]').waitFor();
  };
  await signIn(demonstration);

  // The page as somebody opens it who was signed in yesterday.
  const scripts = measureScripts(page);
  const began = performance.now();
  await page.goto(demonstration.url);
  await page.locator('[data-point][data-freshness="fresh"]').first().waitFor();
  const firstMs = performance.now() - began;
  const scriptKb = scripts();

  await signIn(mesh);
  await page.goto(`${mesh.url}/room/house`);
  // On a busy machine such fast points may be late for a moment.
  await page.locator('[data-point]:is([data-freshness="fresh"], [data-freshness="late"])').first().waitFor();
  const session = await context.newCDPSession(page);
  await session.send('Performance.enable');
  await pause(settleSeconds * 1000);
  await page.evaluate(() => ((globalThis as unknown as { longest: number }).longest = 0));
  const from = await sample(page, session);
  await pause(seconds * 1000);
  const to = await sample(page, session);
  const longest = await page.evaluate(() => (globalThis as unknown as { longest: number }).longest);
  const shown = await page.locator('[data-testid="point"]').count();
  await browser.close();

  const frames = to.frames - from.frames;
  const scriptPerFrame = (to.script - from.script) / frames;
  const slope = ((to.heap - from.heap) / seconds) * 60;
  return {
    name: 'panel',
    title: `The panel of a room with ${shown} points, each read ${1000 / intervalMs} times a second, for ${seconds} s`,
    unit: 'as said',
    columns: ['measured'],
    rows: [
      { name: 'JavaScript of the first screen with its worker, gzip, kB', figures: [scriptKb] },
      { name: 'first value after the address was opened, ms', figures: [firstMs] },
      { name: 'script a frame, ms', figures: [scriptPerFrame] },
      { name: 'layout and style a frame, ms', figures: [(to.layout - from.layout) / frames] },
      { name: 'frames a second', figures: [frames / seconds] },
      { name: 'share of the time that the page was busy, %', figures: [((to.task - from.task) / (seconds * 1000)) * 100] },
      { name: 'longest task, ms', figures: [longest] },
      { name: 'growth of the heap, MiB a minute', figures: [slope] },
    ],
    verdicts: [
      { goal: '≤ 120 kB', measured: `${scriptKb.toFixed(0)} kB of JavaScript`, isReached: scriptKb <= 120 },
      { goal: '≤ 1 s', measured: `first value after ${firstMs.toFixed(0)} ms`, isReached: firstMs <= 1000 },
      { goal: '≤ 4 ms', measured: `${scriptPerFrame.toFixed(2)} ms of script a frame`, isReached: scriptPerFrame <= 4 },
      { goal: 'no task over 50 ms', measured: `the longest took ${longest.toFixed(0)} ms`, isReached: longest <= 50 },
      { goal: '< 1 MB a minute', measured: `the heap grew by ${slope.toFixed(2)} MiB a minute`, isReached: slope < 1 },
    ],
    notes: [
      'Frames are those of a page that asks for each; the panel itself draws text 4 and charts up to 10 times a second. Software rendering.',
      'The heap is that of the page after a collection, its worker left out. Traces fill their rings for the first four hours.',
    ],
  };
};

/** Opens a room of 200 points at 10 Hz in a real browser, from a real hub that polls real units. */
export const benchPanel = async (): Promise<Finding> => {
  await using line = await openModbusUnits(0);
  const site = mkdtempSync(join(tmpdir(), 'phloem-panel-site-'));
  try {
    writeFileSync(join(site, 'site.yaml'), toSite(line.port));
    await using demonstration = await openMesh();
    await using mesh = await openMesh({ site, bundle: null, withAutomation: false });
    return await measure(demonstration, mesh);
  } finally {
    rmSync(site, { recursive: true, force: true });
  }
};
