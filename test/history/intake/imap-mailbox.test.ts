import { describe, expect, test } from '@jest/globals';
import { createImapMailbox } from '../../../src/history/intake/imap-mailbox.ts';
import type { ImapMailboxOptions } from '../../../src/history/intake/imap-options.ts';
import type { MailboxSession } from '../../../src/history/intake/mailbox.ts';
import { atEnd } from '../../support/leftovers.ts';
import { startScriptedImap } from './scripted-imap.ts';
import type { Script, ScriptedImap } from './scripted-imap.ts';

const KiB = 1024;
const mail = (uid: number, bytes = 100) => ({ uid, raw: Buffer.alloc(bytes, `${uid}`) });
const never = new AbortController().signal;

async function openOn(
  server: ScriptedImap,
  options: Partial<ImapMailboxOptions> = {},
): Promise<MailboxSession> {
  const { port } = server;
  const login = { host: '127.0.0.1', port, user: 'dropbox', password: 'secret' };
  const session = await createImapMailbox({ ...login, ...options }).open(never);
  atEnd(() => session.close());
  return session;
}

const on =
  (wanted: string, answer: (tag: string) => string): Script =>
  ({ name, tag }) =>
    name === wanted ? answer(tag) : undefined;

describe('a session', () => {
  test('lists, describes, fetches and moves', async () => {
    const server = await startScriptedImap([mail(3), mail(4), mail(9)]);
    const session = await openOn(server);
    expect(session.epoch).toEqual({
      account: `dropbox@127.0.0.1:${server.port}`,
      path: 'INBOX',
      uidValidity: '42',
    });
    expect(await session.listUids()).toEqual([3, 4, 9]);
    const mails = await session.fetchMetadata([3, 4, 9]);
    const internalDateMs = Date.UTC(2026, 10, 23, 8, 30, 15);
    expect(mails[0]).toEqual({ uid: 3, sizeBytes: 100, internalDateMs });
    const fetches = server.commands.filter((name) => name === 'UID FETCH').length;
    const bytes = await session.fetchBytes(mails, 10 * KiB);
    expect(bytes.get(9)).toEqual({ kind: 'bytes', raw: mail(9).raw });
    // many small mails cost one command
    expect(server.commands.filter((name) => name === 'UID FETCH')).toHaveLength(fetches + 1);
    expect(await session.move([3, 9], 'failed')).toEqual({ kind: 'moved', uids: [3, 9] });
    expect(await session.listUids()).toEqual([4]);
  });

  test('knows what moved also from a server that does not tell', async () => {
    const server = await startScriptedImap([mail(3), mail(4)], undefined, 'IMAP4rev1 MOVE');
    const session = await openOn(server);
    expect(await session.move([4, 8], 'processed')).toEqual({ kind: 'moved', uids: [4, 8] });
    expect(await session.listUids()).toEqual([3]);
  });

  test('a refused search is an error, and not an empty folder', async () => {
    const server = await startScriptedImap(
      [mail(3)],
      on('UID SEARCH', (tag) => `${tag} NO busy\r\n`),
    );
    await expect((await openOn(server)).listUids()).rejects.toMatchObject({
      code: 'MAILBOX_UNAVAILABLE',
    });
  });

  test('a refused move is a result, a connection lost in it an error', async () => {
    const refusing = await startScriptedImap(
      [mail(3)],
      on('UID MOVE', (tag) => `${tag} NO [OVERQUOTA] full\r\n`),
    );
    expect(await (await openOn(refusing)).move([3], 'processed')).toMatchObject({
      kind: 'refused',
    });
    const breaking = await startScriptedImap([mail(3)], ({ name, socket }) => {
      if (name === 'UID MOVE') socket.destroy();
      return undefined;
    });
    await expect((await openOn(breaking)).move([3], 'processed')).rejects.toMatchObject({
      code: 'MAILBOX_UNAVAILABLE',
    });
  });

  test('the end of the connection inside a literal is an error, and so is every later call', async () => {
    const server = await startScriptedImap([mail(3)], ({ name, rest, socket }) => {
      if (name !== 'UID FETCH' || !rest.includes('PEEK')) return undefined;
      socket.write('* 3 FETCH (UID 3 BODY[]<0> {100}\r\nabc');
      socket.end('* BYE going down\r\n');
      return '';
    });
    const session = await openOn(server);
    const mails = await session.fetchMetadata([3]);
    await expect(session.fetchBytes(mails, KiB)).rejects.toMatchObject({
      code: 'MAILBOX_UNAVAILABLE',
    });
    await expect(session.listUids()).rejects.toMatchObject({ code: 'MAILBOX_UNAVAILABLE' });
    await session.close();
  });

  test('one mail the server refuses to hand out does not hide the others', async () => {
    const server = await startScriptedImap([mail(3), mail(4), mail(5)], ({ name, rest, tag }) =>
      name === 'UID FETCH' && rest.includes('PEEK') && /^(?:3:5|4) /.test(rest)
        ? `${tag} NO [SERVERBUG] cannot read mail\r\n`
        : undefined,
    );
    const session = await openOn(server);
    const bytes = await session.fetchBytes(await session.fetchMetadata([3, 4, 5]), KiB);
    expect([...bytes].map(([uid, found]) => `${uid} ${found.kind}`)).toEqual([
      '3 bytes',
      '4 refused',
      '5 bytes',
    ]);
  });

  test('a mail that is gone is told as gone', async () => {
    const server = await startScriptedImap([mail(3), { ...mail(4), toldBytes: 3 * KiB * KiB }]);
    const session = await openOn(server);
    const mails = await session.fetchMetadata([3, 4]);
    server.mails = [];
    const bytes = await session.fetchBytes(mails, 5 * KiB * KiB);
    expect([...bytes.values()]).toEqual([{ kind: 'gone' }, { kind: 'gone' }]);
    expect(await session.fetchMetadata([3])).toEqual([]);
  });

  test('sizes are believed only as far as they are true', async () => {
    const server = await startScriptedImap([
      { uid: 1, raw: Buffer.alloc(3 * KiB * KiB, 'a'), toldBytes: 10 },
      { uid: 2, raw: Buffer.alloc(9 * KiB * KiB, 'b'), toldBytes: 10 },
      { uid: 3, raw: Buffer.alloc(100, 'c'), toldBytes: 2 * KiB * KiB },
      { uid: 4, raw: Buffer.alloc(100, 'd'), toldBytes: 50 * KiB * KiB },
      { uid: 5, raw: Buffer.alloc(2 * KiB * KiB, 'e') },
      { uid: 6, raw: Buffer.alloc(5 * KiB * KiB, 'f') },
      { uid: 7, raw: Buffer.alloc(5 * KiB * KiB + 1, 'g'), toldBytes: 100 },
    ]);
    const session = await openOn(server);
    const bytes = await session.fetchBytes(
      await session.fetchMetadata([1, 2, 3, 4, 5, 6, 7]),
      5 * KiB * KiB,
    );
    const lengths = [...bytes.values()].map((found) =>
      found.kind === 'bytes'
        ? found.raw.length
        : found.kind === 'too-large'
          ? `head of ${found.head.length}`
          : found.kind,
    );
    expect(lengths).toEqual([
      3 * KiB * KiB,
      `head of ${64 * KiB}`,
      100,
      'head of 100',
      2 * KiB * KiB,
      5 * KiB * KiB,
      `head of ${64 * KiB}`,
    ]);
  });

  test('waits for mail until it is told, or not longer than asked', async () => {
    const server = await startScriptedImap([], ({ name, socket }) => {
      if (name === 'IDLE') setImmediate(() => socket.write('* 1 EXISTS\r\n'));
      return undefined;
    });
    const session = await openOn(server);
    expect(await session.waitForMail(60_000, never)).toBe(true);
    // the hint lasts until the folder is listed
    expect(await session.waitForMail(60_000, never)).toBe(true);
    const silent = await openOn(await startScriptedImap([]));
    expect(await silent.waitForMail(20, never)).toBe(false);
    expect(await silent.waitForMail(60_000, AbortSignal.abort())).toBe(false);
  });

  test('a folder made anew ends the session, also where the server says nothing', async () => {
    let uidValidity = 42;
    const server = await startScriptedImap([mail(3)], ({ name, tag }) =>
      name === 'SELECT'
        ? `* 1 EXISTS\r\n* OK [UIDVALIDITY ${uidValidity}] valid\r\n${tag} OK\r\n`
        : undefined,
    );
    const session = await openOn(server);
    expect(await session.listUids()).toEqual([3]);
    expect(await session.listUids()).toEqual([3]);
    uidValidity = 43;
    await expect(session.listUids()).rejects.toMatchObject({ code: 'MAILBOX_UNAVAILABLE' });
    expect((await openOn(server)).epoch.uidValidity).toBe('43');
  });

  test('a connection lost while waiting is an error at once', async () => {
    const server = await startScriptedImap([], ({ name, socket }) => {
      if (name === 'IDLE') setImmediate(() => socket.destroy());
      return undefined;
    });
    await expect((await openOn(server)).waitForMail(60_000, never)).rejects.toMatchObject({
      code: 'MAILBOX_UNAVAILABLE',
    });
  });
});

