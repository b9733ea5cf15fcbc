using BenchmarkDotNet.Running;
using UniMed.Benchmarks;

BenchmarkSwitcher.FromTypes([typeof(QuestionBenchmarks), typeof(LinearBenchmarks), typeof(ConstraintBenchmarks)]).Run(args);
