import { expect, it } from 'vitest';
import { toStripText } from './strip-text.ts';

const line = { lead: 'Flower 1', text: 'heater is on, should be off', folded: [], cleared: '', isAcknowledged: false };

it.each([
  [{}, 'Flower 1 heater is on, should be off'],
  [{ lead: '' }, 'heater is on, should be off'],
  [{ folded: ['a', 'b'], cleared: '14:02' }, 'Flower 1 heater is on, should be off (and 2 from this cause) (returned to normal 14:02)'],
  [{ isAcknowledged: true }, 'Flower 1 heater is on, should be off, acknowledged'],
])('the alarm strip writes %j as: %s', (part, text) => expect(toStripText({ ...line, ...part })).toBe(text));
