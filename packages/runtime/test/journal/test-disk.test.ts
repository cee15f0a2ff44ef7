import { describeDisk } from '../suites/disk.ts';
import { TestDisk } from './_test-disk.ts';

const makeDisk = () => {
  const disk = new TestDisk();
  return { disk, reopen: () => disk.copy() };
};

describeDisk("the test's own disk", makeDisk, { doesLater: false });
