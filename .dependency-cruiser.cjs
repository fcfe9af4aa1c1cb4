/** The import rules of the house (docs/architecture.md). A rule people argue about stands here, with its reason. */
const vendorOnlyIn = (name, vendor, place) => ({
  name,
  severity: 'error',
  comment: `${vendor} is wrapped once, in ${place}: everything else speaks our own words.`,
  from: { pathNot: place },
  to: { path: `node_modules/${vendor}/` },
});

module.exports = {
  forbidden: [
    { name: 'no-cycles', severity: 'error', from: {}, to: { circular: true } },
    {
      name: 'parts-are-apart',
      severity: 'error',
      comment: 'collector, analyzer and alerting meet on the bus, never in an import.',
      from: { path: '^(collector|analyzer|alerting)/' },
      to: { path: '^(collector|analyzer|alerting)/', pathNot: '^$1/' },
    },
    {
      name: 'shared-is-the-bottom',
      severity: 'error',
      from: { path: '^shared/' },
      to: { path: '^(collector|analyzer|alerting|cli|test)/' },
    },
    {
      name: 'cli-is-the-top',
      severity: 'error',
      from: { path: '^(collector|analyzer|alerting|shared)/' },
      to: { path: '^(cli|test)/' },
    },
    vendorOnlyIn('dockerode-in-engine', 'dockerode', '^collector/engine/'),
    vendorOnlyIn('kafkajs-in-bus', 'kafkajs', '^(shared/bus/kafka|test/)'),
    vendorOnlyIn('sqlite-in-shared', 'better-sqlite3', '^(shared/sqlite|test/bench/)'),
    vendorOnlyIn('ws-in-feed', 'ws', '^(alerting/feed/|test/)'),
    vendorOnlyIn('nodemailer-in-smtp', 'nodemailer', '^alerting/sinks/smtp'),
    vendorOnlyIn('grpc-in-otel-sink', '@grpc/[^/]+', '^alerting/sinks/otel'),
    vendorOnlyIn('otel-in-telemetry', '@opentelemetry/[^/]+', '^(shared/telemetry|alerting/sinks/otel)'),
    {
      name: 'pure-core',
      severity: 'error',
      comment: 'Time is the record’s and ids are derived, so the core reads no clock, file, socket or environment.',
      from: {
        path: '^(analyzer/(sigma|baselines|conditions)|alerting/(incidents|formats)|collector/engine/facts)',
        pathNot: '(load|watch)[^/]*\\.ts$',
      },
      to: { path: '^(node:)?(fs|net|http|https|child_process|os|process|timers|worker_threads)(/promises)?$' },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    parser: 'swc',
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      extensions: ['.ts', '.js'],
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'default'],
    },
  },
};
