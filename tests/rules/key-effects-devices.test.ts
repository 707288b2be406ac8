import { documentKinds } from '@phloem/rules';
import { describe, expect, it } from 'vitest';
import { deviceWorlds } from './support/key-device-samples.ts';
import { deviceSpecimens } from './support/key-device-specimens.ts';
import { findKeysWithoutEffect } from './support/key-proof.ts';

import { findSpecimenFault } from './support/key-specimens.ts';

const schema = documentKinds.Devices;

describe('a key that is accepted in a document of devices has an effect', () => {
  it('Devices: on writes, on alarms, or on what people read', async () => {
    const faults: string[] = [];
    for (const specimen of deviceSpecimens) faults.push(...(await findSpecimenFault(specimen, schema)));
    expect(faults).toEqual([]);
    const shown = new Set(deviceSpecimens.flatMap(({ keys }) => keys));
    expect(await findKeysWithoutEffect('Devices', schema, deviceWorlds, { perKey: 3, shown })).toEqual([]);
  }, 900_000);
});
