// Node-RED asks for a default export.
export { registerRequest as default } from '../dist/index.js';
