import { describe, expect, it } from 'vitest';
import { parseAddress, toSidePanelHref, toMoment, toRoomAtHref, toRoomHref, withoutMoment } from './route.ts';

const routeOf = (pathname: string) => parseAddress({ pathname, search: '' }).route;

describe('address', () => {
  it.each([
    ['/', { screen: 'site' }],
    ['/wall', { screen: 'wall' }],
    ['/wall/', { screen: 'wall' }],
    ['/room/flower_room', { screen: 'room', location: 'flower_room' }],
    ['/alarms', { screen: 'alarms' }],
    ['/diagnostics', { screen: 'tech' }],
    ['/diagnostics/bus/simulator', { screen: 'tech-bus', bus: 'simulator' }],
    ['/diagnostics/read/simulator/3/40012', { screen: 'tech-read', bus: 'simulator', register: '3/40012' }],
    ['/diagnostics/point/flower_room%2Ffront%2Ftemperature', { screen: 'tech-point', id: 'flower_room/front/temperature' }],
    ['/diagnostics/point/flower_room/front/temperature', { screen: 'tech-point', id: 'flower_room/front/temperature' }],
  ])('%s', (path, route) => expect(routeOf(path)).toEqual(route));

  it.each(['/room', '/room/a/b', '/diagnostics/bus', '/diagnostics/point', '/index.php', '/room/%E0%A4%A'])('%s is not known', (path) =>
    expect(routeOf(path)).toEqual({ screen: 'unknown' }),
  );

  it('a panel is open over any screen', () => {
    const address = parseAddress({ pathname: '/room/flower_room', search: '?point=flower_room/front/temperature' });
    expect(address).toMatchObject({ route: { screen: 'room' }, point: 'flower_room/front/temperature', override: null });
  });

  it('opening a panel keeps the screen and its query, and closes the other one', () => {
    const address = parseAddress({ pathname: '/room/flower_room', search: '?window=4h&point=flower_room/front/temperature' });
    const open = toSidePanelHref(address, { override: 'flower_room/heater' });
    expect(open).toBe('/room/flower_room?window=4h&override=flower_room/heater');
    expect(parseAddress(new URL(open, 'http://hub')).override).toBe('flower_room/heater');
    expect(toSidePanelHref(address, {})).toBe('/room/flower_room?window=4h');
    expect(toSidePanelHref(parseAddress({ pathname: '/', search: '?point=a/b/c' }), {})).toBe('/');
  });

  it('a moment of a room is in its address, and a panel over it leaves it there', () => {
    const address = parseAddress(new URL(toRoomAtHref('flower_room', 1_795_471_000_000.4), 'http://hub'));
    expect(toMoment(address.search)).toBe(1_795_471_000_000);
    expect(toMoment(new URL(toSidePanelHref(address, { note: 'flower_room' }), 'http://hub').search)).toBe(1_795_471_000_000);
    expect(withoutMoment(address)).toEqual({ path: '/room/flower_room', search: '' });
    expect([toMoment('?at=soon'), toMoment('?at=-5'), toMoment('')]).toEqual([null, null, null]);
  });

  it('a link to a room leads to it', () => {
    expect(routeOf(toRoomHref('flower_room'))).toEqual({ screen: 'room', location: 'flower_room' });
  });
});
