/** Where the shipped INI files are: the simulated desk is made of the same options as the real one. */
import { join } from 'node:path';

export const CONFIG_FOLDER = join(import.meta.dirname, '../../../../config');
