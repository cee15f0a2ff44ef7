import { describeHttpClient } from '../suites/http-client.ts';
import { makeLiveWorld } from './live-world.ts';

describeHttpClient('live', makeLiveWorld);
