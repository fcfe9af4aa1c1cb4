/** Tables of examples find nearly every change within a second; what is random or slow comes last, for what they let through. */
const order = [
  'conformance',
  'condition',
  'modifiers',
  'parse',
  'link',
  'correlator',
  'values',
  'structure',
  'compile',
];

class FastFirst {
  sort(files) {
    const rank = ({ moduleId }) => order.findIndex((name) => moduleId.endsWith(`/${name}.test.ts`));
    return files.toSorted((a, b) => (rank(a) < 0 ? order.length : rank(a)) - (rank(b) < 0 ? order.length : rank(b)));
  }

  shard(files) {
    return files;
  }
}

/** Tests of the rule language alone, the same ones each time: what is random has a seed. Read by stryker.config.json. */
module.exports = {
  test: {
    include: [
      'test/unit/analyzer/sigma/{language,correlation,engine}/**/*.test.ts',
      'test/unit/analyzer/sigma/{conformance,differential,compile,rule-set}.test.ts',
    ],
    sequence: { sequencer: FastFirst },
    env: { SIGMA_RUNS: '30', SIGMA_SEED: '1' },
    testTimeout: 30_000,
    pool: 'threads',
  },
};
