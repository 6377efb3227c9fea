import { beforeAll, expect, test } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { cloneRoot } from '../support/built.ts';
import { outputOf, runProgram } from '../support/run-program.ts';
import { temporaryFolder } from '../support/temp-folder.ts';
import { packInto, type PackedPackage } from './packed.ts';

let packed: PackedPackage;

beforeAll(async () => {
  packed = await packInto(temporaryFolder());
});

test('the package holds the build, the migrations and the documents, and nothing else', () => {
  const expected =
    /^(?:dist\/(?:src|db)\/.+\.(?:js|js\.map|d\.ts|d\.ts\.map|lua|html|css|json|svg)|db\/migrations\/.+\.(?:sql|json)|README\.md|LICENSE|CHANGELOG\.md|package\.json)$/;
  expect(packed.files.filter((path) => !expected.test(path))).toEqual([]);
  const documents = ['README.md', 'LICENSE', 'CHANGELOG.md', 'package.json'];
  const code = [
    'dist/src/index.js',
    'dist/src/index.d.ts',
    'dist/src/cli/main.js',
    'dist/db/open.js',
  ];
  const migrations = ['db/migrations/0000_history.sql', 'db/migrations/meta/_journal.json'];
  expect(packed.files).toEqual(expect.arrayContaining([...documents, ...code, ...migrations]));
});

test('no file of it tells of the machine that it was packed on', () => {
  const here = [cloneRoot, `${homedir()}/`].filter((each) => each.length > 4);
  const telling = packed.files.filter((path) => {
    const content = readFileSync(join(cloneRoot, path), 'latin1');
    return here.some((each) => content.includes(each));
  });
  expect(here).toContain(cloneRoot);
  expect(telling).toEqual([]);
});

test('publint finds nothing to say about it', async () => {
  const publint = join(cloneRoot, 'node_modules/publint/src/cli.js');
  const args = [publint, packed.tarball, '--strict', '--level', 'suggestion'];
  const ended = await runProgram(process.execPath, args, { cwd: cloneRoot });
  expect([ended.exitCode, ended.stdout]).toEqual([0, expect.stringContaining('All good')]);
});

/** What each door of the package gives: values first, then types. */
const doors = {
  index: {
    values: [
      'OnbehalfError',
      'classifyError',
      'classifyMail',
      'classifyReply',
      'compileRules',
      'createClassifier',
      'createHistory',
      'createProducer',
      'createWorker',
    ],
    types: [
      'AddedSender',
      'AddedSuppression',
      'AttachmentInput',
      'BounceClass',
      'BounceClassifier',
      'BounceRule',
      'BreakerOptions',
      'BreakerThreshold',
      'CancelAnswer',
      'CheckFacts',
      'Classification',
      'ClassifierOptions',
      'CompiledRules',
      'CopyLine',
      'CredentialsOptions',
      'DkimKeyOptions',
      'DmarcFacts',
      'DnsOptions',
      'EnqueuedSend',
      'ErrorCode',
      'FromDomainFacts',
      'History',
      'HistoryMailboxOptions',
      'HistoryOptions',
      'HistoryTotals',
      'KeyOfSends',
      'Keyring',
      'KnownSend',
      'LimitRule',
      'LineBounce',
      'LogFields',
      'Logger',
      'MailboxInput',
      'ModeChoice',
      'ModeReason',
      'NoticeLine',
      'NoticeMailboxOptions',
      'NoticeReading',
      'OutcomeBacklog',
      'OutcomeEvent',
      'Problem',
      'Producer',
      'ProducerOptions',
      'ProviderOptions',
      'RecipientNotice',
      'RecipientProvider',
      'ReplyToClassify',
      'RetryOptions',
      'RouteOptions',
      'SendInput',
      'SendLine',
      'SendResult',
      'SendStatus',
      'SendWorker',
      'SenderRecord',
      'SenderRequest',
      'SuppressRequest',
      'SuppressedRecipient',
      'SuppressionAuditLine',
      'SuppressionFilter',
      'SuppressionImport',
      'SuppressionImportReport',
      'SuppressionRecord',
      'SuppressionTarget',
      'Suppressions',
      'Timeline',
      'TimelineAttempt',
      'TimelineCursor',
      'TimelineLine',
      'TimelineRequest',
      'TransportErrorToClassify',
      'VerificationFacts',
      'WorkerOptions',
    ],
  },
  'producer/index': {
    values: ['OnbehalfError', 'createProducer'],
    types: [
      'AttachmentInput',
      'CancelAnswer',
      'CheckFacts',
      'DmarcFacts',
      'EnqueuedSend',
      'ErrorCode',
      'FromDomainFacts',
      'KeyOfSends',
      'KnownSend',
      'MailboxInput',
      'ModeChoice',
      'ModeReason',
      'Problem',
      'Producer',
      'ProducerOptions',
      'RecipientProvider',
      'SendInput',
      'SendResult',
      'SendStatus',
      'SuppressedRecipient',
      'VerificationFacts',
    ],
  },
  'worker/index': {
    values: ['OnbehalfError', 'createWorker'],
    types: [
      'BounceClassifier',
      'BreakerOptions',
      'BreakerThreshold',
      'CredentialsOptions',
      'DkimKeyOptions',
      'DnsOptions',
      'ErrorCode',
      'Keyring',
      'LimitRule',
      'LogFields',
      'Logger',
      'OutcomeEvent',
      'Problem',
      'ProviderOptions',
      'RetryOptions',
      'RouteOptions',
      'SendWorker',
      'WorkerOptions',
    ],
  },
  'history/index': {
    values: ['OnbehalfError', 'createHistory'],
    types: [
      'AddedSender',
      'AddedSuppression',
      'BounceRule',
      'CopyLine',
      'DnsOptions',
      'ErrorCode',
      'History',
      'HistoryMailboxOptions',
      'HistoryOptions',
      'HistoryTotals',
      'Keyring',
      'LineBounce',
      'LogFields',
      'Logger',
      'NoticeLine',
      'NoticeMailboxOptions',
      'OutcomeBacklog',
      'Problem',
      'SendLine',
      'SenderRecord',
      'SenderRequest',
      'SuppressRequest',
      'SuppressionAuditLine',
      'SuppressionFilter',
      'SuppressionImport',
      'SuppressionImportReport',
      'SuppressionRecord',
      'SuppressionTarget',
      'Suppressions',
      'Timeline',
      'TimelineAttempt',
      'TimelineCursor',
      'TimelineLine',
      'TimelineRequest',
    ],
  },
} as const;

test.each(Object.entries(doors))('%s gives exactly the names written here', async (door, names) => {
  const file = join(cloneRoot, 'dist/src', door);
  const program = `console.log(JSON.stringify(Object.keys(await import(${JSON.stringify(`${file}.js`)})).sort()))`;
  const args = ['--input-type=module', '--eval', program];
  const values: unknown = JSON.parse(await outputOf(process.execPath, args, { cwd: cloneRoot }));
  expect(values).toEqual(names.values);
  const lists = readFileSync(`${file}.d.ts`, 'utf8').matchAll(/^export type \{([^}]*)\} from/gm);
  const types = [...lists].flatMap(([, list = '']) => list.split(',').map((name) => name.trim()));
  expect(types.filter((name) => name !== '').sort()).toEqual(names.types);
});
