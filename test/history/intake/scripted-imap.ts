/**
 * A small IMAP server whose answers a test can replace, for faults that no well-behaved server
 * shows: refusals, lies about sizes, the end of the connection inside a literal.
 */
import { once } from 'node:events';
import { createServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import { createInterface } from 'node:readline';
import { atEnd } from '../../support/leftovers.ts';

/** A mail of the scripted folder. */
export interface ScriptedMail {
  readonly uid: number;
  readonly raw: Buffer;
  /** What the server says its size is; default the truth. */
  readonly toldBytes?: number;
}

/** One command as the client gave it. */
interface ScriptedCommand {
  readonly tag: string;
  /** In upper case, e.g. `UID FETCH`. */
  readonly name: string;
  readonly rest: string;
  readonly socket: Socket;
}

/** What the server does with a command: an answer of its own; undefined for the usual one. */
export type Script = (command: ScriptedCommand) => string | undefined;

/** The running server. */
export interface ScriptedImap {
  readonly port: number;
  /** Mails of INBOX; may be changed between commands. */
  mails: ScriptedMail[];
  /** Names of all commands so far. */
  readonly commands: readonly string[];
}

/** Starts the server on a free port; it ends with the test file. */
export async function startScriptedImap(
  mails: readonly ScriptedMail[],
  script: Script = () => undefined,
  capabilities = 'IMAP4rev1 MOVE UIDPLUS IDLE',
): Promise<ScriptedImap> {
  const commands: string[] = [];
  const house = { mails: [...mails] };
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.write(`* OK [CAPABILITY ${capabilities}] ready\r\n`);
    let idling: string | undefined;
    createInterface({ input: socket }).on('line', (line) => {
      if (idling !== undefined) {
        socket.write(`${idling} OK done\r\n`);
        idling = undefined;
        return;
      }
      const [, tag = '', uid = '', word = '', rest = ''] =
        /^(\S+) (UID )?(\S+) ?(.*)$/i.exec(line) ?? [];
      const name = `${uid}${word}`.toUpperCase();
      commands.push(name);
      const own = script({ tag, name, rest, socket });
      if (own !== undefined) {
        if (!socket.writableEnded) socket.write(own);
        return;
      }
      if (name === 'IDLE') idling = tag;
      socket.write(usualAnswer(house, capabilities, { tag, name, rest, socket }));
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  atEnd(async () => {
    for (const socket of sockets) socket.destroy();
    await once(server.close(), 'close');
  });
  return {
    port: (server.address() as AddressInfo).port,
    commands,
    get mails() {
      return house.mails;
    },
    set mails(changed) {
      house.mails = changed;
    },
  };
}

function usualAnswer(
  house: { mails: ScriptedMail[] },
  capabilities: string,
  { tag, name, rest }: ScriptedCommand,
): Buffer {
  const text = (...lines: readonly string[]): Buffer =>
    Buffer.from([...lines, `${tag} OK done`, ''].join('\r\n'));
  const asked = house.mails.filter((mail) => inSet(rest.split(' ')[0] ?? '', mail.uid));
  switch (name) {
    case 'CAPABILITY':
      return text(`* CAPABILITY ${capabilities}`);
    case 'LIST':
    case 'LSUB':
      return text(`* ${name} () "/" INBOX`);
    case 'SELECT':
      return text(
        `* ${house.mails.length} EXISTS`,
        '* FLAGS (\\Seen)',
        '* OK [UIDVALIDITY 42] valid',
        '* OK [UIDNEXT 1000] next',
      );
    case 'UID SEARCH':
      return text(`* SEARCH ${house.mails.map((mail) => mail.uid).join(' ')}`.trim());
    case 'UID FETCH':
      return Buffer.concat([...asked.map((mail) => fetchRow(mail, rest)), text()]);
    case 'UID MOVE': {
      house.mails = house.mails.filter((mail) => !asked.includes(mail));
      const uids = asked.map((mail) => mail.uid).join(',');
      return text(
        ...(capabilities.includes('UIDPLUS') ? [`* OK [COPYUID 43 ${uids} ${uids}] moved`] : []),
        ...asked.map(() => '* 1 EXPUNGE'),
      );
    }
    case 'IDLE':
      return Buffer.from('+ idling\r\n');
    case 'LOGOUT':
      return text('* BYE logging out');
    default:
      return text();
  }
}

function fetchRow(mail: ScriptedMail, rest: string): Buffer {
  const size = mail.toldBytes ?? mail.raw.length;
  const known = `UID ${mail.uid} RFC822.SIZE ${size} INTERNALDATE "23-Nov-2026 08:30:15 +0000"`;
  const partial = /BODY\.PEEK\[\]<(\d+)\.(\d+)>/i.exec(rest);
  if (partial === null) return Buffer.from(`* ${mail.uid} FETCH (${known})\r\n`);
  const start = Number(partial[1]);
  const piece = mail.raw.subarray(start, start + Number(partial[2]));
  return Buffer.concat([
    Buffer.from(`* ${mail.uid} FETCH (${known} BODY[]<${start}> {${piece.length}}\r\n`),
    piece,
    Buffer.from(')\r\n'),
  ]);
}

function inSet(set: string, uid: number): boolean {
  return set.split(',').some((range) => {
    const [first = '', last = first] = range.split(':');
    return uid >= Number(first) && uid <= Number(last);
  });
}
