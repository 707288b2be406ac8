import type { PointLayout } from '@phloem/protocol';
import { expect, it } from 'vitest';
import { toOriginText } from './origin.ts';
import { neverReceived, toPointView } from './point-view.ts';
import { createSiteTime } from '../format/site-time.ts';

const time = createSiteTime('UTC');

const layout: PointLayout = {
  id: 'flower_room/canopy/temperature',
  quantity: 'temperature',
  intervalMs: 1000,
  decimals: 1,
  title: 'Air',
  isDerived: false,
  range: null,
};

it('names the source of a value that no register has', () => {
  expect(toOriginText(layout)).toBe('');
  expect(toOriginText({ ...layout, source: 'zigbee' })).toContain('The source zigbee sends this value');
  expect(toOriginText({ ...layout, isDerived: true })).toContain('calculates');
});

it('reports what to check when nothing was ever received', () => {
  expect(toPointView(layout, undefined, 0, time).note).toBe(neverReceived);
  expect(toPointView({ ...layout, source: 'zigbee' }, undefined, 0, time).note).toBe('never received · check the source zigbee');
});
