import type { MessageContent } from '../mail/message-content.ts';
import type { Keyring } from '../mail/keyring.ts';
import type { FrozenFacts } from '../queue/frozen-facts.ts';
import type { SendJob } from '../queue/send-job.ts';
import type { ErrorCode } from '../runtime/errors.ts';
import type { DkimKeyOptions, ProviderOptions } from './identity.ts';
import type { MaskedMail } from './mask-message.ts';
import type { MessageBytes } from './message-bytes.ts';
import type { Route } from './route.ts';

/** What the render thread is started with: what the worker itself was given. */
export interface RenderThreadSettings {
  readonly provider: ProviderOptions;
  readonly dkim: readonly DkimKeyOptions[];
  readonly keyring: Keyring;
}

/** All that the bytes of one message depend on, besides the settings. */
export interface RenderRequest {
  readonly job: SendJob;
  readonly frozen: FrozenFacts;
  readonly content: MessageContent;
  readonly route: Pick<Route, 'signs' | 'returnPath'>;
}

/** A message ready for the wire, and what its bytes ask of the way they are sent. */
export interface RenderedMail extends MaskedMail {
  readonly inspected: MessageBytes;
}

/** What the render thread answers: once `ready`, then one answer for each request, in any order. */
export type RenderAnswer =
  | { readonly kind: 'ready' }
  | { readonly kind: 'rendered'; readonly id: number; readonly mail: RenderedMail }
  | {
      readonly kind: 'failed';
      readonly id: number;
      readonly code: ErrorCode | undefined;
      readonly message: string;
    };
