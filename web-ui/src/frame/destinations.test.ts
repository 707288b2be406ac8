import { describe, expect, it } from 'vitest';
import { destinations, toCurrent } from './destinations.ts';
import { parseAddress } from '../route/route.ts';

const currentAt = (pathname: string) =>
  destinations.flatMap((destination) => {
    const current = toCurrent(destination, parseAddress({ pathname, search: '' }));
    return current === undefined ? [] : [[destination.title, current]];
  });

describe('the entries of the rail', () => {
  it.each([
    ['/', 'Site', 'page'],
    ['/rooms', 'Rooms', 'page'],
    ['/room/flower_room', 'Rooms', 'true'],
    ['/alarms', 'Alarms', 'page'],
    ['/rules', 'Rules', 'page'],
    ['/rules/flower_room/heat', 'Rules', 'true'],
    ['/bridges', 'Bridges', 'page'],
    ['/diagnostics', 'Points', 'page'],
    ['/diagnostics/point/a/b/c', 'Points', 'true'],
    ['/diagnostics/bus/simulator', 'Points', 'true'],
  ])('at %s the current one is %s', (path, title, current) => expect(currentAt(path)).toEqual([[title, current]]));

  it('an address that nothing stands for is under none of them', () => expect(currentAt('/greenhouse/7')).toEqual([]));

  it('each entry leads to a screen of its own', () => {
    const routes = destinations.map(({ href }) => parseAddress({ pathname: href, search: '' }).route.screen);
    expect(routes).not.toContain('unknown');
    expect(new Set(routes).size).toBe(destinations.length);
  });
});
