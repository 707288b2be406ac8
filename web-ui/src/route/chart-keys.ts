/** Under which keys an address says what a chart shows: the chart of the screen itself, and the one in the panel of a point. */
export const chartKeys = {
  chart: { window: 'window', zoom: 'zoom', series: 'series' },
  'point-chart': { window: 'point-window', zoom: 'point-zoom', series: 'point-series' },
} as const;

/** The keys of the chart of a point, which go with its panel. */
export const pointChartKeys: readonly string[] = Object.values(chartKeys['point-chart']);
