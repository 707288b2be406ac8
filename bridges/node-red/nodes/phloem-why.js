// Node-RED asks for a default export.
export { registerWhy as default } from '../dist/index.js';
