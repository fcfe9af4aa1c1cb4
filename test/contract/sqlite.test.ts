import { openSqliteUnderTest } from '../support/bus/sqlite.ts';
import { busContract } from './suite.ts';

// The lease of the instances is 600 ms.
busContract('sqlite', openSqliteUnderTest, { longMs: 1_500 });
