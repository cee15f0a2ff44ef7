/** Shows the desk as it runs: the screen on a terminal, else a line now and then. Never more than five frames a second. */
import type { Clock, Terminal, Timer } from '@fillwright/runtime';
import { plainLine } from '../view/plain-line.ts';
import { renderScreen } from '../view/screen.ts';
import type { ScreenState } from '../view/screen-state.ts';
import { TerminalScreen } from '../view/terminal-screen.ts';

const FRAME_MS = 250;
const LINE_MS = 1_000;

export interface LiveViewOptions {
  readonly screen: boolean;
  readonly colours: boolean;
  /** Takes the lines where there is no screen. */
  readonly line: (text: string) => void;
}

export class LiveView {
  readonly #terminal: Terminal;
  readonly #clock: Clock;
  readonly #state: () => ScreenState;
  readonly #options: LiveViewOptions;
  readonly #screen: TerminalScreen;
  #timer: Timer | undefined;
  #open = true;

  constructor(ports: { readonly terminal: Terminal; readonly clock: Clock }, state: () => ScreenState, options: LiveViewOptions) {
    this.#terminal = ports.terminal;
    this.#clock = ports.clock;
    this.#state = state;
    this.#options = options;
    this.#screen = new TerminalScreen(ports.terminal, options.colours);
    this.#show();
  }

  /** Gives the terminal back; idempotent. */
  close(): void {
    this.#open = false;
    this.#timer?.cancel();
    this.#screen.close();
  }

  #show(): void {
    if (!this.#open) return;
    if (this.#options.screen) this.#screen.draw(renderScreen(this.#state(), this.#terminal));
    else this.#options.line(plainLine(this.#state()));
    this.#timer = this.#clock.after(this.#options.screen ? FRAME_MS : LINE_MS, () => this.#show());
  }
}
