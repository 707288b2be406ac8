// A hub in the process of another program.
export { openHub, type HubDecorators, type HubLog, type OpenHub, type OpenHubOptions } from './hub/io/open-hub.ts';
export { machine, type HubOutside } from './hub/io/hub-outside.ts';
export { ensureNodeToken } from './hub/io/first-start.ts';
export { parsePublicUrl } from './access/own-page.ts';
export { dataFiles } from './hub/io/data-files.ts';
export { leaveSafe } from './hub/leave-safe.ts';
export { loadSiteFolder } from './site/io/load-site-folder.ts';
export { readFolder } from './site/io/read-folder.ts';
export { createLinkedHubTransport } from './sessions/io/linked-hub-transport.ts';
export { createLinkedPair } from './sessions/io/linked-pair.ts';
