import type { ResourceFacts } from '../../../shared/observation.ts';
import type { LevelQuantity, QuantityRule } from './quantity.ts';

const mebibyte = 2 ** 20;

/**
 * More than so many hours far above what is usual: a crowd for two, over parts of three, is none. What is sent cannot be taken back; all else may take
 * an hour longer, as what jumps is told within minutes.
 */
const threeHours = 7;
const fourHours = 9;

const sum = (one: number | undefined, other: number | undefined): number | undefined =>
  typeof one === 'number' && typeof other === 'number' ? one + other : undefined;

const rule = (
  of: Pick<QuantityRule, 'id' | 'title' | 'catalogue' | 'severity'> & { reads: readonly (keyof ResourceFacts)[] },
  attack: Pick<QuantityRule, 'techniques' | 'tactics'>,
): QuantityRule => ({
  ...of,
  ...attack,
  tier: 'engine',
  kinds: ['resources'],
  reads: of.reads.map((field) => `resources.${field}`),
});

const mining = { techniques: ['T1496.001'], tactics: ['impact'] };
const exhaustion = { techniques: ['T1499'], tactics: ['impact'] };
const exfiltration = { techniques: ['T1041'], tactics: ['exfiltration'] };
const transfer = { techniques: ['T1105'], tactics: ['command-and-control'] };

const cpu: LevelQuantity = {
  kind: 'level',
  name: 'cpu',
  unit: '%',
  counter: false,
  tolerance: 1.5,
  leastShift: 1.5,
  shiftAt: fourHours,
  floor: 5,
  value: ({ cpu_pct_of_quota }) => cpu_pct_of_quota,
  sentence: (amount) => `used ${amount} of its CPU`,
  rule: rule(
    {
      id: 'e4721673-be5d-4e80-9914-af3fef59da13',
      title: 'CPU use above what was learned',
      catalogue: ['IMP-02'],
      severity: 'medium',
      reads: ['cpu_pct_of_quota'],
    },
    mining,
  ),
  drift: rule(
    {
      id: '5a36ee3a-f931-419e-9130-dd24dae24b7d',
      title: 'CPU use rises over weeks',
      catalogue: [],
      severity: 'low',
      reads: ['cpu_pct_of_quota'],
    },
    mining,
  ),
};

const memory: LevelQuantity = {
  kind: 'level',
  name: 'memory',
  unit: 'B',
  counter: false,
  tolerance: 2,
  leastShift: 1.5,
  shiftAt: fourHours,
  floor: 64 * mebibyte,
  value: ({ memory_bytes }) => memory_bytes,
  sentence: (amount) => `used ${amount} of memory`,
  rule: rule(
    {
      id: '5bca1ca7-8fcb-4962-942b-95b59f1c4360',
      title: 'Memory use above what was learned',
      catalogue: ['IMP-06'],
      severity: 'low',
      reads: ['memory_bytes'],
    },
    exhaustion,
  ),
  drift: rule(
    {
      id: 'b634cbce-398d-4316-ae74-2862d59b0b33',
      title: 'Memory use rises over weeks',
      catalogue: [],
      severity: 'low',
      reads: ['memory_bytes'],
    },
    exhaustion,
  ),
};

const pids: LevelQuantity = {
  kind: 'level',
  name: 'pids',
  unit: 'processes',
  counter: false,
  tolerance: 2,
  leastShift: 1.5,
  shiftAt: fourHours,
  floor: 10,
  value: ({ pids }) => pids,
  sentence: (amount) => `ran ${amount}`,
  rule: rule(
    {
      id: 'bc51c14e-d392-4723-9de4-956a6b3c4c2e',
      title: 'More processes than were learned',
      catalogue: ['IMP-06'],
      severity: 'low',
      reads: ['pids'],
    },
    exhaustion,
  ),
  drift: rule(
    {
      id: '2ff87589-5e03-481b-bf59-1db0be83c795',
      title: 'The number of processes rises over weeks',
      catalogue: [],
      severity: 'low',
      reads: ['pids'],
    },
    exhaustion,
  ),
};

const networkOut: LevelQuantity = {
  kind: 'level',
  name: 'network-out',
  unit: 'B/s',
  counter: true,
  tolerance: 1.5,
  leastShift: 1.25,
  shiftAt: threeHours,
  floor: 32 * 1_024,
  value: ({ network_tx_bytes }) => network_tx_bytes,
  sentence: (amount) => `sent ${amount}`,
  rule: rule(
    {
      id: '335f971c-ea8d-4467-821d-eabe7fcbaf40',
      title: 'Sends more than was learned',
      catalogue: ['NET-10'],
      severity: 'medium',
      reads: ['network_tx_bytes'],
    },
    exfiltration,
  ),
  drift: rule(
    {
      id: '73a09356-ac05-4288-8358-5883eb9e2c61',
      title: 'What it sends rises over weeks',
      catalogue: [],
      severity: 'low',
      reads: ['network_tx_bytes'],
    },
    exfiltration,
  ),
};

const networkIn: LevelQuantity = {
  kind: 'level',
  name: 'network-in',
  unit: 'B/s',
  counter: true,
  tolerance: 2,
  leastShift: 1.5,
  shiftAt: fourHours,
  floor: 128 * 1_024,
  value: ({ network_rx_bytes }) => network_rx_bytes,
  sentence: (amount) => `received ${amount}`,
  rule: rule(
    {
      id: 'f7f8af64-a791-45af-9208-efc0f41d36fb',
      title: 'Receives more than was learned',
      catalogue: [],
      severity: 'low',
      reads: ['network_rx_bytes'],
    },
    transfer,
  ),
  drift: rule(
    {
      id: '534c35ac-37b6-45aa-af7f-5eafef438440',
      title: 'What it receives rises over weeks',
      catalogue: [],
      severity: 'low',
      reads: ['network_rx_bytes'],
    },
    transfer,
  ),
};

const blockIo: LevelQuantity = {
  kind: 'level',
  name: 'block-io',
  unit: 'B/s',
  counter: true,
  tolerance: 2,
  leastShift: 1.5,
  shiftAt: fourHours,
  floor: mebibyte,
  value: ({ block_read_bytes, block_write_bytes }) => sum(block_read_bytes, block_write_bytes),
  sentence: (amount) => `read and wrote ${amount} of its disks`,
  rule: rule(
    {
      id: '732013f2-65c9-42ca-96e8-5263b4beea98',
      title: 'Reads and writes more than was learned',
      catalogue: ['IMP-07'],
      severity: 'low',
      reads: ['block_read_bytes', 'block_write_bytes'],
    },
    exhaustion,
  ),
  drift: rule(
    {
      id: 'ebb4026c-1640-4518-84db-79684c0f57e6',
      title: 'What it reads and writes rises over weeks',
      catalogue: [],
      severity: 'low',
      reads: ['block_read_bytes', 'block_write_bytes'],
    },
    exhaustion,
  ),
};

/** What containers use. */
export const resourceQuantities: readonly LevelQuantity[] = [cpu, memory, pids, networkOut, networkIn, blockIo];
