/** The world in which the engine is tested as a whole: virtual time, an in-memory bus, disks that outlive processes. Only tests may know it. */
export { type SimulatedProcess, World } from '../../simulation/src/mod.ts'; // allowed: the simulated world is built of the same ports and needs no service
