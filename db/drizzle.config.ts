import { defineConfig } from 'drizzle-kit';

/** Makes a migration out of a changed schema: `npm run migrations`. */
export default defineConfig({
  dialect: 'sqlite',
  schema: './db/sqlite/schema.ts',
  out: './db/migrations',
});
