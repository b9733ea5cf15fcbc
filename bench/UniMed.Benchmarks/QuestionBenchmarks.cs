using BenchmarkDotNet.Attributes;
using UniMed.Inference;

namespace UniMed.Benchmarks;

/// <summary>Latency of whole questions to the bundled model.</summary>
[MemoryDiagnoser]
public class QuestionBenchmarks
{
    private UniMedModel _model = null!;
    private Study _seen = null!;

    [GlobalSetup]
    public async Task Load()
    {
        _model = UniMedModel.Load(BundledFiles.NanoModel);
        _seen = _model.Open(BundledFiles.Slice);
        await _seen.AskAsync("Which plane is this MRI slice in?");
        await _seen.DescribeAsync();
    }

    [GlobalCleanup]
    public void Unload()
    {
        _seen.Dispose();
        _model.Dispose();
    }

    [Benchmark(Description = "vqa, new image")]
    public async Task<TextAnswer> NewImage()
    {
        using Study study = _model.Open(BundledFiles.Slice);
        return await study.AskAsync("Which plane is this MRI slice in?");
    }

    [Benchmark(Description = "vqa, image seen before")]
    public async Task<TextAnswer> SeenImage() => await _seen.AskAsync("Which plane is this MRI slice in?");

    [Benchmark(Description = "caption, image seen before")]
    public async Task<TextAnswer> Caption() => await _seen.DescribeAsync();
}
