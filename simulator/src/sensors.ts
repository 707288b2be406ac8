import { toNormal } from './seeded-random.ts';

/** Where a slow sensor has got to, how far it has drifted, and what it says: both, with noise. */
export type Sensor = { readonly followed: number; readonly drift: number; readonly reading: number };

/** How a sensor makes a reading of what really is. */
export type SensorModel<Truth> = {
  readonly lagMs: number;
  /** The standard deviation of its noise. */
  readonly noise: number;
  /** How far it is off after days, as a standard deviation; it wanders there and back over days. */
  readonly drift: number;
  /** Where its scale ends: it says neither less nor more. */
  readonly scale: { readonly min: number; readonly max: number };
  readonly truth: (of: Truth) => number;
};

/** A model for each sensor. */
export type SensorModels<Truth, Name extends string> = { readonly [name in Name]: SensorModel<Truth> };
/** A value per sensor. */
export type Sensors<Name extends string> = { readonly [name in Name]: Sensor };

/** Sensors that have long been where they are, freshly adjusted. */
export const restSensors = <Truth, Name extends string>(models: SensorModels<Truth, Name>, of: Truth): Sensors<Name> =>
  mapModels(models, (model) => {
    const truth = within(model, model.truth(of));
    return { followed: truth, drift: 0, reading: truth };
  });

/** What the sensors make of it after `dtMs`. */
export const followSensors = <Truth, Name extends string>(
  models: SensorModels<Truth, Name>,
  sensors: Sensors<Name>,
  of: Truth,
  dtMs: number,
  random: () => number,
): Sensors<Name> =>
  mapModels(models, (model, name) => {
    const { followed: before, drift: off } = sensors[name];
    const followed = before + (model.truth(of) - before) * (1 - Math.exp(-dtMs / model.lagMs));
    // A walk that is drawn back home (Ornstein and Uhlenbeck): a good day's drift, and never a sensor that runs away.
    const drift = off * (1 - dtMs / driftMs) + model.drift * Math.sqrt((2 * dtMs) / driftMs) * toNormal(random);
    return { followed, drift, reading: within(model, followed + drift + model.noise * toNormal(random)) };
  });

const driftMs = 2 * 86_400_000;

const within = <Truth>({ scale }: SensorModel<Truth>, value: number): number => Math.min(scale.max, Math.max(scale.min, value));

const mapModels = <Truth, Name extends string>(
  models: SensorModels<Truth, Name>,
  make: (model: SensorModel<Truth>, name: Name) => Sensor,
): Sensors<Name> => {
  const sensors: { [name in Name]?: Sensor } = {};
  for (const name of Object.keys(models) as Name[]) sensors[name] = make(models[name], name);
  return sensors as Sensors<Name>;
};
