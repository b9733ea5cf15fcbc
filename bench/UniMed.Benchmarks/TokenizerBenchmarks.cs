using BenchmarkDotNet.Attributes;
using UniMed.Inference;

namespace UniMed.Benchmarks;

/// <summary>A text of 400,000 characters to ids and back, with the bundled model's vocabulary, or with the tokenizer.model that UNIMED_LLAMA_TOKENIZER names.</summary>
[MemoryDiagnoser]
public class TokenizerBenchmarks
{
    private const int Characters = 400_000;

    private LlamaTokenizer _tokenizer = null!;
    private string _text = "";
    private int[] _ids = [];

    /// <summary>What the text is.</summary>
    [Params("prose", "one letter", "letters without spaces", "spaces", "characters in bytes")]
    public string Kind { get; set; } = "";

    [GlobalSetup]
    public void Load()
    {
        _tokenizer = LlamaTokenizer.Load(Environment.GetEnvironmentVariable("UNIMED_LLAMA_TOKENIZER") ?? BundledFiles.NanoModel);
        var random = new Random(1);
        string[] words = ["the", "left", "kidney", "shows", "no", "hydronephrosis,", "and", "edema", "(2.5", "cm)", "is", "seen", "in", "liver;", "Findings:", "pneumothorax.\n"];
        string endless = Kind switch
        {
            "prose" => string.Concat(Enumerable.Range(0, Characters / 2).Select(_ => words[random.Next(words.Length)] + " ")),
            "one letter" => new string('e', Characters),
            "letters without spaces" => string.Concat(Enumerable.Range(0, Characters).Select(_ => (char)('a' + random.Next(26)))),
            "spaces" => new string(' ', Characters),
            _ => string.Concat(Enumerable.Range(0, Characters).Select(_ => (char)random.Next('\u0400', '\u9000'))),
        };
        _text = endless[..Characters];
        _ids = [.. _tokenizer.Encode(_text)];
        Console.WriteLine($"// {Kind}: {_ids.Length} tokens");
    }

    [Benchmark(Description = "encode 400,000 characters")]
    public int Encode() => _tokenizer.Encode(_text).Count;

    [Benchmark(Description = "decode them")]
    public int Decode() => _tokenizer.Decode(_ids).Length;
}
