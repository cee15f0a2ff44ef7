export { optionsOfConfig, type SimulatorConfig, simulatorSpec } from './config.ts';
