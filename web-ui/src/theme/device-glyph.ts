/** Our own signs for what acts in a room, drawn on 16 by 16 in strokes of one width. */
export const deviceShapes = {
  light: 'M4 9h8l1.5 4h-11zM8 3v4M5 7.2h6M5.5 9V7.2h5V9M4 15v-1M8 15.2v-1M12 15v-1',
  fan: 'M8 8m-1.2 0a1.2 1.2 0 1 0 2.4 0a1.2 1.2 0 1 0 -2.4 0M8 6.8C6 4 8 2 10.5 2.5C11 5 9.5 6 8.9 7.2M9.2 8C12 6 14 8 13.5 10.5C11 11 10 9.5 8.8 8.9M8 9.2C10 12 8 14 5.5 13.5C5 11 6.5 10 7.1 8.8M6.8 8C4 10 2 8 2.5 5.5C5 5 6 6.5 7.2 7.1',
  exhaust: 'M2 3h6v10H2zM4 5v6M6 5v6M9.5 5.5h4M9.5 8h5M9.5 10.5h4',
  dehumidifier: 'M8 1.8C10 4.4 11 5.8 11 7.4a3 3 0 0 1-6 0C5 5.8 6 4.4 8 1.8zM2.5 12.5h11M5 14.5h6',
  humidifier:
    'M3 9h10v5H3zM5 7c0-1.4 1.2-1.4 1.2-2.8S5 2.8 5 1.6M8 7c0-1.4 1.2-1.4 1.2-2.8S8 2.8 8 1.6M11 7c0-1.4 1.2-1.4 1.2-2.8S11 2.8 11 1.6',
  heater: 'M2.5 4h11v9h-11zM5 4v9M8 4v9M11 4v9M2.5 13v1.5M13.5 13v1.5',
  cooler: 'M8 1.5v13M2.4 4.8l11.2 6.4M13.6 4.8L2.4 11.2M6 2.8l2 1.6l2-1.6M6 13.2l2-1.6l2 1.6',
  co2: 'M5 14.5V5.5a3 3 0 0 1 6 0v9zM6.8 2.6V1.5h2.4v1.1M5 8h6',
  pump: 'M3 8a5 5 0 1 0 10 0a5 5 0 1 0 -10 0M8 3h6M5.6 5.8L12.6 8L5.6 10.2z',
  valve: 'M2 5.5v6L8 8.5zM14 5.5v6L8 8.5zM8 8.5V3.5M5.5 3.5h5',
  irrigation: 'M2 3h12M4 3v2M8 3v2M12 3v2M4 7.5v1.5M4 11v1.5M8 7.5v1.5M8 11v1.5M12 7.5v1.5M12 11v1.5',
  compressor: 'M3 6h10v7H3zM5 6V4h6v2M5 13v1.5M11 13v1.5M5.5 9.5h5',
  defrost: 'M8 1.5v7M5 3l6 4M11 3L5 7M3 14c0-1.6 1.4-1.6 1.4-3M8 14c0-1.6 1.4-1.6 1.4-3M12 14c0-1.6 1.4-1.6 1.4-3',
  vent: 'M2.5 3h11v10h-11zM4.5 6l7-1.5M4.5 9l7-1.5M4.5 12l7-1.5',
  screen: 'M2 2.5h12M3 2.5v9M13 2.5v9M3 5.5c2 1.5 3 1.5 5 0s3-1.5 5 0M3 8.5c2 1.5 3 1.5 5 0s3-1.5 5 0M3 11.5c2 1.5 3 1.5 5 0s3-1.5 5 0',
  door: 'M4 1.5h8v13H4zM9.8 8h.8M2 14.5h12',
  alarm: 'M4 11.5V7a4 4 0 0 1 8 0v4.5zM2.5 11.5h11M7 13.5h2M8 3V1.5',
  relay: 'M2 11h4l5-5M11 11h3M2 11v0M6 11m-.8 0a.8 .8 0 1 0 1.6 0a.8 .8 0 1 0 -1.6 0',
} as const;

/** The name of a sign. */
export type DeviceGlyphName = keyof typeof deviceShapes;

const words: readonly (readonly [RegExp, DeviceGlyphName])[] = [
  [/dehu|dry/, 'dehumidifier'],
  [/humid|fog|mist/, 'humidifier'],
  [/light|indicator|led/, 'light'],
  [/exhaust|extract/, 'exhaust'],
  [/defrost/, 'defrost'],
  [/compress/, 'compressor'],
  [/heat|boiler/, 'heater'],
  [/cool|chill|\bac\b|evapor/, 'cooler'],
  [/co2|co₂|carbon/, 'co2'],
  [/irrigat|drip|water/, 'irrigation'],
  [/pump/, 'pump'],
  [/valve|doser/, 'valve'],
  [/screen|curtain|shade/, 'screen'],
  [/vent|louv|damper/, 'vent'],
  [/fan|blow|circul/, 'fan'],
  [/door|gate/, 'door'],
  [/alarm|siren|horn/, 'alarm'],
];

/** The sign for a device, by what people call it; a relay where its name says nothing. */
export const toDeviceGlyph = (id: string, title: string): DeviceGlyphName => {
  const text = `${id.slice(id.lastIndexOf('/') + 1).replaceAll('_', ' ')} ${title}`.toLowerCase();
  return words.find(([pattern]) => pattern.test(text))?.[1] ?? 'relay';
};
