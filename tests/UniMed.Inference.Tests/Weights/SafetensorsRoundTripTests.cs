using CsCheck;
using UniMed.Inference.Weights;
using UniMed.Native;
using Xunit;

namespace UniMed.Tests.Weights;

public class SafetensorsRoundTripTests
{
    private static readonly Gen<TensorDeclaration> Declaration =
        from name in Name()
        from type in Gen.Enum<ElementType>()
        from shape in Gen.Frequency((9, Gen.Long[1, 5]), (1, Gen.Const(0L))).Array[0, 5]
        select new TensorDeclaration(name, type, shape);

    private static readonly Gen<Model> AnyModel =
        from declarations in Declaration.Array[0, 12]
        from metadata in Gen.Select(Gen.OneOf("format", "é", "\"q\"", "", "__metadata__"), Gen.String[Gen.Char['\0', '\u07FF'], 0, 9]).Array[0, 4]
        from seed in Gen.Int
        select Model.Create(declarations, metadata, seed);

    [Fact]
    public void What_is_written_is_read_back() => AnyModel.Sample(
        model =>
        {
            using var folder = new TemporaryFolder();
            string path = folder.File("model.safetensors");
            using (var writer = new SafetensorsWriter(path, model.Tensors, model.Metadata))
                model.WriteInChunks(writer.Write, writer.Complete);

            using SafetensorsFile file = SafetensorsFile.Open(path);
            Assert.Equal(model.Tensors.Select(t => t.Name), file.Tensors.Keys);
            Assert.Equal(model.Metadata, file.Metadata);
            foreach (TensorDeclaration tensor in model.Tensors)
            {
                TensorInfo info = file.Tensors[tensor.Name];
                Assert.Equal(tensor.Type, info.Type);
                Assert.Equal(tensor.Shape, info.Shape);
                Assert.Equal(0, info.Offset % tensor.Type.Size());
                Assert.True(file.GetBytes(tensor.Name).SequenceEqual(model.Bytes[tensor.Name]));
            }

            Assert.Equal([path], Directory.GetFiles(folder.Path));
        },
        iter: 200);

    [Fact]
    public void What_is_written_in_shards_is_read_back() => Gen.Select(AnyModel, Gen.Long[1, 2000]).Sample(
        (model, maxShardBytes) =>
        {
            using var folder = new TemporaryFolder();
            using (var writer = new ShardedSafetensorsWriter(folder.Path, model.Tensors, maxShardBytes, model.Metadata))
                model.WriteInChunks(writer.Write, writer.Complete);

            using SafetensorsSet set = SafetensorsSet.Open(folder.Path);
            Assert.Equal(model.Tensors.Select(t => t.Name).Order(StringComparer.Ordinal), set.Tensors.Keys.Order(StringComparer.Ordinal));
            foreach (TensorDeclaration tensor in model.Tensors)
            {
                Assert.True(set.Contains(tensor.Name));
                Assert.Equal(tensor.Shape, set.Tensors[tensor.Name].Shape);
                Assert.True(set.GetBytes(tensor.Name).SequenceEqual(model.Bytes[tensor.Name]));
            }

            foreach (SafetensorsFile file in set.Files)
            {
                Assert.Equal(model.Metadata, file.Metadata);
                Assert.True(file.Tensors.Count <= 1 || file.Tensors.Values.Sum(t => t.ByteLength) <= maxShardBytes);
            }
        },
        iter: 200);

    [Fact]
    public void The_same_content_gives_the_same_bytes() => Gen.Select(AnyModel, Gen.Long[1, 2000]).Sample(
        (model, maxShardBytes) =>
        {
            Assert.Equal(Shards(model, maxShardBytes, chunkSeed: 1), Shards(model, maxShardBytes, chunkSeed: 2));
        },
        iter: 50);

    private static Gen<string> Name()
    {
        Gen<string> odd = Gen.OneOf("a.b/c:0", "Ünïcode", "権重", "\U0001F9E0", "\"quoted\\\"", "line\nbreak", "\0", " ", "__metadata", "<html>&'+");
        return Gen.Frequency((1, odd), (2, Gen.String[Gen.Char['!', '~'], 1, 20]));
    }

    private static SortedDictionary<string, string> Shards(Model model, long maxShardBytes, int chunkSeed)
    {
        using var folder = new TemporaryFolder();
        using (var writer = new ShardedSafetensorsWriter(folder.Path, model.Tensors, maxShardBytes, model.Metadata))
            (model with { ChunkSeed = chunkSeed }).WriteInChunks(writer.Write, writer.Complete);
        var files = Directory.GetFiles(folder.Path).ToDictionary(f => Path.GetFileName(f), f => Convert.ToHexString(File.ReadAllBytes(f)));
        return new SortedDictionary<string, string>(files, StringComparer.Ordinal);
    }

    private sealed record Model(IReadOnlyList<TensorDeclaration> Tensors, IReadOnlyDictionary<string, string> Metadata, IReadOnlyDictionary<string, byte[]> Bytes, int ChunkSeed)
    {
        public static Model Create(TensorDeclaration[] declarations, (string Key, string Value)[] metadata, int seed)
        {
            var random = new Random(seed);
            IReadOnlyList<TensorDeclaration> tensors = TensorDeclaration.InAlignedOrder(declarations.DistinctBy(d => d.Name));
            var bytes = new Dictionary<string, byte[]>();
            foreach (TensorDeclaration tensor in tensors)
            {
                byte[] data = new byte[tensor.Shape.Aggregate((long)tensor.Type.Size(), (product, dimension) => product * dimension)];
                random.NextBytes(data);
                bytes.Add(tensor.Name, data);
            }

            return new Model(tensors, metadata.DistinctBy(m => m.Key).ToDictionary(m => m.Key, m => m.Value), bytes, seed);
        }

        public void WriteInChunks(Action<ReadOnlySpan<byte>> write, Action complete)
        {
            var random = new Random(ChunkSeed);
            byte[] all = [.. Tensors.SelectMany(t => Bytes[t.Name])];
            for (int done = 0; done < all.Length;)
            {
                int count = random.Next(Math.Min(all.Length - done, 700) + 1);
                write(all.AsSpan(done, count));
                done += count;
            }

            complete();
        }
    }
}
