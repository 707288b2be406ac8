// Writes src/theme/tokens.css from src/theme/tokens.ts: node dev/run-write-tokens.ts
import { writeFileSync } from 'node:fs';
import { toTokenCss } from '../src/theme/tokens.ts';

writeFileSync(new URL('../src/theme/tokens.css', import.meta.url), toTokenCss());
