/**
 * Words that servers add to any refusal and that say nothing of its reason. They are passed over, so
 * that "to protect our users from spam" does not read as spam.
 */
export const noise: readonly string[] = [
  '(to|in order to)? (best|better)? (protect|help protect) (our|its|their|your)? (users|customers|members|network|recipients|system) (from|against) (spam|abuse|unwanted mail|unwanted email)',
  '(to|helps|help)? reduce (the)? (amount of)? (spam|junk) (sent|delivered)? (to)? (gmail|users|our users|customers)?',
  '(if|and) (this|it|you feel this|you believe this|your message) (is|was) (not|no|not a) (spam|a spam|junk)',
  'if (this|it) (isnt|is not) spam',
  '(please)? contact (your|the) (system|email|mail|network|server)? administrator',
  '(your|the) (email|mail|system|network) administrator',
  '(please)? send (mail|email) to (the|your)? (postmaster|administrator|support|help desk)',
  '(smtp|remote|mail) error from remote (mail server|server|host)',
  '(while|when|after) (talking to|sending|end of|pipelined|initial connection)',
  'in reply to (rcpt to|end of data|data) command',
  '(mail delivery|delivery) (subsystem|system|agent) at',
  'this is the (mail system|mail delivery agent|mail delivery system) at',
  '(for|for further|for more|further|more) (information|assistance|details|help|explanation)',
  '(error|smtp error|smtp) (code|codes|messages|reference|message|number)',
  '(is|was|did) not able to be delivered',
  '(message|mail|email) (could not|cannot) be delivered to (one or more|some|the following) (of its)? (recipients|addresses)',
  'message still undelivered after # (hour|hours|minutes|day|days)',
  'message identifier was',
  'about smtp error messages',
  '(that)? (you|we) (tried|are trying|attempted|were trying|have tried|try) to (reach|contact|email|send to|write to|deliver to)',
  '(unknown address error|other mail system problem|other address status|other or undefined status|undefined mail system status)',
  'smtp protocol returned a permanent error',
  'permanent (failure|error|errors) for one or more recipients',
  'permanent (failure|error)',
  '(mail server|server) rejected your message',
  'spam and abuse (reporting|policy)',
];
