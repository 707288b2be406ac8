// Node-RED asks for a default export.
export { registerAlarms as default } from '../dist/index.js';
