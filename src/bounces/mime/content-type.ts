/** A Content-Type as far as we need it. */
export interface ContentType {
  /** Lower case, e.g. `text/plain`; empty where there is none. */
  readonly type: string;
  readonly charset?: string;
  readonly boundary?: string;
  readonly reportType?: string;
}

/** Reads a Content-Type field, well-formed or not. */
export function readContentType(value: string | undefined): ContentType {
  if (value === undefined) return { type: '' };
  const semicolon = value.search(/[;\s]/);
  const type = (semicolon === -1 ? value : value.slice(0, semicolon)).trim().toLowerCase();
  const charset = parameter(value, 'charset');
  const boundary = parameter(value, 'boundary');
  const reportType = parameter(value, 'report-type')?.toLowerCase();
  return {
    type: type.replaceAll('"', ''),
    ...(charset === undefined ? {} : { charset }),
    ...(boundary === undefined ? {} : { boundary }),
    ...(reportType === undefined ? {} : { reportType }),
  };
}

function parameter(value: string, name: string): string | undefined {
  const at = value.toLowerCase().indexOf(`${name}=`);
  const spaced = at === -1 ? value.toLowerCase().indexOf(`${name} =`) : at;
  if (spaced === -1) return undefined;
  const rest = value.slice(value.indexOf('=', spaced) + 1).trimStart();
  const text = rest.startsWith('"')
    ? rest.slice(1, rest.indexOf('"', 1) === -1 ? undefined : rest.indexOf('"', 1))
    : (rest.split(/[;\s]/, 1)[0] ?? '');
  return text === '' ? undefined : text.trim();
}
