/**
 * What kind of thing a measurement is. The quantity fixes the canonical unit, in which every value travels and is
 * kept, the range outside of which a value cannot be real, and the decimals that people are shown by default.
 */
export const quantities = {
  temperature: { unit: '°C', min: -90, max: 150, decimals: 1 },
  relative_humidity: { unit: '%', min: 0, max: 100, decimals: 1 },
  vapour_pressure_deficit: { unit: 'kPa', min: 0, max: 60, decimals: 2 },
  absolute_humidity: { unit: 'g/m³', min: 0, max: 400, decimals: 1 },
  specific_enthalpy: { unit: 'kJ/kg', min: -100, max: 2000, decimals: 1 },
  pressure: { unit: 'kPa', min: 0, max: 1100, decimals: 2 },
  differential_pressure: { unit: 'Pa', min: -5000, max: 5000, decimals: 0 },
  mole_fraction: { unit: 'ppm', min: 0, max: 1_000_000, decimals: 0 },
  ppfd: { unit: 'µmol m⁻² s⁻¹', min: 0, max: 5000, decimals: 0 },
  daily_light_integral: { unit: 'mol/m²', min: 0, max: 200, decimals: 1 },
  illuminance: { unit: 'lx', min: 0, max: 200_000, decimals: 0 },
  power: { unit: 'W', min: -10_000_000, max: 10_000_000, decimals: 0 },
  percent: { unit: '%', min: 0, max: 100, decimals: 0 },
  duration: { unit: 's', min: 0, max: 1e12, decimals: 0 },
  number: { unit: '', min: -Number.MAX_VALUE, max: Number.MAX_VALUE, decimals: 2 },
  boolean: { unit: '', min: 0, max: 1, decimals: 0 },
} as const satisfies Record<string, { readonly unit: string; readonly min: number; readonly max: number; readonly decimals: number }>;

/** The name of a quantity. */
export type Quantity = keyof typeof quantities;

/** The names of all quantities, in the order of the table. */
export const quantityNames = Object.keys(quantities) as readonly Quantity[];
