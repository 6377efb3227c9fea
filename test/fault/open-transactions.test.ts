import { describe, expect, test } from '@jest/globals';
import type { SendId } from '../../src/mail/ids.ts';
import type { OutcomeEvent } from '../../src/queue/outcome-event.ts';
import { createTransactionLog } from './open-transactions.ts';

const stop = { worker: 'w1', from: 1_000, until: 1_010 };
const takenOver = 'the process that sent the body ended before it saw the reply';

/** A worker w1 and a worker w2, each with connections of their own, and a clock that is set. */
function listening() {
  let at = 0;
  const log = createTransactionLog(() => at);
  const begin = (connection: number, sendId: string, when: number, worker = 'w1'): void => {
    at = when;
    log.hear(connection, `EHLO ${worker}`);
    log.hear(connection, `MAIL FROM:<a@x.example> ENVID=${sendId}`);
    log.hear(connection, 'DATA');
    log.see(connection, 'granted');
  };
  const leave = (connection: number, when: number): void => {
    at = when;
    log.see(connection, 'left');
  };
  return { log, begin, leave };
}

function ended(sendId: string, at: number, reason?: string): OutcomeEvent {
  const more = reason === undefined ? {} : { reason };
  return { sendId: sendId as SendId, at, state: 'waiting', ...more } as OutcomeEvent;
}

describe('open when a worker stops', () => {
  test('is what was granted before and has no recorded end before', () => {
    const { log, begin } = listening();
    begin(1, 'ended', 900);
    begin(2, 'ended-later', 910);
    begin(3, 'never-ended', 920);
    begin(4, 'of-another', 930, 'w2');
    begin(3, 'after-it', 1_011);
    const events = [ended('ended', 950), ended('ended-later', 1_020)];
    expect(log.judge([stop], events)).toMatchObject({ openWhenInterrupted: 2, openMost: 2 });
  });

  test('is also what was granted while it stood still, which it may begin when it goes on', () => {
    const { log, begin } = listening();
    begin(1, 'granted-to-a-stopped-one', 1_005);
    expect(log.judge([stop], [])).toMatchObject({ openMost: 1 });
  });

  test('is nothing that it had left without a body, since another worker had begun that attempt', () => {
    const { log, begin, leave } = listening();
    begin(1, 'taken', 900);
    // What it did before the stop may be heard after it.
    leave(1, 1_003);
    begin(2, 'its-own', 950);
    // Its death closes the others.
    leave(2, 1_020);
    expect(log.judge([stop], [])).toMatchObject({ openMost: 1 });
  });

  test('is a send once, however often it was begun', () => {
    const { log, begin } = listening();
    begin(1, 'again', 900);
    begin(2, 'again', 950);
    expect(log.judge([stop], [])).toMatchObject({ openMost: 1 });
  });
});

describe('an attempt that another worker called uncertain', () => {
  test('was open when its worker was interrupted', () => {
    const { log, begin } = listening();
    begin(1, 'interrupted', 900);
    const events = [ended('interrupted', 3_000, takenOver)];
    const figures = { uncertainByInterruption: 1, uncertainUninterrupted: [] };
    expect(log.judge([stop], events)).toMatchObject(figures);
  });

  test('counts as uninterrupted where only an earlier attempt was open', () => {
    const { log, begin } = listening();
    begin(1, 'twice', 900);
    begin(2, 'twice', 2_000, 'w2');
    const events = [ended('twice', 1_500, takenOver), ended('twice', 3_000, takenOver)];
    const story = expect.stringMatching(/^twice: 354 to w1 .*354 to w2 1000; .* w1 still 2000 to /);
    const figures = { uncertainByInterruption: 2, uncertainUninterrupted: [story] };
    expect(log.judge([stop], events)).toMatchObject(figures);
  });
});
