import { afterEach, expect, test } from '@jest/globals';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { SMTPServer } from 'smtp-server';
import type { RouteCredentials } from '../../src/worker/credentials.ts';
import { openLane } from '../../src/worker/lane.ts';
import { resolveRoute } from '../../src/worker/route.ts';

const servers: SMTPServer[] = [];
afterEach(async () => {
  for (const server of servers.splice(0)) await new Promise<void>((done) => server.close(done));
});

interface Login {
  readonly method: string;
  readonly user: string | undefined;
  readonly secret: string | undefined;
}

/** A relay that takes `right` as password or token, and writes down every login. */
async function relay(methods: readonly string[], logins: Login[]) {
  const server = new SMTPServer({
    authMethods: [...methods],
    allowInsecureAuth: true,
    disabledCommands: ['STARTTLS'],
    onAuth(auth, _session, done) {
      const secret = auth.accessToken ?? auth.password ?? undefined;
      logins.push({ method: auth.method, user: auth.username ?? undefined, secret });
      if (secret === 'right') done(null, { user: auth.username });
      else if (auth.method === 'XOAUTH2') {
        done(null, { user: undefined, data: { status: '401', schemes: 'bearer' } });
      } else done(new Error('wrong'));
    },
  });
  servers.push(server);
  server.listen(0, '127.0.0.1');
  await once(server.server, 'listening');
  return (server.server.address() as AddressInfo).port;
}

async function logIn(methods: readonly string[], auth: RouteCredentials) {
  const logins: Login[] = [];
  const port = await relay(methods, logins);
  const opening = await openLane(resolveRoute({ host: '127.0.0.1', port, auth }, 'crm.example'));
  if (opening.kind === 'open') opening.lane.quit();
  return { opening, logins };
}

test.each(['PLAIN', 'LOGIN'])('a password over %s', async (method) => {
  const auth = { kind: 'password', user: 'crm', password: 'right' } as const;
  const { opening, logins } = await logIn([method], auth);
  expect(opening.kind).toBe('open');
  expect(logins).toEqual([{ method, user: 'crm', secret: 'right' }]);
});

test('a token over XOAUTH2, renewed once when it is refused', async () => {
  const asked: boolean[] = [];
  const accessToken = async (renew: boolean): Promise<string> => {
    asked.push(renew);
    return renew ? 'right' : 'stale';
  };
  const auth = { kind: 'oauth2', user: 'crm', accessToken } as const;
  const { opening, logins } = await logIn(['XOAUTH2', 'PLAIN'], auth);
  expect(opening.kind).toBe('open');
  expect(asked).toEqual([false, true]);
  expect(logins.map(({ method, secret }) => [method, secret])).toEqual([
    ['XOAUTH2', 'stale'],
    ['XOAUTH2', 'right'],
  ]);
});

test('what goes wrong when a token is asked for never shows what the token server said', async () => {
  const accessToken = async (): Promise<string> => {
    throw Object.assign(new Error('refused: client_secret=hush'), { code: 'ETOKEN' });
  };
  const { opening } = await logIn(['XOAUTH2'], { kind: 'oauth2', user: 'crm', accessToken });
  expect(opening).toMatchObject({ kind: 'broken', reason: expect.stringContaining('ETOKEN') });
  expect(JSON.stringify(opening)).not.toContain('hush');
});
