using System.Globalization;
using System.Numerics;
using System.Text;
using System.Text.Json;
using UniMed.Inference;
using UniMed.Tests;
using UniMed.WeightsConverter.Bytes;
using UniMed.WeightsConverter.Pickle;
using UniMed.WeightsConverter.Torch;
using Xunit;

namespace UniMed.WeightsConverter.Tests.Torch;

public class GoldenArchiveTests
{
    /// <summary>A part of each message that gives the reason of golden/pickle/index.json.</summary>
    private static readonly Dictionary<string, string[]> Reasons = new()
    {
        ["a callable outside the closed list"] = ["not on the closed list", "nothing in the file was run"],
        ["the storage is shorter than its element count"] = ["shorter than its element count", "\"x\""],
        ["the view leaves its storage"] = ["the view leaves its storage", "\"x\""],
        ["negative sizes"] = ["size -2 of dimension 0 is negative", "\"x\""],
        ["negative stride"] = ["stride -3 of dimension 0 is negative", "\"x\""],
        ["the element count overflows"] = ["the element count of shape", "overflows", "\"x\""],
        ["the storage is missing"] = ["its storage \"7\" is missing", "\"x\""],
        ["an unknown storage type"] = ["torch.QUInt8Storage is an unknown storage type", "\"x\""],
        ["an absurd rank"] = ["an absurd rank", "\"x\""],
        ["size and stride disagree"] = ["size and stride disagree", "\"x\""],
        ["a storage key with a path"] = ["storage key holds a path", "\"x\""],
        ["nesting without end"] = ["nested deeper than 1000 levels"],
        ["no tensors in it; a reader that sizes its memo by the index dies"] = ["no tensors in it"],
        ["a list that holds itself, no tensors"] = ["no tensors in it"],
        ["a length beyond the file"] = ["a length beyond the file"],
        ["an empty stack"] = ["an empty stack"],
        ["a compressed entry; torch stores them plain"] = ["data.pkl\" is compressed"],
        ["a truncated archive"] = ["truncated"],
        ["an empty file"] = ["an empty file"],
        ["a Git LFS pointer: the error should say so"] = ["a Git LFS pointer"],
        ["a web page saved as weights: the error should say so"] = ["a web page saved as weights"],
        ["not an archive"] = ["not a PyTorch archive"],
    };

    public static TheoryData<string> Readable => Files(ok: true);

    public static TheoryData<string> Hostile => Files(ok: false);

    [Theory]
    [MemberData(nameof(Readable))]
    public void Every_tensor_of_a_readable_archive_equals_what_torch_stored(string file)
    {
        JsonElement entry = Index().Single(e => e.GetProperty("file").GetString() == file);
        using TorchArchive archive = Open(file);
        StateDict state = StateDict.Read(archive);
        string prefix = archive.Root is PickleDict root && root.TryGet("model", out _) ? "model." : "";

        Assert.Equal(entry.GetProperty("keys").EnumerateArray().Select(k => k.GetString()), state.Tensors.Keys.Select(k => prefix + k));
        foreach ((string key, TensorView view) in state.Tensors)
        {
            (string type, long[] shape, byte[] bytes) = Expected[$"{file}/{prefix}{key}"];
            Assert.Equal(type, view.Type.ToString().ToUpperInvariant());
            Assert.Equal(shape, view.Shape);
            var read = new byte[view.Count * view.Type.Size()];
            view.Read(0, read);
            Assert.Equal(bytes, read);
            Assert.Equal(bytes, ReadInPieces(view));
        }
    }

    [Theory]
    [MemberData(nameof(Hostile))]
    public void Every_hostile_archive_is_refused_with_its_reason(string file)
    {
        string why = Index().Single(e => e.GetProperty("file").GetString() == file).GetProperty("why").GetString()!;
        UniMedException refused = Assert.Throws<ConversionException>(() =>
        {
            using TorchArchive archive = Open(file);
            StateDict.Read(archive);
        });

        Assert.StartsWith(file, refused.Message, StringComparison.Ordinal);
        Assert.All(Reasons[why], part => Assert.Contains(part, refused.Message, StringComparison.Ordinal));
        Assert.False(File.Exists("unimed-owned"), "Something in the archive ran.");
    }

