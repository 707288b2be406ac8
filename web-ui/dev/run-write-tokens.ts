// Writes src/look/tokens.css from src/look/tokens.ts: node dev/run-write-tokens.ts
import { writeFileSync } from 'node:fs';
import { toTokenCss } from '../src/look/tokens.ts';

writeFileSync(new URL('../src/look/tokens.css', import.meta.url), toTokenCss());
