// Node-RED asks for a default export.
export { registerReadings as default } from '../dist/index.js';
