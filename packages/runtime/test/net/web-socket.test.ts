import { describeWebSocket } from '../suites/web-socket.ts';
import { makeLiveWorld } from './live-world.ts';

describeWebSocket('live', makeLiveWorld);
