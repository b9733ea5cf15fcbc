using BenchmarkDotNet.Running;
using UniMed.Benchmarks;

BenchmarkSwitcher
    .FromTypes([typeof(QuestionBenchmarks), typeof(ConstraintBenchmarks), typeof(TokenizerBenchmarks), typeof(LinearBenchmarks), typeof(CausalAttentionBenchmarks), typeof(VisionAttentionBenchmarks)])
    .Run(args);
