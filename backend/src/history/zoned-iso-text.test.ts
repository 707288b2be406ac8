import { describe, expect, it } from 'vitest';
import { createZonedIsoText } from './zoned-iso-text.ts';

describe('times in the zone of the site', () => {
  it.each([
    ['UTC', '2026-11-23T13:01:05.120Z', '2026-11-23T13:01:05.120Z'],
    ['Europe/Berlin', '2026-11-23T13:01:05.120Z', '2026-11-23T14:01:05.120+01:00'],
    ['Europe/Berlin', '2026-10-25T00:30:00Z', '2026-10-25T02:30:00.000+02:00'],
    ['Europe/Berlin', '2026-10-25T01:30:00Z', '2026-10-25T02:30:00.000+01:00'],
    ['Asia/Kathmandu', '2026-11-23T13:01:05Z', '2026-11-23T18:46:05.000+05:45'],
    ['America/St_Johns', '2007-03-11T03:30:59Z', '2007-03-11T00:00:59.000-03:30'],
    ['America/St_Johns', '2007-03-11T03:31:00Z', '2007-03-11T01:01:00.000-02:30'],
  ])('in %s %s is %s', (zone, at, text) => {
    expect(createZonedIsoText(zone)(Date.parse(at))).toBe(text);
  });
});
