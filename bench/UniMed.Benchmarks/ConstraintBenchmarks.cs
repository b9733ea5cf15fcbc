using System.Text;
using BenchmarkDotNet.Attributes;
using UniMed.Bench.Synthetic;
using UniMed.Inference;
using UniMed.Inference.Generation.Constraints;

namespace UniMed.Benchmarks;

/// <summary>What a constraint costs with a vocabulary of LLaMA's size (random pieces): made ready once, and the allowed tokens of one answer.</summary>
[MemoryDiagnoser]
public class ConstraintBenchmarks
{
    private const int VocabSize = 32_000;
    private const int MaxNewTokens = 200;

    private readonly int[] _ids = new int[VocabSize];
    private readonly List<int> _answer = [];
    private ConstraintVocabulary _vocabulary = null!;
    private AnswerConstraint _constraint = null!;
    private TokenAutomaton _automaton = null!;

    /// <summary>The constraint.</summary>
    [Params("5 labels", "500 labels", "string of 100", "string of 900")]
    public string Kind { get; set; } = "";

    [GlobalSetup]
    public void Load()
    {
        string path = Path.GetTempFileName();
        File.WriteAllBytes(path, RandomVocabulary());
        _vocabulary = new ConstraintVocabulary(LlamaTokenizer.Load(path), VocabSize);
        File.Delete(path);
        _constraint = Make();
        _automaton = new TokenAutomaton(_constraint.Automaton, _vocabulary, Kind);

        // A random answer, found once, so that the benchmark has nothing but the constraint in it.
        var random = new Random(1);
        var progress = new ConstraintProgress(_automaton, MaxNewTokens);
        for (int token = Any(); token != _vocabulary.EosTokenId; token = Any())
        {
            _answer.Add(token);
            progress.Append(token);
        }

        Console.WriteLine($"// {Kind}: {_answer.Count} tokens, the end token not counted");
        int Any() => _ids[random.Next(progress.Allowed(_ids))];
    }

    [Benchmark(Description = "schema or texts to automaton")]
    public AnswerConstraint Make() => Kind switch
    {
        "5 labels" => AnswerConstraint.Choice([.. Enumerable.Range(0, 5).Select(i => $"left kidney number {i} of many")]),
        "500 labels" => AnswerConstraint.Choice([.. Enumerable.Range(0, 500).Select(i => $"left kidney number {i} of many")]),
        "string of 100" => AnswerConstraint.JsonSchema("{\"type\": \"string\", \"maxLength\": 100}"),
        _ => AnswerConstraint.JsonSchema("{\"type\": \"string\", \"maxLength\": 900}"),
    };

    [Benchmark(Description = "automaton over the vocabulary")]
    public object Compile() => new TokenAutomaton(_constraint.Automaton, _vocabulary, Kind);

    [Benchmark(Description = "allowed tokens of one answer")]
    public int Answer()
    {
        var progress = new ConstraintProgress(_automaton, MaxNewTokens);
        int sum = 0;
        foreach (int token in _answer)
        {
            sum += progress.Allowed(_ids);
            progress.Append(token);
        }

        return sum + progress.Allowed(_ids);
    }

    private static byte[] RandomVocabulary()
    {
        string[] syllables = ["an", "the", "er", "on", "re", "in", "st", "en", "ti", "al", "le", "ra", "o", "e", "a", "s", "t", "i", "co", "me", "di", "pul", "car", "é", "日"];
        var random = new Random(1);
        var file = new List<byte>(ByteVocabulary.Write());
        var pieces = new HashSet<string>();
        while (pieces.Count < VocabSize - 259)
        {
            string text = (random.Next(2) == 0 ? "\u2581" : "")
                + string.Concat(Enumerable.Range(0, random.Next(1, 4)).Select(_ => syllables[random.Next(syllables.Length)] + (random.Next(3) == 0 ? ((char)random.Next('a', 'z' + 1)).ToString() : "")));
            if (!pieces.Add(text))
                continue;
            // One more SentencePiece message: text, score 0, type normal.
            byte[] utf8 = Encoding.UTF8.GetBytes(text);
            file.AddRange([0x0A, (byte)(utf8.Length + 9), 0x0A, (byte)utf8.Length, .. utf8, 0x15, 0, 0, 0, 0, 0x18, 1]);
        }

        return [.. file];
    }
}
