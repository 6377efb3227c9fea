/*
 * HTML of notices as text: only lines and words matter. Our own, because a parser of the whole language
 * takes longer than everything else together, and because tags in notices are seldom well-formed: an
 * address in angle brackets is often not escaped.
 */

const blocks = new Set(
  'p br div tr li ul ol table h1 h2 h3 h4 h5 h6 hr pre blockquote title head body td th dt dd'.split(
    ' ',
  ),
);
const hidden = new Set(['style', 'script']);

const entities: Readonly<Record<string, string>> = {
  lt: '<',
  gt: '>',
  amp: '&',
  quot: '"',
  apos: "'",
  nbsp: ' ',
  ouml: 'ö',
  auml: 'ä',
  uuml: 'ü',
  szlig: 'ß',
  eacute: 'é',
  egrave: 'è',
  agrave: 'à',
};

/** The text of an HTML body. Linear. */
export function textOfHtml(html: string): string {
  const out: string[] = [];
  let at = 0;
  while (at < html.length) {
    const open = html.indexOf('<', at);
    if (open === -1) break;
    out.push(html.slice(at, open));
    const close = html.indexOf('>', open);
    if (close === -1) {
      at = open;
      break;
    }
    const inside = html.slice(open + 1, Math.min(close, open + 300));
    const name = /^\/?([a-z][a-z0-9]*)/i.exec(inside)?.[1]?.toLowerCase() ?? '';
    at = close + 1;
    if (inside.startsWith('!--')) {
      const end = html.indexOf('-->', open);
      at = end === -1 ? html.length : end + 3;
    } else if (hidden.has(name) && !inside.startsWith('/')) {
      const end = html.indexOf('</', at);
      at = end === -1 ? html.length : end;
    } else if (inside.includes('@') && !/[\s=]/.test(inside)) out.push(`<${inside}>`);
    else if (blocks.has(name)) out.push('\n');
  }
  out.push(html.slice(at));
  return out.join('').replace(/&(?:#(\d{1,7})|#x([0-9a-f]{1,6})|([a-z]{2,8}));/gi, entity);
}

function entity(whole: string, decimal?: string, hex?: string, name?: string): string {
  if (name !== undefined) return entities[name.toLowerCase()] ?? whole;
  const code = decimal === undefined ? Number.parseInt(hex ?? '', 16) : Number(decimal);
  return code > 0 && code <= 0x10ffff ? String.fromCodePoint(code) : ' ';
}
