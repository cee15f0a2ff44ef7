/** Replaces files as a whole: temporary file, sync, rename, sync of the folder. */
import { closeSync, fsyncSync, mkdirSync, openSync, readdirSync, renameSync, rmSync, writeSync } from 'node:fs';
import { open, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { systemCode } from './_system-error.ts';

/** Hidden names: `list` never shows them. The process id keeps two writers (a service and an operator's tool) apart. */
const TEMPORARY = /^\.write-(\d+)-/;

export function isTemporary(name: string): boolean {
  return TEMPORARY.test(name);
}

/** Of this process, so that two replacements of one file that overlap do not write into the same temporary one. */
let replacements = 0;

function temporaryFor(file: string): string {
  replacements += 1;
  return join(dirname(file), `.write-${process.pid}-${replacements}-${basename(file)}`);
}

export function replaceFile(file: string, bytes: Uint8Array): void {
  const temporary = temporaryFor(file);
  try {
    const fd = openSync(temporary, 'w');
    try {
      writeAll(fd, bytes);
      fsyncSync(fd);
    } finally {
      closeSync(fd);
    }
    renameSync(temporary, file);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  }
  syncFolder(dirname(file));
}

/** The same, with the loop free meanwhile. */
export async function replaceFileLater(file: string, bytes: Uint8Array): Promise<void> {
  const temporary = temporaryFor(file);
  try {
    const handle = await open(temporary, 'w');
    try {
      await handle.writeFile(bytes);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(temporary, file);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
  await syncFolderLater(dirname(file));
}

/** `writeSync` may take a part only (disk nearly full, signals); the next call then takes more or says why not. */
export function writeAll(fd: number, bytes: Uint8Array): void {
  let written = writeSync(fd, bytes);
  while (written < bytes.length) written += writeSync(fd, bytes, written);
}

/** Makes a created, renamed or removed name survive a power cut. Windows has no such call. */
export function syncFolder(folder: string): void {
  if (process.platform === 'win32') return;
  const fd = openSync(folder, 'r');
  try {
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}

export async function syncFolderLater(folder: string): Promise<void> {
  if (process.platform === 'win32') return;
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Like `mkdir -p`, and the new names survive a power cut. */
export function makeFolder(folder: string): void {
  const first = mkdirSync(folder, { recursive: true });
  if (first === undefined) return;
  for (let made = folder; made.length >= first.length; made = dirname(made)) syncFolder(dirname(made));
}

/** Removes what writers that died in the middle left in a folder. Our own id counts as dead: we are not writing there yet. */
export function removeLeftovers(folder: string): void {
  for (const name of readdirSync(folder)) {
    const pid = TEMPORARY.exec(name)?.[1];
    if (pid !== undefined && !isOtherLiveProcess(Number(pid))) rmSync(join(folder, name), { force: true });
  }
}

function isOtherLiveProcess(pid: number): boolean {
  if (pid === process.pid) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return systemCode(error) !== 'ESRCH';
  }
}
