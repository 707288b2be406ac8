import { describe, expect, it } from 'vitest';
import { parseChartAddress, toWindowState, withChartAddress } from './chart-address.ts';
import { parseAddress, toSidePanelHref } from '../route/route.ts';

const nothing = { window: null, zoom: null, series: null };

describe('a chart in the address', () => {
  it('comes back as it was: window, zoom and series', () => {
    const chart = {
      window: '24h',
      zoom: { from: 1_795_471_000_000, to: 1_795_472_000_000 },
      series: ['front/temperature', 'back/vpd'],
    } as const;
    const query = withChartAddress('?point=a/b/c', 'chart', chart, '4h');
    expect(query).toBe('point=a/b/c&window=24h&zoom=1795471000000-1795472000000&series=front/temperature,back/vpd');
    expect(parseChartAddress(`?${query}`, 'chart')).toEqual(chart);
    expect(parseChartAddress(`?${query}`, 'point-chart')).toEqual(nothing);
    expect(toWindowState(chart, '4h', 5)).toEqual({ window: '24h', zoom: chart.zoom, frozenAt: 5 });
  });

  it('says nothing of what is usual', () => {
    expect(withChartAddress('?window=24h&at=5', 'chart', { ...nothing, window: '4h' }, '4h')).toBe('at=5');
    expect(toWindowState(nothing, '24h', null)).toEqual({ window: '24h', zoom: null, frozenAt: null });
  });

  it.each(['?window=9y', '?zoom=5', '?zoom=9-3', '?zoom=a-b', '?zoom=1-9e99', '?zoom=-4-5', '?series=', '?series=,,'])(
    'takes no notice of %s',
    (search) => expect(parseChartAddress(search, 'chart')).toEqual(nothing),
  );

  it('of a point goes with its panel, and that of the screen stays', () => {
    const address = parseAddress({ pathname: '/room/a', search: '?window=24h&point=a/b/c&point-window=7d&point-series=d/c' });
    expect(toSidePanelHref(address, {})).toBe('/room/a?window=24h');
    expect(toSidePanelHref(address, { point: 'a/d/c' })).toBe('/room/a?window=24h&point=a/d/c');
    expect(toSidePanelHref(address, { point: 'a/b/c', note: 'a' })).toBe(
      '/room/a?window=24h&point-window=7d&point-series=d/c&point=a/b/c&note=a',
    );
  });
});
