/**
 * The render thread from the sources: threads cannot load TypeScript by themselves, and tests should
 * not depend on a build.
 */
import { register } from 'node:module';

register('./typescript-loader.mjs', import.meta.url);
await import('../../src/worker/render-thread.ts');