describe('opening', () => {
  test.each([
    ['NO [AUTHENTICATIONFAILED] no', 'MAILBOX_LOGIN_REFUSED'],
    ['NO no', 'MAILBOX_LOGIN_REFUSED'],
    ['NO [UNAVAILABLE] try later', 'MAILBOX_UNAVAILABLE'],
    ['NO [LIMIT] too many sessions', 'MAILBOX_UNAVAILABLE'],
  ])('a login answered by %s gives %s', async (answer, code) => {
    const server = await startScriptedImap(
      [],
      on('LOGIN', (tag) => `${tag} ${answer}\r\n`),
    );
    await expect(openOn(server)).rejects.toMatchObject({ code });
  });

  test('never logs in without TLS beyond this machine', async () => {
    const server = await startScriptedImap([]);
    // leads to this machine, but is no loopback address
    await expect(openOn(server, { host: '0.0.0.0' })).rejects.toMatchObject({
      code: 'MAILBOX_UNAVAILABLE',
    });
    expect(server.commands).not.toContain('LOGIN');
  });

  test('takes a folder that exists, also where the server just says no to making it', async () => {
    const lines: Script = ({ name, tag, rest }) => {
      if (name === 'CREATE') return `${tag} NO exists\r\n`;
      if (name === 'STATUS') return `* STATUS ${rest.split(' ')[0]} (MESSAGES 0)\r\n${tag} OK\r\n`;
      return undefined;
    };
    expect(await (await openOn(await startScriptedImap([mail(3)], lines))).listUids()).toEqual([3]);
  });

  test('a missing folder, nobody listening and a stop are MAILBOX_UNAVAILABLE', async () => {
    const server = await startScriptedImap(
      [],
      on('SELECT', (tag) => `${tag} NO [NONEXISTENT] none\r\n`),
    );
    await expect(openOn(server)).rejects.toMatchObject({ code: 'MAILBOX_UNAVAILABLE' });
    const nobody = { ...server, port: 1 };
    await expect(openOn(nobody)).rejects.toMatchObject({ code: 'MAILBOX_UNAVAILABLE' });
    const login = { host: '127.0.0.1', port: server.port, user: 'a', password: 'b' };
    await expect(createImapMailbox(login).open(AbortSignal.abort())).rejects.toMatchObject({
      code: 'MAILBOX_UNAVAILABLE',
    });
  });
});
