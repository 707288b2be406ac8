// Node-RED asks for a default export.
export { registerHub as default } from '../dist/index.js';
