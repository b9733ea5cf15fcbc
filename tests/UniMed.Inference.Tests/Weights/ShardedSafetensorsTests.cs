using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using UniMed.Inference.Weights;
using UniMed.Native;
using Xunit;

namespace UniMed.Tests.Weights;

public class ShardedSafetensorsTests
{
    private const string Index = "model.safetensors.index.json";
    private const string First = "model-00001-of-00003.safetensors";
    private const string Second = "model-00002-of-00003.safetensors";
    private const string Third = "model-00003-of-00003.safetensors";

    private static readonly TensorDeclaration[] Tensors =
    [
        new("d", ElementType.U8, [4]),
        new("c", ElementType.U8, [2]),
        new("b", ElementType.U8, [7]),
        new("a", ElementType.U8, [1]),
    ];

    [Fact]
    public void Shards_are_split_between_tensors_and_named_as_usual()
    {
        using TemporaryFolder folder = Sharded();

        Assert.Equal([First, Second, Third, Index], Directory.GetFiles(folder.Path).Select(f => Path.GetFileName(f)).Order(StringComparer.Ordinal));
        string expected = """
            {
              "metadata": {
                "total_size": 14
              },
              "weight_map": {
                "a": "model-00003-of-00003.safetensors",
                "b": "model-00002-of-00003.safetensors",
                "c": "model-00001-of-00003.safetensors",
                "d": "model-00001-of-00003.safetensors"
              }
            }

            """.ReplaceLineEndings("\n");
        Assert.Equal(expected, File.ReadAllText(folder.File(Index)));
    }

