/** Styles a text for a terminal, or leaves it as it is. */
type Paint = (text: string) => string;

/** Where the demo prints; whoever runs it brings one. */
export interface DemoTerminal {
  /** One line of the story. */
  line(text?: string): void;
  /** One line beside the story: progress where no bar can be drawn, and what went wrong. */
  note(text: string): void;
  /** Whether a progress bar may be drawn. */
  readonly drawsProgress: boolean;
  readonly colors: {
    readonly bold: Paint;
    readonly dim: Paint;
    readonly green: Paint;
    readonly yellow: Paint;
    readonly red: Paint;
    readonly cyan: Paint;
  };
}
