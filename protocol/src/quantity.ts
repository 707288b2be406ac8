/** What is fixed for every measurement of a kind. */
export type QuantityFacts = {
  /** The canonical unit, in which every value travels and is kept. */
  readonly unit: string;
  /** What people call it. */
  readonly label: string;
  /** What a value is between unless its profile says otherwise; outside of it a value is not believed. */
  readonly min: number;
  readonly max: number;
  /** What a profile may declare at most: what is physically possible, such as absolute zero. The same where left out. */
  readonly limits?: readonly [min: number, max: number];
  /** How far past `min` and past `max` a value may be and still be meant: it is clamped, and uncertain. 0 where left out. */
  readonly margin?: readonly [below: number, above: number];
  /** How far a sound instrument reads off a reference at most; a calibration past it needs a confirmation. See `toPlausibleOffset`. */
  readonly plausibleOffset?: number;
  /** What people are shown by default. */
  readonly decimals: number;
};

const any = Number.MAX_VALUE;

/** What kind of thing a measurement is, with everything that follows from it. */
export const quantities = {
  temperature: { unit: '°C', label: 'Temperature', min: -90, max: 150, limits: [-273.15, 3000], plausibleOffset: 5, decimals: 1 },
  relative_humidity: { unit: '%', label: 'Relative humidity', min: 0, max: 100, margin: [2, 5], plausibleOffset: 15, decimals: 1 },
  vapour_pressure_deficit: { unit: 'kPa', label: 'VPD', min: 0, max: 60, margin: [0.5, 0], plausibleOffset: 1, decimals: 2 },
  absolute_humidity: {
    unit: 'g/m³',
    label: 'Absolute humidity',
    min: 0,
    max: 400,
    limits: [0, 1000],
    margin: [0.5, 0],
    plausibleOffset: 5,
    decimals: 1,
  },
  mixing_ratio: { unit: 'g/kg', label: 'Mixing ratio', min: 0, max: 1000, limits: [0, 10_000], margin: [0.5, 0], decimals: 1 },
  specific_enthalpy: { unit: 'kJ/kg', label: 'Enthalpy', min: -100, max: 2000, limits: [-300, 10_000], decimals: 1 },
  water_activity: { unit: '', label: 'Water activity', min: 0, max: 1, margin: [0.02, 0.05], plausibleOffset: 0.1, decimals: 3 },
  pressure: {
    unit: 'kPa',
    label: 'Pressure',
    min: 0,
    max: 1100,
    limits: [-101.325, 100_000],
    margin: [1, 0],
    plausibleOffset: 20,
    decimals: 2,
  },
  differential_pressure: {
    unit: 'Pa',
    label: 'Differential pressure',
    min: -5000,
    max: 5000,
    limits: [-10_000_000, 10_000_000],
    plausibleOffset: 100,
    decimals: 0,
  },
  mole_fraction: { unit: 'ppm', label: 'CO₂', min: 0, max: 1_000_000, margin: [50, 0], plausibleOffset: 300, decimals: 0 },
  volatile_organic_compounds: {
    unit: 'ppb',
    label: 'VOC',
    min: 0,
    max: 1_000_000,
    limits: [0, 1_000_000_000],
    margin: [20, 0],
    decimals: 0,
  },
  particulate_matter: { unit: 'µg/m³', label: 'Particulate matter', min: 0, max: 100_000, margin: [5, 0], decimals: 0 },
  ppfd: {
    unit: 'µmol m⁻² s⁻¹',
    label: 'Light (PPFD)',
    min: 0,
    max: 5000,
    limits: [0, 20_000],
    margin: [10, 0],
    plausibleOffset: 300,
    decimals: 0,
  },
  daily_light_integral: { unit: 'mol/m²', label: 'DLI', min: 0, max: 200, decimals: 1 },
  illuminance: {
    unit: 'lx',
    label: 'Illuminance',
    min: 0,
    max: 200_000,
    limits: [0, 10_000_000],
    margin: [20, 0],
    plausibleOffset: 10_000,
    decimals: 0,
  },
  irradiance: {
    unit: 'W/m²',
    label: 'Irradiance',
    min: 0,
    max: 2000,
    limits: [-1000, 100_000],
    margin: [30, 0],
    plausibleOffset: 150,
    decimals: 0,
  },
  uv_index: { unit: '', label: 'UV index', min: 0, max: 30, limits: [0, 100], margin: [0.5, 0], decimals: 1 },
  conductivity: {
    unit: 'mS/cm',
    label: 'Conductivity (EC)',
    min: 0,
    max: 200,
    limits: [0, 2000],
    margin: [0.05, 0],
    plausibleOffset: 1,
    decimals: 2,
  },
  ph: { unit: 'pH', label: 'pH', min: 0, max: 14, limits: [-2, 16], margin: [0.2, 0.2], plausibleOffset: 1.5, decimals: 2 },
  redox_potential: {
    unit: 'mV',
    label: 'Redox potential (ORP)',
    min: -2000,
    max: 2000,
    limits: [-10_000, 10_000],
    plausibleOffset: 100,
    decimals: 0,
  },
  dissolved_oxygen: {
    unit: 'mg/L',
    label: 'Dissolved oxygen',
    min: 0,
    max: 50,
    limits: [0, 1000],
    margin: [0.5, 0],
    plausibleOffset: 3,
    decimals: 2,
  },
  oxygen_saturation: {
    unit: '%',
    label: 'Oxygen saturation',
    min: 0,
    max: 500,
    limits: [0, 2000],
    margin: [2, 0],
    plausibleOffset: 30,
    decimals: 1,
  },
  concentration: { unit: 'mg/L', label: 'Concentration', min: 0, max: 1_000_000, limits: [0, 10_000_000], margin: [5, 0], decimals: 0 },
  mass_fraction: { unit: 'mg/kg', label: 'Mass fraction', min: 0, max: 1_000_000, margin: [5, 0], decimals: 0 },
  salinity: { unit: 'PSU', label: 'Salinity', min: 0, max: 100, limits: [0, 400], margin: [0.2, 0], plausibleOffset: 5, decimals: 2 },
  turbidity: { unit: 'NTU', label: 'Turbidity', min: 0, max: 10_000, limits: [0, 1_000_000], margin: [1, 0], decimals: 1 },
  soil_moisture: { unit: '%', label: 'Soil moisture (VWC)', min: 0, max: 100, margin: [2, 5], plausibleOffset: 15, decimals: 1 },
  permittivity: { unit: '', label: 'Relative permittivity', min: 0, max: 100, limits: [0, 10_000], decimals: 1 },
  volume_flow: { unit: 'm³/h', label: 'Flow', min: -100_000, max: 100_000, limits: [-1e9, 1e9], decimals: 3 },
  mass_flow: { unit: 'kg/h', label: 'Mass flow', min: -1_000_000, max: 1_000_000, limits: [-1e9, 1e9], decimals: 1 },
  volume: { unit: 'm³', label: 'Volume', min: -1e9, max: 1e12, limits: [-any, any], decimals: 3 },
  mass: { unit: 'kg', label: 'Mass', min: -1_000_000, max: 1_000_000, limits: [-1e12, 1e12], decimals: 2 },
  level: { unit: 'm', label: 'Level', min: -100, max: 1000, limits: [-12_000, 12_000], plausibleOffset: 0.5, decimals: 3 },
  length: { unit: 'm', label: 'Length', min: -1_000_000, max: 1_000_000, limits: [-1e12, 1e12], decimals: 3 },
  velocity: { unit: 'm/s', label: 'Velocity', min: -1000, max: 1000, limits: [-100_000, 100_000], decimals: 2 },
  wind_speed: { unit: 'm/s', label: 'Wind speed', min: 0, max: 120, margin: [0.5, 0], plausibleOffset: 3, decimals: 1 },
  wind_direction: { unit: '°', label: 'Wind direction', min: 0, max: 360, margin: [1, 1], plausibleOffset: 30, decimals: 0 },
  angle: { unit: '°', label: 'Angle', min: -360, max: 360, limits: [-1_000_000, 1_000_000], decimals: 1 },
  rainfall: { unit: 'mm', label: 'Rainfall', min: 0, max: 1_000_000, decimals: 1 },
  rainfall_rate: { unit: 'mm/h', label: 'Rainfall rate', min: 0, max: 2000, margin: [0.5, 0], decimals: 1 },
  rotational_speed: { unit: 'rpm', label: 'Speed', min: -200_000, max: 200_000, limits: [-1e7, 1e7], decimals: 0 },
  frequency: { unit: 'Hz', label: 'Frequency', min: -10_000, max: 10_000, limits: [-1e12, 1e12], plausibleOffset: 1, decimals: 2 },
  voltage: { unit: 'V', label: 'Voltage', min: -100_000, max: 100_000, limits: [-1e9, 1e9], decimals: 1 },
  current: { unit: 'A', label: 'Current', min: -100_000, max: 100_000, limits: [-1e9, 1e9], decimals: 2 },
  power: { unit: 'W', label: 'Power', min: -10_000_000, max: 10_000_000, limits: [-1e12, 1e12], decimals: 0 },
  reactive_power: { unit: 'var', label: 'Reactive power', min: -10_000_000, max: 10_000_000, limits: [-1e12, 1e12], decimals: 0 },
  apparent_power: { unit: 'VA', label: 'Apparent power', min: -10_000_000, max: 10_000_000, limits: [-1e12, 1e12], decimals: 0 },
  power_factor: { unit: '', label: 'Power factor', min: -1, max: 1, margin: [0.02, 0.02], plausibleOffset: 0.1, decimals: 2 },
  energy: { unit: 'kWh', label: 'Energy', min: -1e12, max: 1e12, limits: [-any, any], decimals: 2 },
  reactive_energy: { unit: 'kvarh', label: 'Reactive energy', min: -1e12, max: 1e12, limits: [-any, any], decimals: 2 },
  apparent_energy: { unit: 'kVAh', label: 'Apparent energy', min: -1e12, max: 1e12, limits: [-any, any], decimals: 2 },
  resistance: { unit: 'Ω', label: 'Resistance', min: -1e12, max: 1e12, limits: [-any, any], decimals: 1 },
  torque: { unit: 'N·m', label: 'Torque', min: -1_000_000, max: 1_000_000, limits: [-1e12, 1e12], decimals: 1 },
  force: { unit: 'N', label: 'Force', min: -1e9, max: 1e9, limits: [-1e12, 1e12], decimals: 1 },
  sound_level: { unit: 'dB', label: 'Sound level', min: 0, max: 200, limits: [-100, 300], plausibleOffset: 10, decimals: 1 },
  percent: { unit: '%', label: 'Percentage', min: 0, max: 100, limits: [-1_000_000, 1_000_000], margin: [1, 1], decimals: 0 },
  duration: { unit: 's', label: 'Duration', min: 0, max: 1e12, limits: [-any, any], decimals: 0 },
  number: { unit: '', label: 'Value', min: -any, max: any, decimals: 2 },
  boolean: { unit: '', label: 'State', min: 0, max: 1, decimals: 0 },
} as const satisfies Record<string, QuantityFacts>;

/** The name of a quantity. */
export type Quantity = keyof typeof quantities;

/** The names of all quantities, in the order of the table. */
export const quantityNames = Object.keys(quantities) as readonly Quantity[];

/** The facts of a quantity, all of them said. */
export const factsOf = (quantity: Quantity): Required<Omit<QuantityFacts, 'plausibleOffset'>> => {
  const facts: QuantityFacts = quantities[quantity];
  return { limits: [facts.min, facts.max], margin: [0, 0], ...facts };
};

/** The share of its range by which an instrument is plausibly off where its quantity declares nothing. */
const usualShare = 0.05;

/** How far an instrument of this quantity and range plausibly reads off a reference, in the canonical unit. */
export const toPlausibleOffset = (quantity: Quantity, { min, max }: { readonly min: number; readonly max: number }): number => {
  const facts: QuantityFacts = quantities[quantity];
  return facts.plausibleOffset ?? (max - min) * usualShare;
};