    [Fact]
    public void A_configuration_in_a_checkpoint_is_read_with_its_nested_values()
    {
        using TorchArchive archive = Open("checkpoint.pth");
        var root = Assert.IsType<PickleDict>(archive.Root);
        Assert.True(root.TryGet("config", out object? config));

        using JsonDocument expected = JsonDocument.Parse(File.ReadAllBytes(Golden.Path("pickle", "checkpoint.config.json")));
        Assert.Equal(JsonSerializer.Serialize(expected.RootElement), ToJson(config));
    }

    [Fact]
    public void The_golden_index_names_every_archive_of_its_folder()
    {
        IEnumerable<string?> files = Directory.EnumerateFiles(Golden.Path("pickle"), "*.pth").Select(Path.GetFileName).Order();
        Assert.Equal(files, Index().Select(e => e.GetProperty("file").GetString()).Order());
    }

    private static Dictionary<string, (string Type, long[] Shape, byte[] Bytes)> Expected { get; } = ReadExpected();

    private static TorchArchive Open(string file) => TorchArchive.Open(FileByteSource.Open(Golden.Path("pickle", file)));

    private static TheoryData<string> Files(bool ok) => [.. Index().Where(e => e.GetProperty("ok").GetBoolean() == ok).Select(e => e.GetProperty("file").GetString()!)];

    private static JsonElement[] Index()
    {
        using JsonDocument document = JsonDocument.Parse(File.ReadAllBytes(Golden.Path("pickle", "index.json")));
        return [.. document.RootElement.Clone().EnumerateArray()];
    }

    private static byte[] ReadInPieces(TensorView view)
    {
        int size = view.Type.Size();
        var bytes = new byte[view.Count * size];
        for (long first = 0; first < view.Count; first += 2)
        {
            int count = (int)Math.Min(2, view.Count - first);
            view.Read(first, bytes.AsSpan((int)first * size, count * size));
        }

        return bytes;
    }

    /// <summary>The file holds I16 tensors, a type the product's safetensors files never have: hence this reader of four lines.</summary>
    private static Dictionary<string, (string, long[], byte[])> ReadExpected()
    {
        byte[] file = File.ReadAllBytes(Golden.Path("pickle", "expected.safetensors"));
        int header = (int)BitConverter.ToInt64(file);
        using JsonDocument document = JsonDocument.Parse(file.AsMemory(8, header));
        return document.RootElement.EnumerateObject().Where(p => p.Name != "__metadata__").ToDictionary(
            p => p.Name,
            p => (
                p.Value.GetProperty("dtype").GetString()!,
                p.Value.GetProperty("shape").EnumerateArray().Select(n => n.GetInt64()).ToArray(),
                file[(8 + header + p.Value.GetProperty("data_offsets")[0].GetInt32())..(8 + header + p.Value.GetProperty("data_offsets")[1].GetInt32())]));
    }

    private static string ToJson(object? value) => value switch
    {
        null => "null",
        bool flag => flag ? "true" : "false",
        long or BigInteger => string.Format(CultureInfo.InvariantCulture, "{0}", value),
        double real => real.ToString("R", CultureInfo.InvariantCulture).ToLowerInvariant(),
        string text => JsonSerializer.Serialize(text),
        PickleList list => $"[{string.Join(",", list.Items.Select(ToJson))}]",
        PickleTuple tuple => $"[{string.Join(",", tuple.Items.Select(ToJson))}]",
        PickleDict dict => new StringBuilder("{").AppendJoin(",", dict.Entries.Select(e => $"{ToJson(e.Key)}:{ToJson(e.Value)}")).Append('}').ToString(),
        _ => throw new InvalidOperationException($"Unexpected {value.GetType()}."),
    };
}
