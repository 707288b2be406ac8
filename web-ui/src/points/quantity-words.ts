import type { Quantity } from '@phloem/protocol';

const words: Partial<Readonly<Record<Quantity, string>>> = {
  relative_humidity: 'Relative humidity',
  vapour_pressure_deficit: 'VPD',
  specific_enthalpy: 'Enthalpy',
  mole_fraction: 'CO₂',
  ppfd: 'Light (PPFD)',
  daily_light_integral: 'DLI',
  number: 'Value',
  boolean: 'State',
};

/** What a quantity is called on the page: `Temperature`, `VPD`. */
export const toQuantityWord = (quantity: Quantity): string => {
  const name = words[quantity] ?? quantity.replaceAll('_', ' ');
  return name.slice(0, 1).toUpperCase() + name.slice(1);
};
