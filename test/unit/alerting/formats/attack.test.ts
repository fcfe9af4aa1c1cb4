import { expect, test } from 'vitest';
import { tacticsOf, techniquesOf } from '../../../../alerting/formats/attack.ts';

test('tactics by the names of tags, each once; what ATT&CK does not have is left out', () => {
  expect(tacticsOf(['privilege-escalation', 'stealth', 'stealth', 'constructor', 'pwned'])).toEqual([
    { id: 'TA0004', name: 'Privilege Escalation' },
    { id: 'TA0005', name: 'Stealth' },
  ]);
});

test('a sub-technique counts for its technique, too', () => {
  expect(techniquesOf(['T1611', 'T1059.004', 'T1059.013', 'T1059', 't1611', 'T1611"]'])).toEqual({
    techniques: ['T1611', 'T1059'],
    subtechniques: ['T1059.004', 'T1059.013'],
  });
});
