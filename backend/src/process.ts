// A hub as a process of its own.
export { endOnLoss, runHubProcess, type HubProcessOptions, type HubReady } from './hub/io/hub-process.ts';
export type { HubDecorators } from './hub/io/open-hub.ts';
