/** The symbols of the rail, drawn on 16 by 16 in strokes of one width. */
export const placeShapes = {
  site: 'M2 2h5v5H2zM9 2h5v5H9zM2 9h5v5H2zM9 9h5v5H9z',
  rooms: 'M2 3.5h1.5M6 3.5h8M2 8h1.5M6 8h8M2 12.5h1.5M6 12.5h8',
  alarms: 'M4 11.5V7a4 4 0 0 1 8 0v4.5zM2.5 11.5h11M7 13.8h2M8 3V1.5',
  points: 'M8 8.5v5.5M8 7m-1.5 0a1.5 1.5 0 1 0 3 0a1.5 1.5 0 1 0 -3 0M4.5 10.5a5 5 0 0 1 0-7M11.5 10.5a5 5 0 0 0 0-7',
  bridges: 'M1.5 12.5h13M1.5 9.5c3 0 4-5 6.5-5s3.5 5 6.5 5M4.500 8.300v4.200M8 4.500v8M11.500 8.300v4.200',
  rules: 'M2 2.500h5v4H2zM9 9.500h5v4H9zM2 9.500h5v4H2zM4.500 6.500v3M7 4.500h4.500v5',
  wall: 'M1.5 3h13v8.5h-13zM5 14h6M8 11.5V14',
  person:
    'M8 5.2m-2.700 0a2.700 2.700 0 1 0 5.400 0a2.700 2.700 0 1 0 -5.400 0M2.800 14c0-3 2.200-4.600 5.200-4.600s5.200 1.600 5.200 4.600',
  find: 'M6.8 6.8m-4.3 0a4.3 4.3 0 1 0 8.6 0a4.3 4.3 0 1 0 -8.6 0M10 10l4 4',
} as const;

/** The name of such a symbol. */
export type PlaceGlyphName = keyof typeof placeShapes;
