import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { ImapFlow } from 'imapflow';
import { deliverByLmtp } from '../../src/demo/deliver.ts';
import { startDovecot } from '../../src/demo/dovecot.ts';
import type { Dovecot } from '../../src/demo/dovecot.ts';
import '../support/leftovers.ts';
import { eventually } from '../support/wait-for.ts';

const users = [{ name: 'dropbox', password: 'secret' }] as const;
const message = Buffer.from(
  'From: jane@acme.example\r\nTo: carl@contact.example\r\nSubject: hi\r\n\r\n.dot\r\nend\r\n',
);

async function login({ imap }: Dovecot): Promise<ImapFlow> {
  const client = new ImapFlow({
    host: imap.host,
    port: imap.port,
    secure: false,
    auth: { user: imap.user, pass: imap.password },
    logger: false,
  });
  // Sessions are broken off on purpose below; without a listener that would end the process.
  client.on('error', () => undefined);
  await client.connect();
  return client;
}

describe('startDovecot', () => {
  test('puts a delivery into the mailbox with the detail in Delivered-To', async () => {
    await using dovecot = await startDovecot({ users });
    const replies = await deliverByLmtp(dovecot.lmtp, {
      mailFrom: 'jane@acme.example',
      rcptTo: ['dropbox+t0k3n@in.crm.example'],
      message,
    });
    expect(replies).toMatchObject([
      { recipient: 'dropbox+t0k3n@in.crm.example', reply: { code: 250, enhancedCode: '2.0.0' } },
    ]);
    const client = await login(dovecot);
    const folders = (await client.list()).map((folder) => folder.path);
    expect(folders.sort()).toEqual(['Failed', 'INBOX', 'Processed']);
    await client.mailboxOpen('INBOX');
    const found = await client.fetchOne('1', { source: true });
    const source = found === false ? '' : String(found.source);
    expect(source).toMatch(/^Delivered-To: dropbox\+t0k3n@in\.crm\.example\r$/m);
    expect(source).toContain('\r\n\r\n.dot\r\nend\r\n');
    expect(await client.messageMove('1', 'Processed')).toMatchObject({ destination: 'Processed' });
    await client.logout();
  });

  test('answers each recipient by itself', async () => {
    await using dovecot = await startDovecot({ users });
    const rcptTo = ['dropbox@in.crm.example', 'nobody-here@in.crm.example'];
    const replies = await deliverByLmtp(dovecot.lmtp, { mailFrom: '', rcptTo, message });
    expect(replies.map(({ recipient, reply }) => [recipient, reply.code])).toEqual([
      ['dropbox@in.crm.example', 250],
      ['nobody-here@in.crm.example', 550],
    ]);
  });

  test('breaks sessions off when asked to', async () => {
    await using dovecot = await startDovecot({ users });
    const client = await login(dovecot);
    const closed = new Promise((resolve) => client.once('close', resolve));
    expect(await dovecot.killSessions()).toBe(1);
    await closed;
    const next = await login(dovecot);
    await next.logout();
  });

  test('runs without privileges and leaves neither process nor file behind', async () => {
    const dovecot = await startDovecot({ users });
    const client = await login(dovecot);
    const running = processesOf(dovecot.pid);
    expect(running.length).toBeGreaterThan(3);
    expect(running.map(userOf)).not.toContain('0');
    await dovecot.stop();
    await dovecot.stop();
    await eventually(() => processesOf(dovecot.pid).length === 0, {
      what: 'the end of all Dovecot processes',
    });
    expect(existsSync(dovecot.directory)).toBe(false);
    client.close();
  });

  test('says what is wrong when it does not come up, and cleans up', async () => {
    const broken = [{ name: 'dropbox', password: 'secret' }] as const;
    await expect(startDovecot({ users: broken, folders: ['no\n}brace'] })).rejects.toMatchObject({
      code: 'SERVER_FAILED',
      message: expect.stringContaining('line'),
    });
  });
});

/** Processes of the group that a server leads, without those that only wait to be reaped. */
function processesOf(group: number): readonly string[] {
  return readdirSync('/proc').filter((pid) => {
    if (!/^\d+$/.test(pid)) return false;
    try {
      const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
      const [state, , groupId] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
      return groupId === String(group) && state !== 'Z';
    } catch {
      return false;
    }
  });
}

function userOf(pid: string): string | undefined {
  return /^Uid:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
}
