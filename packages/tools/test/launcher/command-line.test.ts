import { describe, expect, it } from '@jest/globals';
import { parseLauncherLine } from '../../src/launcher/command-line.ts';

describe('the command line of the launcher', () => {
  it('runs until stopped, from config/, starting again what dies, unless told otherwise', () => {
    const standard = { type: 'run', seconds: undefined, json: false, configFolder: 'config', restart: true, keepData: false, plain: false };

    expect(parseLauncherLine([])).toEqual(standard);
    expect(parseLauncherLine(['--seconds', '20', '--json', '--config-dir', 'x', '--no-restart', '--keep-data', '--plain'])).toEqual({
      ...standard,
      ...{ seconds: 20, json: true, configFolder: 'x', restart: false, keepData: true, plain: true },
    });
  });

  it.each([
    [['--seconds', '0'], '--seconds takes a whole number from 1'],
    [['--seconds', 'ten'], 'not ten'],
    [['--json'], '--json needs --seconds N'],
    [['--fast'], '--fast'],
    [['config'], 'too many arguments'],
  ])('refuses %j', (args, text) => {
    expect(() => parseLauncherLine(args)).toThrow(expect.objectContaining({ code: 'RUN_USAGE', message: expect.stringContaining(text) }));
  });

  it('explains itself', () => {
    expect(parseLauncherLine(['--help'])).toMatchObject({ type: 'help', text: expect.stringContaining('--seconds <n>') });
  });
});
