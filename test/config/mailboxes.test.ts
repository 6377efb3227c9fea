import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { loadConfig } from '../../src/config/config.ts';
import '../support/leftovers.ts';
import { temporaryFolder } from '../support/temp-folder.ts';

describe('mailboxes', () => {
  const load = async (settings: object, environment = {}) => {
    const file = join(temporaryFolder(), 'onbehalf.config.json');
    writeFileSync(file, JSON.stringify(settings));
    return loadConfig({ environment, workingDirectory: '/', file });
  };
  const password = { env: 'BOX' };
  const copies = { host: 'm.example', user: 'box', password };
  const bounces = { role: 'notices', host: 'm.example', user: 'bounces', password };
  const environment = { BOX: 'secret' };

  test('several, each with what arrives in it, beside the single one', async () => {
    const folder = { role: 'copies', ...copies, folder: 'More', secure: false };
    const config = await load({ mailbox: copies, mailboxes: [bounces, folder] }, environment);
    expect(config.mailbox).toMatchObject({ user: 'box', folder: 'INBOX', port: 993 });
    expect(config.mailboxes).toMatchObject([
      { role: 'notices', user: 'bounces', password: 'secret', port: 993, pollMs: 30_000 },
      { role: 'copies', user: 'box', folder: 'More', port: 143 },
    ]);
    expect((await load({})).mailboxes).toEqual([]);
  });

  test('what is wrong with them is told', async () => {
    const { password: _none, ...unopened } = bounces;
    const mailboxes = [unopened, { role: 'copies', ...copies }];
    await expect(load({ mailbox: copies, mailboxes }, environment)).rejects.toMatchObject({
      code: 'INVALID_CONFIG',
      problems: [
        { field: 'mailboxes.0.password', message: 'is missing; name a file or variable' },
        { field: 'mailboxes.1', message: 'reads box@m.example:993/INBOX, as another one does' },
      ],
    });
    const unknown = [{ ...bounces, role: 'spam' }];
    await expect(load({ mailboxes: unknown }, environment)).rejects.toMatchObject({
      problems: [{ field: 'mailboxes.0.role' }],
    });
  });
});
