import { realWorldAnswers } from './real-world.ts';
import type { RelayScript } from './relay.ts';

const archivePattern = /^[ \t]*(?:Content-Disposition:.*)?filename="?[^"\r\n]+\.(?:gz|zip)/im;

/** Makes Bob one of the greylisted; others too, but which does not matter. */
const greylistSeed = 37;

/**
 * How the demo's relay answers: as the real world, and besides it refuses archives, as the mail
 * servers of many companies do.
 *
 * @param sendCount the throttled MAIL comes early enough for few sends as well
 */
export function demoAnswers(sendCount: number): RelayScript {
  const realWorld = realWorldAnswers({
    seed: greylistSeed,
    throttledMail: Math.min(25, Math.floor(sendCount / 2)),
  });
  return (stage, session) => {
    const text = stage === 'data' ? session.message?.toString('latin1') : undefined;
    if (text === undefined || !archivePattern.test(text)) return realWorld(stage, session);
    return { kind: 'refuse', code: 554, text: '5.7.1 Archives are not accepted here' };
  };
}
