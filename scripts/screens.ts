// Makes the pictures of docs/screens: each screen and each state, in three themes and two widths. What is to be seen is brought
// about in a running demonstration, and waited for; nothing is drawn by an artist.
import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Snapshot } from '@phloem/protocol';
import type { Browser, Page } from 'playwright-core';
import { findBrowser } from '../tests/support/find-browser.ts';
import { openMesh, type Mesh } from '../tests/support/mesh.ts';
import { launchBrowser } from '../tests/support/open-browser.ts';
import { built, startProcess } from '../tests/support/process.ts';
import { root } from '../tests/support/repository.ts';
import { openScriptedHub } from '../tests/support/scripted-hub.ts';
import { openTcpProxy } from '../tests/support/tcp-proxy.ts';

const folder = join(root, 'docs/screens');
const themes = ['day', 'night', 'dark'] as const;
const laptop = { width: 1440, height: 900 };
const phone = { width: 390, height: 844 };
const walls = [{ width: 1280, height: 800 }, laptop, { width: 1920, height: 1080 }, { width: 2560, height: 1440 }];
const room = '/room/flower_room';
const temperature = 'flower_room/front/temperature';
const fan = 'flower_room/exhaust_fan';
const limit = { timeout: 90_000 };

/** What is shown, by the name of its files; in the order of the index. */
const index: { readonly name: string; readonly what: string; readonly widths: readonly number[] }[] = [];
/** Only states whose name begins so are made; all without. */
const wanted = process.argv[2] ?? '';

/** Lets the page draw what it has: traces are drawn in turns of their own, twice a second at most. */
const drawn = (page: Page): Promise<unknown> =>
  page.evaluate(
    `new Promise((done) => { let left = 45; const next = () => (left-- > 0 ? requestAnimationFrame(next) : done(null)); next(); })`,
  );

type Frame = { readonly sizes?: readonly { readonly width: number; readonly height: number }[]; readonly around?: string };

/** Takes one state in all themes and sizes, with the first element that `around` selects in the middle. */
const shoot = async (page: Page, name: string, what: string, { sizes = [laptop, phone], around }: Frame = {}) => {
  if (!name.startsWith(wanted)) return;
  index.push({ name, what, widths: sizes.map(({ width }) => width) });
  const session = await page.context().newCDPSession(page);
  for (const size of sizes) {
    await page.setViewportSize(size);
    if (around !== undefined)
      await page
        .locator(around)
        .first()
        .evaluate((element) => element.scrollIntoView({ block: 'center' }));
    for (const theme of themes) {
      // By the button's own click, which a panel over it does not keep out.
      while ((await page.evaluate('document.documentElement.dataset.theme')) !== theme)
        await page.evaluate(`document.querySelector('button.theme').click()`);
      await drawn(page);
      const { data } = await session.send('Page.captureScreenshot', { format: 'webp', quality: 72 });
      writeFileSync(join(folder, `${name}-${theme}-${size.width}.webp`), Buffer.from(data, 'base64'));
    }
  }
  await page.setViewportSize(laptop);
  await session.detach();
  process.stdout.write(`${name}\n`);
};

const byTestId = (id: string, with_: Readonly<Record<string, string>> = {}): string =>
  `[data-testid="${id}"]${Object.entries(with_)
    .map(([name, value]) => `[data-${name}="${value}"]`)
    .join('')}`;
const see = (page: Page, id: string, with_: Readonly<Record<string, string>> = {}): Promise<void> =>
  page.locator(byTestId(id, with_)).first().waitFor(limit);

/** A page that is signed in, through `port`. */
const signIn = async (browser: Browser, mesh: Mesh, port: number): Promise<Page> => {
  const context = await browser.newContext({ viewport: laptop, colorScheme: 'light' });
  const page = await context.newPage();
  await page.goto(`http://127.0.0.1:${port}${await mesh.signInPath()}`);
  await see(page, 'panel', { screen: 'site' });
  return page;
};

const openPath = async (page: Page, path: string): Promise<void> => {
  await page.goto(new URL(path, page.url()).href);
  await see(page, 'panel', { screen: 'site' });
  await page.waitForLoadState('networkidle');
};

