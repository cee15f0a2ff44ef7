import { describe, expect, it } from '@jest/globals';
import { TerminalScreen } from '../../src/view/terminal-screen.ts';
import { type Line, span } from '../../src/view/text.ts';

class PaperTerminal {
  readonly interactive = true;
  columns = 80;
  rows = 24;
  written: string[] = [];

  write(text: string): void {
    this.written.push(text);
  }

  note(): void {}

  take(): string {
    const text = this.written.join('').replaceAll('\u001b', '␛');
    this.written = [];
    return text;
  }
}

const line = (text: string): Line => [span(text)];

describe('the terminal screen', () => {
  it('takes the alternate screen once, writes only lines that changed, and gives the terminal back', () => {
    const terminal = new PaperTerminal();
    const screen = new TerminalScreen(terminal, false);

    screen.draw([line('one'), line('two')]);
    expect(terminal.take()).toBe('␛[?1049h␛[?25l␛[2J␛[?2026h␛[2J␛[1;1Hone␛[K␛[2;1Htwo␛[K␛[?2026l');
    screen.draw([line('one'), line('2')]);
    expect(terminal.take()).toBe('␛[?2026h␛[2;1H2␛[K␛[?2026l');
    screen.draw([line('one'), line('2')]);
    expect(terminal.take()).toBe('');

    screen.close();
    screen.close();
    expect(terminal.take()).toBe('␛[?25h␛[?1049l');
  });

  it('draws everything again after a resize', () => {
    const terminal = new PaperTerminal();
    const screen = new TerminalScreen(terminal, false);
    screen.draw([line('one')]);
    terminal.take();

    terminal.columns = 100;
    screen.draw([line('one')]);
    expect(terminal.take()).toContain('␛[2J␛[1;1Hone');
  });

  it('writes nothing when it is closed without having drawn', () => {
    const terminal = new PaperTerminal();

    new TerminalScreen(terminal, false).close();
    expect(terminal.take()).toBe('');
  });
});