    [Theory]
    [InlineData("")]
    [InlineData(Index)]
    public void A_folder_and_its_index_open_the_same_tensors(string name)
    {
        using TemporaryFolder folder = Sharded();

        using SafetensorsSet set = SafetensorsSet.Open(folder.File(name));

        Assert.Equal(3, set.Files.Count);
        Assert.Equal([6, 7, 8, 9, 10, 11, 12], set.GetBytes("b").ToArray());
        Assert.Equal(7, set.GetTensor("b").Columns);
        Assert.True(set.Contains("a"));
        Assert.False(set.Contains("x"));
        Assert.Contains("3 files", Assert.Throws<SafetensorsException>(() => set.GetBytes("x")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void One_shard_is_a_plain_file()
    {
        using var folder = new TemporaryFolder();
        Write(folder.Path, maxShardBytes: 14);

        Assert.Equal([folder.File("model.safetensors")], Directory.GetFiles(folder.Path));
        using SafetensorsSet set = SafetensorsSet.Open(folder.Path);
        Assert.Equal(4, set.Tensors.Count);
    }

    [Fact]
    public void A_single_file_of_any_name_opens_by_itself_and_by_its_folder()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllBytes(folder.File("other.safetensors"), SafetensorsBytes.Create("{}", 0));

        using SafetensorsSet byName = SafetensorsSet.Open(folder.File("other.safetensors"));
        using SafetensorsSet byFolder = SafetensorsSet.Open(folder.Path);

        Assert.Equal(byName.Files[0].Path, byFolder.Files[0].Path);
    }

    [Fact]
    public void Tensors_of_a_type_UniMed_lacks_are_listed_apart()
    {
        using SafetensorsSet set = SafetensorsSet.Open(Golden.Path("pickle", "expected.safetensors"));

        Assert.NotEmpty(set.UnsupportedTensors);
        Assert.All(set.UnsupportedTensors, tensor => Assert.Equal("I16", tensor.Value));
        Assert.All(set.UnsupportedTensors.Keys, name => Assert.False(set.Contains(name)));
        Assert.Contains("stored as I16", Assert.Throws<SafetensorsException>(() => set.GetBytes(set.UnsupportedTensors.Keys.First())).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_folder_that_does_not_say_what_to_open_is_refused()
    {
        using var folder = new TemporaryFolder();
        Refused(folder.Path, "holds no safetensors");
        File.WriteAllBytes(folder.File("model-00001-of-00002.safetensors"), SafetensorsBytes.Create("{}", 0));
        Refused(folder.Path, "only the shard model-00001-of-00002.safetensors");
        File.WriteAllBytes(folder.File("x.safetensors"), SafetensorsBytes.Create("{}", 0));
        Refused(folder.Path, "2 .safetensors files and no index");
        Refused(folder.File("none"), "no such file");
        Refused(folder.File("none.index.json"), "cannot be read");
    }

    [Theory]
    [InlineData("../secret.safetensors")]
    [InlineData("..")]
    [InlineData(".")]
    [InlineData("")]
    [InlineData("/etc/passwd")]
    [InlineData("C:\\x.safetensors")]
    [InlineData("C:x.safetensors")]
    [InlineData("sub/x.safetensors")]
    [InlineData("..\\x.safetensors")]
    [InlineData("x\0.safetensors")]
    public void A_shard_outside_the_folder_is_not_followed(string shard)
    {
        using TemporaryFolder folder = Sharded();
        ChangeMap(folder, map => map["a"] = shard);

        Assert.Equal("a", Refused(folder.Path, "a path that leaves the folder is not followed").Tensor);
    }

    [Fact]
    public void Index_and_shards_must_agree()
    {
        Disagree(map => map["a"] = "none.safetensors", null, "Shard 'none.safetensors' is missing");
        Disagree(map => map["x"] = First, "x", $"places it in {First}, which does not hold it");
        Disagree(map => map["a"] = First, "a", $"places it in {First}, but it stands in {Third}", keep: map => map["e"] = Third, extra: true);
        Disagree(map => map.Remove("d"), "d", $"{First} holds it, but the index does not name it");

        static void Disagree(Action<JsonObject> change, string? tensor, string expected, Action<JsonObject>? keep = null, bool extra = false)
        {
            using TemporaryFolder folder = Sharded();
            if (extra)
            {
                // Another tensor keeps the shard in the index although the first one has left it.
                File.WriteAllBytes(folder.File(Third), SafetensorsBytes.Create("""{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"e":{"dtype":"U8","shape":[1],"data_offsets":[1,2]}}""", 2));
            }

            ChangeMap(folder, map =>
            {
                change(map);
                keep?.Invoke(map);
            });
            Assert.Equal(tensor, Refused(folder.Path, expected).Tensor);
        }
    }

    [Fact]
    public void A_tensor_in_two_shards_is_refused()
    {
        using TemporaryFolder folder = Sharded();
        File.Copy(folder.File(First), folder.File(Third), overwrite: true);

        Assert.NotNull(Refused(folder.Path, "It stands in two shards").Tensor);
    }

    [Fact]
    public void A_failed_open_releases_what_it_opened()
    {
        using TemporaryFolder folder = Sharded();
        byte[] damaged = File.ReadAllBytes(folder.File(Third));
        File.WriteAllBytes(folder.File(Third), damaged[..^1]);

        Refused(folder.Path, "leave the data section");

        foreach (string file in Directory.GetFiles(folder.Path))
        {
            using FileStream exclusive = File.Open(file, FileMode.Open, FileAccess.ReadWrite, FileShare.None);
            Assert.False(OperatingSystem.IsLinux() && File.ReadAllText("/proc/self/maps").Contains(file, StringComparison.Ordinal));
        }
    }

    [Fact]
    public void Dispose_closes_every_shard()
    {
        using TemporaryFolder folder = Sharded();
        SafetensorsSet set = SafetensorsSet.Open(folder.Path);
        set.Dispose();

        Assert.Throws<ObjectDisposedException>(() => set.GetBytes("a"));
        foreach (string file in Directory.GetFiles(folder.Path))
        {
            using FileStream exclusive = File.Open(file, FileMode.Open, FileAccess.ReadWrite, FileShare.None);
        }
    }

    [Theory]
    [InlineData("", "not the JSON")]
    [InlineData("[]", "JSON object")]
    [InlineData("{}", "no weight_map")]
    [InlineData("""{"weight_map":{}}""", "no weight_map, or an empty one")]
    [InlineData("""{"weight_map":[]}""", "weight_map must be an object")]
    [InlineData("""{"weight_map":{"a":1}}""", "tensor 'a': weight_map must give it a file name")]
    [InlineData("""{"weight_map":{"a":"x","a":"x"}}""", "tensor 'a': weight_map names it twice")]
    [InlineData("""{"weight_map":{"a":"x"},"weight_map":{"a":"x"}}""", "weight_map twice")]
    [InlineData("""{"weight_map":{"a":"x"}} y""", "not the JSON")]
    [InlineData("""{"weight_map":{"\ud800":"x"}}""", "not valid UTF-8")]
    [InlineData("""{"metadata":[[[[[[[[[[[[]]]]]]]]]]]]}""", "depth")]
    [InlineData("version https://git-lfs.github.com/spec/v1", "git lfs pull")]
    [InlineData("<html>", "web page")]
    public void An_index_that_breaks_a_rule_is_refused_and_says_how(string text, string expected)
    {
        SafetensorsException error = Assert.Throws<SafetensorsException>(() => SafetensorsIndex.Parse("m.index.json", Encoding.UTF8.GetBytes(text)));

        Assert.Contains(expected, error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(5)]
    [InlineData(14)]
    public void Without_Complete_no_file_is_left(int written)
    {
        using var folder = new TemporaryFolder();
        using (var writer = new ShardedSafetensorsWriter(folder.Path, Tensors, 6))
        {
            writer.Write(new byte[written]);
            Assert.All(Directory.GetFiles(folder.Path), file => Assert.EndsWith(".partial", file, StringComparison.Ordinal));
        }

        Assert.Empty(Directory.GetFiles(folder.Path));
    }

    [Fact]
    public void A_failed_Complete_leaves_no_shard()
    {
        using var folder = new TemporaryFolder();
        using (var writer = new ShardedSafetensorsWriter(folder.Path, Tensors, 6))
        {
            writer.Write(new byte[14]);
            // The index cannot take its name while a folder has it.
            Directory.CreateDirectory(folder.File(Index));
            Assert.Contains("index cannot be written", Assert.Throws<SafetensorsException>(writer.Complete).Message, StringComparison.Ordinal);
        }

        Assert.Empty(Directory.GetFiles(folder.Path));
    }

    [Fact]
    public void Too_few_and_too_many_bytes_are_refused()
    {
        using var folder = new TemporaryFolder();
        using var writer = new ShardedSafetensorsWriter(folder.Path, Tensors, 6);

        Assert.Contains("lack only 14", Assert.Throws<SafetensorsException>(() => writer.Write(new byte[15])).Message, StringComparison.Ordinal);
        writer.Write(new byte[13]);
        Assert.Equal("a", Assert.Throws<SafetensorsException>(writer.Complete).Tensor);
    }

    [Fact]
    public void A_folder_that_holds_weights_already_is_refused()
    {
        using TemporaryFolder folder = Sharded();

        Assert.Contains("already holds", Assert.Throws<SafetensorsException>(() => new ShardedSafetensorsWriter(folder.Path, Tensors, 100)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_missing_folder_is_created()
    {
        using var folder = new TemporaryFolder();
        Write(folder.File("new"), maxShardBytes: 100);

        Assert.True(File.Exists(folder.File("new/model.safetensors")));
    }

    private static TemporaryFolder Sharded()
    {
        var folder = new TemporaryFolder();
        Write(folder.Path, maxShardBytes: 6);
        return folder;
    }

    private static void Write(string folder, long maxShardBytes)
    {
        using var writer = new ShardedSafetensorsWriter(folder, Tensors, maxShardBytes);
        writer.Write([.. Enumerable.Range(0, 14).Select(i => (byte)i)]);
        writer.Complete();
    }

    private static void ChangeMap(TemporaryFolder folder, Action<JsonObject> change)
    {
        JsonNode index = JsonNode.Parse(File.ReadAllText(folder.File(Index)))!;
        change(index["weight_map"]!.AsObject());
        File.WriteAllText(folder.File(Index), JsonSerializer.Serialize(index));
    }

    private static SafetensorsException Refused(string path, string expected)
    {
        SafetensorsException error = Assert.Throws<SafetensorsException>(() => SafetensorsSet.Open(path));
        Assert.Contains(expected, error.Message, StringComparison.Ordinal);
        return error;
    }
}
