/** A soak for people: a line a minute, and a table that can be pasted. */
import type { Row, Sample } from './verdict.ts';

export function lineOfMinute(
  minute: number,
  watches: readonly { readonly target: { readonly name: string }; readonly samples: readonly Sample[] }[],
): string {
  const parts = watches.map(({ target, samples }) => {
    const last = samples.at(-1);
    return last === undefined ? `${target.name} gone` : `${target.name} ${last.rssMb.toFixed(1)} MB (${last.fds} fds)`;
  });
  return `${String(minute).padStart(3)} min: ${parts.join(' · ')}`;
}

export function table(rows: readonly Row[]): string {
  const head =
    '| process | RSS start → end, MB | slope, MB/h | without files, MB/h | open files | loop lag p99.9, ms | CPU, % | errors | |';
  const lines = rows.map((row) => {
    const slope = `${row.mbPerHour.toFixed(2)} ± ${row.mbPerHourError.toFixed(2)}`;
    const cells = [
      row.name,
      `${row.rssStartMb.toFixed(1)} → ${row.rssEndMb.toFixed(1)}`,
      slope,
      row.anonMbPerHour.toFixed(2),
      `${row.fdsStart} → ${row.fdsEnd}`,
      row.lagP999Ms.toFixed(1),
      row.cpuPercent.toFixed(1),
      String(row.errors),
      row.broken.length === 0 ? 'ok' : 'over',
    ];
    return `| ${cells.join(' | ')} |`;
  });
  return `${[head, '| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | --- |', ...lines].join('\n')}\n`;
}
