import { toValueSync, TokenKind, type Context, type Liquid, type Template as Part } from 'liquidjs';
import type { BodyText, PiecedText } from '../mail/body-text.ts';
import { boundedEmitter, budgetedContext } from './fill-budget.ts';
import { escapeHtml, type Escaping } from './liquid-engine.ts';
import type { Parsed } from './parse-template.ts';

/** Where a value stands between two pieces: a bare name, or something for the engine. */
type Slot =
  | { readonly kind: 'name'; readonly name: string; readonly escapes: boolean }
  | { readonly kind: 'expression'; readonly part: Part };

/**
 * How to fill a template that is only text and outputs; undefined where it has tags. Most outputs are
 * bare names, which need no engine: it takes some microseconds for each.
 */
export function flatFiller(
  engine: Liquid,
  { templates, size }: Extract<Parsed, { ok: true }>,
  escaping: Escaping,
): ((values: Readonly<Record<string, string>>) => BodyText) | undefined {
  const pieces: string[] = [''];
  const slots: Slot[] = [];
  for (const part of templates) {
    if (part.token.kind === TokenKind.HTML) {
      pieces.push(`${pieces.pop() ?? ''}${contentOf(part)}`);
    } else if (part.token.kind === TokenKind.Output) {
      slots.push(slotOf(part, escaping));
      pieces.push('');
    } else {
      return undefined;
    }
  }
  return (values): PiecedText => {
    let context: Context | undefined;
    const filled: string[] = [];
    for (const slot of slots) {
      let text: string;
      if (slot.kind === 'name') {
        const value = values[slot.name] ?? '';
        text = slot.escapes ? escapeHtml(value) : value;
      } else {
        context ??= budgetedContext(engine, values, size);
        const emitter = boundedEmitter();
        toValueSync(engine.renderer.renderTemplates([slot.part], context, emitter));
        text = emitter.buffer;
      }
      filled.push(text.includes('\r') ? text.replace(/\r\n?/g, '\n') : text);
    }
    return { pieces, values: filled };
  };
}

/** The text of a token, without what `{{-` and `-}}` beside it cut off. */
function contentOf(part: Part): string {
  return (part.token as unknown as { getContent(): string }).getContent();
}

function slotOf(part: Part, escaping: Escaping): Slot {
  const [, name, raw] =
    /^\{\{-?\s*([A-Za-z_]\w*)\s*(\|\s*raw\s*)?-?\}\}$/.exec(part.token.getText()) ?? [];
  if (name === undefined || literals.has(name)) return { kind: 'expression', part };
  return { kind: 'name', name, escapes: escaping === 'html' && raw === undefined };
}

/** Words that are no names in Liquid. */
const literals = new Set(['true', 'false', 'nil', 'null', 'empty', 'blank']);
