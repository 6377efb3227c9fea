/** Why a message is sent: one person to another, a step of an automated sequence, or a campaign. */
export type SendKind = 'single' | 'sequence' | 'bulk';

/** All kinds, for checks. */
export const sendKinds: readonly SendKind[] = ['single', 'sequence', 'bulk'];

/** How a message is masked. */
export type MaskingMode = 'on-behalf' | 'aligned' | 'rewritten' | 'direct';

/** All modes, for checks. */
export const maskingModes: readonly MaskingMode[] = ['on-behalf', 'aligned', 'rewritten', 'direct'];

/** How one attempt ended. `uncertain`: the connection or process died after the body began. */
export type AttemptResult = 'accepted' | 'deferred' | 'rejected' | 'uncertain';

/** All attempt results, for checks. */
export const attemptResults: readonly AttemptResult[] = [
  'accepted',
  'deferred',
  'rejected',
  'uncertain',
];

/** Where a send is. `accepted` means by the route, not delivered. */
export type SendState = 'waiting' | 'held' | FinalState;

/** The five states that a send never leaves. */
export type FinalState = 'accepted' | 'rejected' | 'expired' | 'suppressed' | 'cancelled';

/** All final states, for checks. */
export const finalStates: readonly FinalState[] = [
  'accepted',
  'rejected',
  'expired',
  'suppressed',
  'cancelled',
];

/** All states, for checks. */
export const sendStates: readonly SendState[] = ['waiting', 'held', ...finalStates];

/** Whether a state is one of the five final ones. */
export function isFinal(state: SendState): state is FinalState {
  return (finalStates as readonly SendState[]).includes(state);
}
