import { describe, expect, it } from 'vitest';
import { parseAnswersLine } from '../../../../collector/kernel/answers-line.ts';
import { answersScript } from '../../../../collector/kernel/answers-script.ts';
import { answerLine, dnsQuery, dnsResponse, forwardLine } from '../../../support/collector/dns.ts';

const query = dnsQuery(['a', 'example']);
const long = dnsResponse(
  query,
  Array.from({ length: 20 }, (_none, at) => ({ type: 1, data: [203, 0, 113, at] })),
);

describe('a line of the engine’s answers', () => {
  it('has an answer, in as many pieces as it takes', () => {
    expect(answerLine(4, long).split(' ')).toHaveLength(5);
    expect(parseAnswersLine(answerLine(4_026_532_000, long))).toEqual({
      kind: 'answer',
      namespace: 4_026_532_000,
      bytes: Buffer.from(long),
    });
  });

  it('has a question that went on, with who was asked', () => {
    const found = { kind: 'forward', namespace: 7, from: '10.0.0.2', to: '192.0.2.200', bytes: Buffer.from(query) };
    expect(parseAnswersLine(forwardLine(7, query, { from: '10.0.0.2', to: '192.0.2.200' }))).toEqual(found);
    expect(parseAnswersLine(forwardLine(7, query, { family: 10 }))).toMatchObject({ kind: 'forward', to: undefined });
  });

  it.each([
    ['left 3', { kind: 'left', count: 3 }],
    ['Lost 12 events', { kind: 'left', count: 12 }],
    ['tick', undefined],
    ['', undefined],
    ['a 1 5 \\x01', { kind: 'unreadable' }],
    ['a x 1 \\x01', { kind: 'unreadable' }],
    ['f 1 2 3 4 2 \\x01', { kind: 'unreadable' }],
    ['left many', { kind: 'unreadable' }],
    [`a 1 3000 ${'\\x01'.repeat(3_000)}`, { kind: 'unreadable' }],
  ])('%s', (text, found) => {
    expect(parseAnswersLine(text)).toEqual(found);
  });

  it('comes of one process only', () => {
    const probes = answersScript(4_711).match(/^tracepoint:.*$/gm) ?? [];
    expect(probes.map((probe) => probe.slice(0, probe.indexOf('{')))).toEqual([
      'tracepoint:syscalls:sys_enter_sendmsg /pid == 4711/ ',
      'tracepoint:syscalls:sys_enter_write /pid == 4711/ ',
    ]);
  });

  it('has limits of each kind by itself, so that a flood of one hides none of another', () => {
    const [, answers = '', questions = ''] = answersScript(4_711).split(/^tracepoint:/m);
    const counters = (probe: string) => [...new Set(probe.match(/@\w+(?=\[\$n\])|@all\["\w+"\]/g))].sort();
    expect(counters(answers)).toEqual(['@all["answers"]', '@answers']);
    expect(counters(questions)).toEqual(['@all["far"]', '@all["near"]', '@far', '@near']);
  });
});