/** Calm: all values live, with the day before them. */
const shootCalm = async (page: Page): Promise<void> => {
  await openPath(page, '/');
  await see(page, 'point', { point: temperature, freshness: 'fresh' });
  await see(page, 'device', { device: 'flower_room/lights', phase: 'confirmed' });
  await see(page, 'alarm-strip', { alarms: '0' });
  await shoot(page, 'site', 'The site, nothing abnormal.');
  await openPath(page, '/rooms');
  await see(page, 'rooms-list');
  await shoot(page, 'rooms', 'All rooms as a list, with their states.');
  await openPath(page, '/wall');
  await see(page, 'wall');
  await shoot(page, 'wall', 'The wall screen.', { sizes: walls });
  await page.getByTestId('open-wall-settings').click();
  await see(page, 'make-kiosk');
  await shoot(page, 'wall-settings', 'Signing in a wall screen, and why no codes for phones are shown here.', { sizes: [laptop] });
  await openPath(page, room);
  await page.locator('[data-testid="plot"] canvas').first().waitFor(limit);
  await see(page, 'vpd-now');
  await shoot(page, 'room', 'One room: instruments, chart, map and devices.');
  await openPath(page, `${room}?point=${temperature}`);
  await page.locator(byTestId('stats'), { hasText: /highest ?\d/ }).waitFor(limit);
  await shoot(page, 'point-panel', 'The point panel, over its room.');
  await openPath(page, '/alarms');
  await see(page, 'no-alarms');
  await shoot(page, 'alarms-empty', 'The list of alarms, empty.');
  await openPath(page, '/diagnostics');
  await see(page, 'hit');
  await shoot(page, 'tech-find', 'Points: search.');
  await openPath(page, `/diagnostics/point/${encodeURIComponent(temperature)}`);
  await see(page, 'now', { freshness: 'fresh' });
  await see(page, 'raw');
  await see(page, 'changed');
  await shoot(page, 'tech-point', 'Points: every stage of a value, from its register.');
  await openPath(page, '/diagnostics/bus/simulator');
  await see(page, 'unit', { unit: '2', standing: 'ok' });
  await shoot(page, 'tech-bus', 'Points: a bus and its units.');
  await openPath(page, '/greenhouse/7');
  await see(page, 'unknown-screen');
  await shoot(page, 'unknown-address', 'An unknown address.');
};

/** An offset on a set-point, and a note that says why. */
const shootOffset = async (page: Page): Promise<void> => {
  await openPath(page, `${room}?offset=flower_room/climate/temp`);
  const sidePanel = page.getByTestId('offset-panel');
  await sidePanel.getByRole('button', { name: /^more by/ }).click();
  await sidePanel.getByLabel('weather').check();
  await shoot(page, 'offset-panel', 'Preview of an offset of a set-point.');
  await sidePanel.getByTestId('hold').focus();
  await page.keyboard.press('Enter');
  await page.keyboard.press('Enter');
  await see(page, 'step', { step: 'confirmed', state: 'done' });
  await openPath(page, `${room}?note=flower_room`);
  await page.getByTestId('note-dialog').getByRole('textbox').fill('Cold front tonight; the front row wilts first.');
  await shoot(page, 'note', 'A note about a room.');
  await page.getByTestId('note-send').click();
  await page.getByTestId('note-done').click();
  await see(page, 'mark', { sign: 'note' });
  await page.locator(byTestId('setpoint'), { hasText: 'with offset' }).first().waitFor(limit);
  await shoot(page, 'room-moved', 'An offset for an hour, and a note, in the chart.', { around: byTestId('plot') });
  await page.getByTestId('overrides').getByRole('button').first().click();
  await page.getByRole('button', { name: /^Release/ }).click();
  await page.getByTestId('overrides').waitFor({ state: 'detached' });
};

/** An override of the fan: previewed, sent, read back. */
const shootOverride = async (page: Page): Promise<void> => {
  await openPath(page, `/?override=${fan}`);
  const sidePanel = page.getByTestId('override-panel');
  await sidePanel.getByLabel('per cent').fill('55');
  await sidePanel.getByLabel('test', { exact: true }).check();
  await see(page, 'consequences', { allowed: 'true' });
  await shoot(page, 'override-panel', 'Preview of an override.');
  await sidePanel.getByTestId('hold').focus();
  await page.keyboard.press('Enter');
  await page.keyboard.press('Enter');
  await see(page, 'step', { step: 'confirmed', state: 'done' });
  await shoot(page, 'override-steps', 'Progress of an override: accepted, written, read back.');
};

