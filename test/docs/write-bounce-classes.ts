/** Writes docs/bounce-classes.md: `npm run docs:bounces`. */
import { writeFileSync } from 'node:fs';
import { format } from 'prettier';
import { bounceClassesPage } from './bounce-classes-page.ts';

const page = await format(bounceClassesPage(), { parser: 'markdown', printWidth: 100 });
writeFileSync(new URL('../../docs/bounce-classes.md', import.meta.url), page);
