import { parseArgs } from 'node:util';
import { openPhloem } from '@phloem/embed/open';
import { createAutomationFailpoints } from './automation-failpoints.ts';
import { createPass } from './create-pass.ts';
import { createHubFailpoints } from './hub-failpoints.ts';

const text = { type: 'string' } as const;
const { values } = parseArgs({ options: { port: text, data: text, site: text, worker: { type: 'boolean', default: false } } });

// Hub and automation service in one process that can be killed and frozen at the named places of both.
const pass = createPass();
const { phloem } = await openPhloem({
  data: values.data ?? '',
  site: values.site ?? '',
  listen: { port: Number(values.port ?? 0) },
  automation: values.worker ? 'worker' : 'same-thread',
  decorate: { hub: createHubFailpoints(pass), automation: createAutomationFailpoints(pass) },
});
process.once('SIGTERM', () => void phloem.close().then(() => process.exit(0)));
process.send?.({ port: Number(new URL(phloem.url ?? '').port) });
