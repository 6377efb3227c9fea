/**
 * Writes `.oxlintrc.json`: the lint rules, and for each room which other rooms and which packages
 * it may import. The table below is the truth; the file is generated because the linter reads JSON
 * only and because a later override of a rule replaces an earlier one instead of adding to it.
 *
 *   node scripts/lint-rooms.mjs          writes the file
 *   node scripts/lint-rooms.mjs --check  exits 1 when the file is not what the table gives
 */
import { readFileSync, writeFileSync } from 'node:fs';

/** Rooms of `src/`, what each may import from other rooms, and the packages it owns. */
const rooms = {
  runtime: { may: [], packages: ['pino'] },
  mail: { may: ['runtime'], packages: [] },
  queue: { may: ['mail', 'runtime'], packages: ['bullmq', 'ioredis'] },
  domains: { may: ['mail', 'runtime'], packages: [] },
  templates: { may: ['mail', 'runtime'], packages: ['liquidjs'] },
  headers: { may: ['mail', 'runtime'], packages: [] },
  bounces: { may: ['mail', 'runtime'], packages: [] },
  producer: { may: ['queue', 'templates', 'mail', 'runtime'], packages: ['bullmq', 'ioredis'] },
  worker: {
    may: ['queue', 'templates', 'headers', 'bounces', 'domains', 'mail', 'runtime'],
    packages: ['bullmq', 'ioredis', 'nodemailer'],
  },
  history: {
    may: ['db', 'queue', 'bounces', 'domains', 'mail', 'runtime'],
    packages: ['csv-parse', 'csv-stringify', 'ioredis', 'imapflow', 'mailparser', 'drizzle-orm'],
  },
  config: { may: ['mail', 'runtime', 'bounces', 'worker', 'history', 'queue'], packages: ['zod'] },
};

/** Packages that are used anywhere, and our own by its name; a room may import only those it owns. */
const packages = [
  'onbehalf',
  'bullmq',
  'ioredis',
  'liquidjs',
  'nodemailer',
  'imapflow',
  'mailparser',
  'smtp-server',
  'drizzle-orm',
  'better-sqlite3',
  'pino',
  'commander',
  'cli-progress',
  'csv-parse',
  'csv-stringify',
  'zod',
];

const withSubpaths = (names) => names.flatMap((name) => [name, `${name}/**`]);

function boundary(name, { may, packages: owned }, up) {
  const allowed = may.map((room) => (room === 'db' ? `!${up}../db/**` : `!${up}${room}/**`));
  const reach = may.length === 0 ? 'no other room' : `only ${may.join(', ')}`;
  return [
    'error',
    {
      patterns: [
        {
          group: [`${up}**`, `./${up}**`, ...allowed],
          message: `${name} may import ${reach} (ARCHITECTURE.md, rooms)`,
        },
        {
          group: withSubpaths(packages.filter((each) => !owned.includes(each))),
          message: `${name} owns ${owned.length === 0 ? 'no packages' : `only ${owned.join(', ')}`}`,
        },
      ],
    },
  ];
}

const roomOverrides = Object.entries(rooms).flatMap(([name, room]) => [
  {
    files: [`src/${name}/*.ts`],
    rules: { 'no-restricted-imports': boundary(name, room, '../') },
  },
  {
    files: [`src/${name}/*/**/*.ts`],
    rules: { 'no-restricted-imports': boundary(name, room, '../../') },
  },
]);

const dbOverride = {
  files: ['db/**/*.ts'],
  rules: {
    'no-restricted-imports': [
      'error',
      {
        patterns: [
          {
            group: ['../**/src/**', './../**/src/**', '!../**/src/runtime/**'],
            message: 'db may import only runtime (ARCHITECTURE.md, rooms)',
          },
          {
            group: withSubpaths(
              packages.filter((each) => each !== 'drizzle-orm' && each !== 'better-sqlite3'),
            ),
            message: 'db owns only drizzle-orm, better-sqlite3',
          },
        ],
      },
    ],
  },
};

const config = {
  $schema: './node_modules/oxlint/configuration_schema.json',
  plugins: ['typescript', 'import', 'node', 'promise', 'unicorn', 'jest'],
  categories: { correctness: 'error' },
  ignorePatterns: ['dist', 'node_modules', 'db/migrations'],
  rules: {
    'typescript/no-floating-promises': 'error',
    'typescript/no-misused-promises': 'error',
    'typescript/return-await': 'error',
    'typescript/only-throw-error': 'error',
    'typescript/switch-exhaustiveness-check': 'error',
    'typescript/no-explicit-any': 'error',
    'typescript/consistent-type-imports': 'error',
    'import/no-cycle': 'error',
    'import/no-default-export': 'error',
    'eslint/max-lines': ['error', { max: 300, skipBlankLines: true, skipComments: true }],
    // Control characters are what several of our patterns look for.
    'eslint/no-control-regex': 'off',
    'unicorn/filename-case': ['error', { case: 'kebabCase' }],
    'jest/no-focused-tests': 'error',
    'jest/no-identical-title': 'error',
  },
  overrides: [
    {
      files: ['src/**/*.ts', 'db/**/*.ts'],
      rules: { 'node/no-process-env': 'error', 'eslint/no-console': 'error' },
    },
    ...roomOverrides,
    dbOverride,
    {
      files: ['src/cli/**/*.ts'],
      rules: { 'node/no-process-env': 'off', 'eslint/no-console': 'off' },
    },
    { files: ['src/config/**/*.ts'], rules: { 'node/no-process-env': 'off' } },
    // These two are read by tools that ask for a default export.
    {
      files: ['db/drizzle.config.ts', 'test/support/summary-line.mjs'],
      rules: { 'import/no-default-export': 'off' },
    },
  ],
};

const file = new URL('../.oxlintrc.json', import.meta.url);
const text = `${JSON.stringify(config, null, 2)}\n`;
if (process.argv.includes('--check')) {
  if (readFileSync(file, 'utf8') !== text) {
    process.stderr.write('.oxlintrc.json is not what scripts/lint-rooms.mjs gives; run it.\n');
    process.exitCode = 1;
  }
} else {
  writeFileSync(file, text);
}
