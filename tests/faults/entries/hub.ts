import { parseArgs } from 'node:util';
import { runHubProcess } from '@phloem/backend/process';
import { createHubFailpoints } from './hub-failpoints.ts';

const text = { type: 'string' } as const;
const { values } = parseArgs({ options: { port: text, data: text, site: text } });

// A hub that can be killed and frozen at named places.
await runHubProcess({
  port: Number(values.port ?? 0),
  simulatorPort: 0,
  data: values.data ?? '',
  site: values.site ?? '',
  isDemonstration: false,
  panelFolder: '',
  bundle: null,
  why: null,
  publicUrl: null,
  tlsListen: null,
  version: '0.0.0',
  decorate: createHubFailpoints(),
});
