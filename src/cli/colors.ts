import { styleText } from 'node:util';

/** Styles a text for a terminal. */
export type Paint = (text: string) => string;

/** The few styles our output uses; each leaves the text as it is where colours are off. */
export interface Colors {
  readonly bold: Paint;
  readonly dim: Paint;
  readonly green: Paint;
  readonly yellow: Paint;
  readonly red: Paint;
  readonly cyan: Paint;
}

/** Colours, switched on or off. */
export function createColors(on: boolean): Colors {
  const paint =
    (style: Parameters<typeof styleText>[0]): Paint =>
    (text) =>
      on ? styleText(style, text) : text;
  return {
    bold: paint('bold'),
    dim: paint('dim'),
    green: paint('green'),
    yellow: paint('yellow'),
    red: paint('red'),
    cyan: paint('cyan'),
  };
}
