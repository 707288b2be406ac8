// Node-RED asks for a default export.
export { registerOverride as default } from '../dist/index.js';
