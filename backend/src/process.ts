// A hub as a process of its own.
export { runHubProcess, type HubProcessOptions, type HubReady } from './hub/io/hub-process.ts';