const shootAlarms = async (page: Page, mesh: Mesh): Promise<void> => {
  for (const cluster of ['front', 'middle', 'back'])
    await mesh.simulator('POST', '/faults', { kind: 'freeze', register: `${cluster}/temperature`, value: 36.4 });
  await openPath(page, '/');
  await page.locator(`${byTestId('tile', { location: 'flower_room' })}:not([data-priority="none"])`).waitFor(limit);
  await see(page, 'overrides', { overrides: '1' });
  await shoot(page, 'site-alarm', 'A room that is too hot, and an active override.');
  await mesh.simulator('POST', '/faults', { kind: 'silence', unit: 2 });
  await openPath(page, '/alarms');
  await page.getByTestId('alarm').filter({ hasText: 'unit 2' }).first().waitFor(limit);
  await page.getByTestId('alarm').nth(1).waitFor(limit);
  await shoot(page, 'alarms', 'Unacknowledged alarms.');
  await page.getByTestId('alarm').filter({ hasText: 'unit 2' }).getByTestId('shelve').click();
  const dialog = page.getByTestId('shelve-dialog');
  await dialog.getByRole('radio', { name: 'maintenance' }).check();
  await shoot(page, 'alarms-shelve', 'Shelving an alarm: end and reason.');
  await dialog.getByTestId('shelve-send').click();
  await see(page, 'alarm', { group: 'shelved' });
  await shoot(page, 'alarms-shelved', 'A shelved alarm with its end, its author and its reason.');
  await page.keyboard.press('t');
  await see(page, 'chart', { window: 'zoom' });
  await page.locator('[data-testid="mark"]').first().waitFor(limit);
  await shoot(page, 'alarm-in-chart', 'The start of an alarm in the chart of its room.', { around: byTestId('plot') });
};

/** The heat is over: an interlock that has latched waits for a person. */
const shootLatched = async (page: Page, mesh: Mesh): Promise<void> => {
  await mesh.simulator('DELETE', '/faults');
  for (const cluster of ['front', 'middle', 'back'])
    await mesh.simulator('POST', '/faults', { kind: 'freeze', register: `${cluster}/temperature`, value: 41 });
  await openPath(page, '/alarms');
  await page.getByTestId('alarm').filter({ hasText: 'heater stays off' }).first().waitFor(limit);
  await mesh.simulator('DELETE', '/faults');
  await openPath(page, '/?override=flower_room/heater');
  await page.getByTestId('override-panel').getByTestId('reset').waitFor(limit);
  await shoot(page, 'interlock-latched', 'A latched interlock keeps the heater off until someone resets it.');
};

const shootStale = async (page: Page, mesh: Mesh): Promise<void> => {
  await mesh.simulator('POST', '/faults', { kind: 'silence', unit: 2 });
  await openPath(page, room);
  await see(page, 'point', { point: 'flower_room/middle/temperature', freshness: 'stale' });
  await shoot(page, 'room-stale', 'A unit that does not answer: its last values, marked as stale.', {
    around: byTestId('point', { point: 'flower_room/middle/temperature' }),
  });
  await openPath(page, '/');
  await page.locator('[data-testid="point"][data-freshness="fresh"]').first().waitFor(limit);
  await shoot(page, 'site-stale', 'The same on the first screen.');
};

