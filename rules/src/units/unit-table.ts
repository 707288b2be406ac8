/** What can be converted into what: units of one kind differ by a factor (and °F and K by an offset). */
type Kind = { readonly kind: string; readonly units: Readonly<Record<string, number | readonly [factor: number, offset: number]>> };

/**
 * Every unit that documents may use, by kind. `value in the reference = value × factor + offset`; the reference has 1.
 * Two units that people write for one are two names with one factor.
 */
export const unitKinds: readonly Kind[] = [
  // Fahrenheit by its definition: °C = (°F − 32) ÷ 1.8. Kelvin is a difference; as a scale it is `K` in profiles.
  { kind: 'temperature', units: { '°C': 1, degC: 1, '°F': [1 / 1.8, -32 / 1.8], degF: [1 / 1.8, -32 / 1.8] } },
  { kind: 'difference of temperatures', units: { K: 1 } },
  {
    kind: 'pressure',
    units: {
      Pa: 1,
      hPa: 100,
      kPa: 1000,
      MPa: 1e6,
      bar: 1e5,
      mbar: 100,
      psi: 6894.757293168,
      inHg: 3386.389,
      mmHg: 133.322387415,
      mH2O: 9806.65,
    },
  },
  { kind: 'per cent', units: { '%': 1 } },
  { kind: 'parts', units: { ppm: 1, ppb: 1e-3 } },
  { kind: 'photon flux', units: { 'µmol/m²/s': 1, 'µmol m⁻² s⁻¹': 1, 'umol/m2/s': 1, µmol: 1, umol: 1 } },
  { kind: 'photons', units: { 'mol/m²': 1, 'mol/m2': 1 } },
  { kind: 'illuminance', units: { lx: 1, klx: 1000, lux: 1, fc: 10.763910416709722 } },
  { kind: 'irradiance', units: { 'W/m²': 1, 'W/m2': 1, 'kW/m²': 1000 } },
  {
    kind: 'mass in a volume',
    units: {
      'g/m³': 1,
      'g/m3': 1,
      'mg/L': 1,
      'mg/l': 1,
      'µg/m³': 1e-6,
      'ug/m3': 1e-6,
      'mg/m³': 1e-3,
      'µg/L': 1e-3,
      'µg/l': 1e-3,
      'g/L': 1000,
      'g/l': 1000,
    },
  },
  { kind: 'mass in a mass', units: { 'mg/kg': 1, 'g/kg': 1000 } },
  { kind: 'enthalpy', units: { 'kJ/kg': 1, 'J/kg': 1e-3 } },
  { kind: 'conductivity', units: { 'mS/cm': 1, 'µS/cm': 1e-3, 'uS/cm': 1e-3, 'dS/m': 1, 'S/m': 10, 'mS/m': 0.01, 'S/cm': 1000 } },
  { kind: 'pH', units: { pH: 1 } },
  { kind: 'salinity', units: { PSU: 1 } },
  { kind: 'turbidity', units: { NTU: 1, FNU: 1 } },
  {
    kind: 'flow',
    units: {
      'm³/h': 1,
      'm3/h': 1,
      'm³/min': 60,
      'm³/s': 3600,
      'l/s': 3.6,
      'L/s': 3.6,
      'l/min': 0.06,
      'L/min': 0.06,
      'l/h': 1e-3,
      'L/h': 1e-3,
      'ml/min': 6e-5,
      'mL/min': 6e-5,
      gpm: 0.2271247,
      cfm: 1.699010796,
    },
  },
  { kind: 'mass flow', units: { 'kg/h': 1, 'kg/min': 60, 'kg/s': 3600, 'g/s': 3.6, 't/h': 1000 } },
  { kind: 'volume', units: { 'm³': 1, m3: 1, l: 1e-3, L: 1e-3, ml: 1e-6, mL: 1e-6, gal: 0.003785411784 } },
  { kind: 'mass', units: { kg: 1, g: 1e-3, mg: 1e-6, t: 1000, lb: 0.45359237 } },
  { kind: 'length', units: { m: 1, mm: 1e-3, cm: 0.01, µm: 1e-6, km: 1000, in: 0.0254, ft: 0.3048 } },
  { kind: 'velocity', units: { 'm/s': 1, 'km/h': 1 / 3.6, 'ft/min': 0.00508, mph: 0.44704, kn: 0.514444444444444 } },
  { kind: 'rain', units: { 'mm/h': 1, 'mm/min': 60, 'in/h': 25.4 } },
  { kind: 'angle', units: { '°': 1, deg: 1, rad: 57.29577951308232 } },
  { kind: 'rotation', units: { rpm: 1 } },
  { kind: 'frequency', units: { Hz: 1, kHz: 1000, mHz: 1e-3, MHz: 1e6 } },
  { kind: 'voltage', units: { V: 1, mV: 1e-3, µV: 1e-6, kV: 1000 } },
  { kind: 'current', units: { A: 1, mA: 1e-3, µA: 1e-6, kA: 1000 } },
  { kind: 'power', units: { W: 1, mW: 1e-3, kW: 1000, MW: 1e6, 'GJ/h': 1e9 / 3600, 'BTU/h': 0.29307107, hp: 745.699872 } },
  { kind: 'reactive power', units: { var: 1, kvar: 1000, Mvar: 1e6 } },
  { kind: 'apparent power', units: { VA: 1, kVA: 1000, MVA: 1e6 } },
  { kind: 'energy', units: { kWh: 1, Wh: 1e-3, MWh: 1000, GWh: 1e6, J: 1 / 3.6e6, kJ: 1 / 3600, MJ: 1 / 3.6, GJ: 1000 / 3.6 } },
  { kind: 'reactive energy', units: { kvarh: 1, varh: 1e-3, Mvarh: 1000 } },
  { kind: 'apparent energy', units: { kVAh: 1, VAh: 1e-3, MVAh: 1000 } },
  { kind: 'resistance', units: { Ω: 1, kΩ: 1000, MΩ: 1e6 } },
  { kind: 'torque', units: { N·m: 1, Nm: 1 } },
  { kind: 'force', units: { N: 1, kN: 1000 } },
  { kind: 'sound', units: { dB: 1 } },
  { kind: 'time', units: { s: 1, ms: 1e-3, min: 60, h: 3600, d: 86_400 } },
];

/** One unit of the table. */
export type TableUnit = { readonly kind: string; readonly factor: number; readonly offset: number };

const table: ReadonlyMap<string, TableUnit> = new Map(
  unitKinds.flatMap(({ kind, units }) =>
    Object.entries(units).map(([name, written]) => {
      const [factor, offset] = typeof written === 'number' ? [written, 0] : written;
      return [name, { kind, factor, offset }] as const;
    }),
  ),
);

/** The same letters in the one way the table has them: two characters look like µ, and two like Ω. */
export const toUnitName = (name: string): string => name.trim().replaceAll('μ', 'µ').replaceAll('Ω', 'Ω');

/** A unit of the table; undefined when there is none. */
export const findUnit = (name: string): TableUnit | undefined => table.get(toUnitName(name));

/** All names, in the order of the table. */
export const tableNames: readonly string[] = [...table.keys()];
