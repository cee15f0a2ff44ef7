import { describeDisk } from '../suites/disk.ts';
import { TestDisk } from './_test-disk.ts';

describeDisk("the test's own disk", () => {
  const disk = new TestDisk();
  return { disk, reopen: () => disk.copy() };
});
