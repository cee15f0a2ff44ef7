/** Where a launch keeps its data: fresh for each, since the simulator forgets everything when it stops and a journal does not. */
import { join } from 'node:path';
import { removeOldFolders } from '@fillwright/runtime';

/** Folders of earlier launches that are kept to look into. */
const KEPT = 5;
const NAME = /^\d{8}-\d{6}-\d{3}$/;

/** `data/demo/20261121-014627-383`, by UTC time. */
export function demoFolder(root: string, wallUs: number): string {
  const stamp = new Date(Math.floor(wallUs / 1000)).toISOString().replaceAll(/[-:Z]/g, '');
  return join(root, 'demo', stamp.replace('T', '-').replace('.', '-'));
}

export function tidyDemoFolders(root: string): void {
  removeOldFolders(join(root, 'demo'), NAME, KEPT);
}
