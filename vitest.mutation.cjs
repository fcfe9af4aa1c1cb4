/** Tests of the rule language alone, the same ones each time: what is random has a seed. Read by stryker.config.json. */
module.exports = {
  test: {
    include: [
      'test/unit/analyzer/sigma/{language,correlation,engine}/**/*.test.ts',
      'test/unit/analyzer/sigma/{conformance,differential,compile,rule-set}.test.ts',
    ],
    env: { SIGMA_RUNS: '30', SIGMA_SEED: '1' },
    testTimeout: 30_000,
    pool: 'threads',
  },
};
