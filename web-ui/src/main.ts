import { mount } from 'svelte';
import App from './app.svelte';
import { runPanel } from './panel/io/run-panel.ts';

const target = document.querySelector('#panel');
if (target === null) throw new Error('the page has no element for the panel');
mount(App, { target, props: { panel: runPanel() } });
