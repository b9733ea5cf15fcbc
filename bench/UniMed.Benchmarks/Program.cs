using BenchmarkDotNet.Running;
using UniMed.Benchmarks;

BenchmarkSwitcher
    .FromTypes([typeof(QuestionBenchmarks), typeof(ConstraintBenchmarks), typeof(LinearBenchmarks), typeof(CausalAttentionBenchmarks), typeof(VisionAttentionBenchmarks)])
    .Run(args);
