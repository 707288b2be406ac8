// What a program needs to talk to a running hub over HTTP, and where its data folder keeps the tokens.
export { askTimeZone, createHubClient, type HubClient } from './http/io/hub-client.ts';
export type { SiteAnswer } from './http/answers.ts';
export type { InterlockAnswer } from './http/interlock-answers.ts';
export { dataFiles } from './hub/io/data-files.ts';
export { toWord } from './devices/device-value.ts';
export { parsePublicUrl } from './access/own-page.ts';
export type { TlsListen } from './http/io/open-tls-listener.ts';
export { commandAccess } from './access/permissions.ts';
