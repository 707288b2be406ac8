import { AxeBuilder } from '@axe-core/playwright';
import { textReason, type AlarmStatus } from '@phloem/protocol';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openBrowser } from '../support/open-browser.ts';
import { openScriptedHub } from '../support/scripted-hub.ts';

const roomIds = Array.from({ length: 14 }, (_, index) => `room_${index + 1}`);
const at = Date.UTC(2026, 10, 29, 2, 10);
const alarm = (part: Partial<AlarmStatus>): AlarmStatus => ({
  alarm: 'limit/room_9/climate/temp/high',
  state: 'active',
  priority: 'P2',
  why: textReason('Room 9 is too warm'),
  since: at,
  raised: at,
  isAcknowledged: false,
  acknowledgedBy: null,
  count: 1,
  lsn: 1,
  ...part,
});
const snapshot: Parameters<typeof openScriptedHub>[0] = {
  snapshot: {
    points: [],
    devices: [],
    values: [],
    buses: [
      { bus: 'north', state: 'up', silentUnits: [], cycleMs: 640 },
      { bus: 'south', state: 'down', silentUnits: [], cycleMs: null },
    ],
    automation: [],
    overrides: [],
    offsets: [],
    interlocks: [],
    alarms: [
      alarm({}),
      alarm({ alarm: 'bus/south', priority: 'P3', state: 'cleared', why: textReason('Bus south did not answer'), lsn: 2 }),
      alarm({
        alarm: 'bus/north',
        priority: 'P1',
        state: 'acknowledged',
        isAcknowledged: true,
        why: textReason('Bus north did not answer'),
        lsn: 3,
      }),
    ],
    site: {
      hash: 'a',
      revision: 1,
      title: 'Zuidland',
      timeZone: 'Europe/Amsterdam',
      isDemonstration: false,
      locations: roomIds.map((id, index) => ({ id, title: `Room ${index + 1}` })),
      points: [],
      devices: [],
    },
  },
};

let browser: Browser;
let hub: Awaited<ReturnType<typeof openScriptedHub>>;
beforeAll(async () => {
  browser = await openBrowser();
  hub = await openScriptedHub(snapshot);
});
afterAll(async () => {
  await browser.close();
  await hub[Symbol.asyncDispose]();
});

const openAt = async (width: number, height: number) => {
  const context = await browser.newContext({ viewport: { width, height } });
  const page = await context.newPage();
  await page.goto(hub.url);
  await page.locator('[data-testid="panel"][data-screen="site"]').waitFor();
  return { page, [Symbol.asyncDispose]: () => context.close() };
};
/** The links of the rail that are not wholly within the window. */
const findOutside = (page: Page): Promise<string[]> =>
  page.evaluate(
    `[...document.querySelectorAll('[data-testid="rail"] a')].filter((link) => {
      const { left, top, right, bottom, width } = link.getBoundingClientRect();
      return width > 0 && (left < 0 || top < 0 || right > innerWidth || bottom > innerHeight);
    }).map((link) => link.textContent.trim())`,
  );

describe('a site of fourteen rooms', () => {
  it.each([
    [1440, 900],
    [1280, 720],
    [1024, 768],
    [390, 844],
  ])('has every screen in sight, and each room in a list with its state: %i × %i', async (width, height) => {
    await using opened = await openAt(width, height);
    const { page } = opened;
    expect(await findOutside(page)).toEqual([]);
    await page.getByTestId('rail').getByRole('link', { name: 'Rooms' }).click();
    await page.getByRole('heading', { name: '1 of 14 rooms needs attention', level: 1 }).waitFor();
    const rows = page.getByTestId('room-row');
    expect(await rows.count()).toBe(14);
    const abnormal = page.locator('[data-testid="room-row"][data-standing="abnormal"]');
    expect(await abnormal.count()).toBe(1);
    expect(await abnormal.textContent()).toMatch(/Room 9.*2 ·.*too warm/s);
    await abnormal.getByRole('link').click();
    await page.locator('[data-testid="room-screen"][data-location="room_9"]').waitFor();
    expect(await page.getByTestId('rail').locator('[aria-current]').allTextContents()).toEqual([expect.stringContaining('Rooms')]);
    expect(await findOutside(page)).toEqual([]);
  });

  it('is clean by axe as a list on a laptop and a phone, and in the dark period', async () => {
    await using opened = await openAt(1440, 900);
    const { page } = opened;
    await page.getByTestId('rail').getByRole('link', { name: 'Rooms' }).click();
    await page.getByTestId('rooms-list').waitFor();
    const found: string[] = [];
    const look = async (what: string, axe: AxeBuilder): Promise<void> => {
      const { violations } = await axe.analyze();
      found.push(...violations.map(({ id, nodes }) => `${what} ${id}: ${nodes.map(({ html }) => html).join(' ')}`));
    };
    for (const width of [1440, 390]) {
      await page.setViewportSize({ width, height: 844 });
      await look(`${width} px`, new AxeBuilder({ page }));
      if (await page.evaluate('document.documentElement.scrollWidth > document.documentElement.clientWidth'))
        found.push(`${width} px scrolls sideways`);
    }
    await page.evaluate(`document.documentElement.dataset.theme = 'dark'`);
    await look('dark', new AxeBuilder({ page }).withRules(['color-contrast']));
    expect(found).toEqual([]);
  }, 300_000);

  it('counts what nobody has acknowledged, returned or not', async () => {
    await using opened = await openAt(1440, 900);
    const { page } = opened;
    const counts = await page.getByTestId('alarm-count').allTextContents();
    expect(counts.map((text) => Number(/\d+/.exec(text)?.[0]))).toEqual([0, 1, 1, 0]);
    expect(await page.getByTestId('alarm-badge').getAttribute('data-priority')).toBe('P2');
  });
});
