import type { MaskedContent } from '../headers/masked-message.ts';
import type { BodyText } from '../mail/body-text.ts';
import { fillingOf, type Filling } from '../mail/filling.ts';
import type { MessageContent } from '../mail/message-content.ts';
import { validationError } from '../runtime/errors.ts';
import { compileTemplate, type Template } from '../templates/compile-template.ts';
import type { Escaping } from '../templates/liquid-engine.ts';

/**
 * What is rendered for a send: its content as it is, or, where that is a template, filled with what the
 * job brings. The one place where the two come together.
 *
 * @throws OnbehalfError `RENDER_FAILED` for a template that cannot be filled, or a job that does not
 *   belong to its content
 */
export function fillContent(content: MessageContent, job: Partial<Filling>): MaskedContent {
  const filling = fillingOf(job);
  if (filling === undefined) {
    if (content.template === true) throw failed('variables', 'are missing: it is a template');
    return content;
  }
  if (content.template !== true) throw failed('variables', 'are given, but it is no template');
  const { rest, bodies } = known.get(content) ?? prepared(content);
  const filled: { text?: BodyText; html?: BodyText } = {};
  for (const { field, template } of bodies) {
    const result = template.fill(filling.variables);
    if (!result.ok) throw failed(field, result.problem);
    filled[field] = result.text;
  }
  return { to: [filling.to], subject: filling.subject, ...filled, ...rest };
}

interface PreparedContent {
  /** All of it that is the same for each send. */
  readonly rest: Omit<MaskedContent, 'text' | 'html' | 'template' | 'to' | 'subject'>;
  readonly bodies: readonly { readonly field: 'text' | 'html'; readonly template: Template }[];
}

/** By the content object, which the store of contents keeps as long as it is in use. */
const known = new WeakMap<MessageContent, PreparedContent>();

function prepared(content: MessageContent): PreparedContent {
  const { template: _template, to: _to, subject: _subject, text, html, ...rest } = content;
  const bodies = [
    ...(text === undefined ? [] : [bodyOf('text', text, 'none')]),
    ...(html === undefined ? [] : [bodyOf('html', html, 'html')]),
  ];
  const made = { rest, bodies };
  known.set(content, made);
  return made;
}

function bodyOf(field: 'text' | 'html', text: string, escaping: Escaping) {
  const compiled = compileTemplate(text, escaping);
  if (!compiled.ok) throw failed(field, compiled.problems.join('; '));
  return { field, template: compiled.template };
}

function failed(field: string, message: string): Error {
  return validationError('RENDER_FAILED', 'template', [{ field, message }]);
}