/** The demonstration, with a past and everything that can happen to it. */
const shootLife = async (browser: Browser): Promise<void> => {
  await using mesh = await openMesh();
  await using proxy = await openTcpProxy(mesh.port);
  const token = join(mesh.data, 'secrets/admin.token');
  const past = await startProcess('past', [built.past, '--port', String(mesh.port), '--token-file', token]);
  await past.ended;
  const page = await signIn(browser, mesh, proxy.port);
  await shootCalm(page);
  await shootOffset(page);
  await shootOverride(page);
  await shootAlarms(page, mesh);
  await shootLatched(page, mesh);
  await shootStale(page, mesh);
  await mesh.simulator('DELETE', '/faults');
  await mesh.automation().end('SIGKILL');
  await openPath(page, '/');
  await see(page, 'indicator', { indicator: 'hub-automation', state: 'down' });
  await shoot(page, 'automation-down', 'The automation service is gone, and devices go to their safe states.');
  await drawn(page);
  await page.waitForLoadState('networkidle');
  proxy.shape('both', { flow: 'swallow' });
  await see(page, 'panel', { link: 'down' });
  await page
    .locator('[data-testid="point"][data-freshness="fresh"]')
    .first()
    .waitFor({ ...limit, state: 'detached' });
  await shoot(page, 'link-dead', 'No link to the hub: no value is shown as live.');
  await page.context().close();
  const stranger = await (await browser.newContext({ viewport: laptop, colorScheme: 'light' })).newPage();
  await stranger.goto(mesh.url);
  await stranger.getByText(/link/i).first().waitFor(limit);
  await shoot(stranger, 'signed-out', 'Nobody is signed in.');
  await stranger.context().close();
};

/** Four hours with a hole of half an hour and a spike. */
const shootGap = async (browser: Browser): Promise<void> => {
  await using mesh = await openMesh({ withAutomation: false });
  const hour = 3_600_000;
  const from = Date.now() - 4 * hour;
  const samples = Array.from({ length: 1400 }, (_, each) => from + each * 10_000)
    .filter((at) => at < from + hour || at > from + 1.5 * hour)
    .map((at, each) => ({ point: temperature, at, v: each === 900 ? 39.5 : 25 + Math.sin(each / 90), q: 'good' }));
  await mesh.post('/api/v1/history/simulated-past', { samples, spans: [] });
  const page = await signIn(browser, mesh, mesh.port);
  await openPath(page, room);
  await page.locator('[data-testid="plot"] canvas').first().waitFor(limit);
  await shoot(page, 'room-gap', 'Half an hour without samples, shown as a gap. The automation service has never connected.', {
    around: byTestId('plot'),
  });
  await openPath(page, `${room}?point=${temperature}`);
  await page
    .getByTestId('point-panel')
    .getByText(/No samples/)
    .first()
    .waitFor(limit);
  await shoot(page, 'point-panel-gap', 'The point panel with a gap, and the last value before it.');
  await page.context().close();
};

const noRooms: Omit<Snapshot, 'sub' | 'at' | 'up' | 'version'> = {
  points: [],
  devices: [],
  alarms: [],
  values: [],
  buses: [],
  automation: [],
  overrides: [],
  offsets: [],
  interlocks: [],
  site: {
    hash: 'a',
    revision: 1,
    title: 'Greenhouse',
    timeZone: 'Europe/Vienna',
    isDemonstration: false,
    locations: [],
    points: [],
    devices: [],
  },
};
const shootNoRooms = async (browser: Browser): Promise<void> => {
  await using hub = await openScriptedHub({ snapshot: noRooms });
  const page = await (await browser.newContext({ viewport: laptop, colorScheme: 'light' })).newPage();
  await page.goto(hub.url);
  await page.getByRole('heading', { name: /No rooms yet/ }).waitFor(limit);
  await shoot(page, 'no-rooms', 'A site without rooms.');
  await page.context().close();
};

mkdirSync(folder, { recursive: true });
if (wanted === '') for (const name of readdirSync(folder)) rmSync(join(folder, name));
const browser = await launchBrowser(await findBrowser());
try {
  await shootLife(browser);
  await shootGap(browser);
  await shootNoRooms(browser);
} finally {
  await browser.close();
}

if (wanted === '') {
  const cells = (name: string, width: number): string => themes.map((theme) => `[${theme}](${name}-${theme}-${width}.webp)`).join(' · ');
  const rows = index.map(
    ({ name, what, widths }) => `| \`${name}\` | ${what} | ${widths.map((width) => `${width}: ${cells(name, width)}`).join('<br>')} |`,
  );
  const head = `# Screenshots of every screen and state

\`npm run screens\` takes these screenshots from a running demonstration. It uses three themes (day, night and the dark period of the crop)
and two widths (laptop and phone). \`npm run screens -- <name>\` updates one state.

| state | content | screenshots |
|---|---|---|
`;
  writeFileSync(join(folder, 'README.md'), `${head}${rows.join('\n')}\n`);
}
