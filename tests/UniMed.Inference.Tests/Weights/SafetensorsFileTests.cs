using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using UniMed.Inference.Weights;
using UniMed.Native;
using Xunit;

namespace UniMed.Tests.Weights;

public class SafetensorsFileTests
{
    private const string Mixed = """{"v":{"dtype":"U8","shape":[4],"data_offsets":[0,4]},"m":{"dtype":"F16","shape":[2,3,2],"data_offsets":[4,28]},"s":{"dtype":"BOOL","shape":[],"data_offsets":[28,29]},"e":{"dtype":"F32","shape":[5,0],"data_offsets":[29,29]},"i":{"dtype":"I16","shape":[1],"data_offsets":[29,31]}}""";

    public static TheoryData<string> GoldenFiles { get; } =
        [.. Directory.EnumerateFiles(Golden.Path(), "*.safetensors", SearchOption.AllDirectories).Select(f => Path.GetRelativePath(Golden.Path(), f)).Order(StringComparer.Ordinal)];

    [Theory]
    [MemberData(nameof(GoldenFiles))]
    public void Every_golden_file_is_read(string name)
    {
        using SafetensorsFile file = SafetensorsFile.Open(Golden.Path(name));

        Assert.NotEmpty(file.Tensors);
        long covered = 0;
        foreach ((string tensor, TensorInfo info) in file.Tensors)
        {
            Assert.Equal(info.ByteLength, file.GetBytes(tensor).Length);
            Assert.Equal(info.ElementCount, file.GetTensor(tensor).Length);
            covered += info.ByteLength;
        }

        using FileStream raw = File.OpenRead(file.Path);
        long dataLength = raw.Length - 8 - new BinaryReader(raw).ReadInt64();
        Assert.True(file.UnsupportedTensors.Count > 0 || covered == dataLength);
        Assert.Equal(name.StartsWith("pickle", StringComparison.Ordinal), file.UnsupportedTensors.Values.Contains("I16"));
    }

    [Fact]
    public void There_are_golden_files() => Assert.True(GoldenFiles.Count >= 4);

    [Fact]
    public void Numbers_of_a_golden_file_are_finite()
    {
        using SafetensorsFile file = SafetensorsFile.Open(Golden.Path("posembed", "tensors.safetensors"));

        Assert.Equal([1L, 257L, 8L], file.Tensors["16_12.in"].Shape);
        float[] values = file.GetTensor("16_12.in").ToSingleArray();
        Assert.Equal(257 * 8, values.Length);
        Assert.All(values, value => Assert.True(float.IsFinite(value) && Math.Abs(value) < 100));
        Assert.Contains(values, value => value != 0);
    }

    [Theory]
    [InlineData("v", 1, 4)]
    [InlineData("m", 6, 2)]
    [InlineData("s", 1, 1)]
    [InlineData("e", 5, 0)]
    public void A_tensor_is_a_matrix_of_its_last_dimension(string name, int rows, int columns)
    {
        using var folder = new TemporaryFolder();
        using SafetensorsFile file = Write(folder, SafetensorsBytes.Create(Mixed, 31));

        HostTensor tensor = file.GetTensor(name);

        Assert.Equal((rows, columns), (tensor.Rows, tensor.Columns));
        Assert.Equal(file.Tensors[name].Type, tensor.Type);
        Assert.Same(file, tensor.Owner);
    }

    [Fact]
    public unsafe void Bytes_and_tensors_point_into_the_map_without_a_copy()
    {
        using var folder = new TemporaryFolder();
        using SafetensorsFile file = Write(folder, SafetensorsBytes.Create(Mixed, 31));

        ref byte first = ref MemoryMarshal.GetReference(file.GetBytes("v"));
        ref byte second = ref MemoryMarshal.GetReference(file.GetBytes("m"));

        Assert.Equal(4, Unsafe.ByteOffset(ref first, ref second));
        Assert.Equal((nint)Unsafe.AsPointer(ref second), file.GetTensor("m").Address);
        Assert.True(Unsafe.AreSame(ref first, ref MemoryMarshal.GetReference(file.GetBytes("v"))));
        Assert.True(IsMapped(folder.File("m.safetensors"), (nint)Unsafe.AsPointer(ref first)));
        Assert.Equal([0, 1, 2, 3], file.GetBytes("v").ToArray());
        Assert.Equal([28], file.GetBytes("s").ToArray());
    }

    [Fact]
    public void A_tensor_of_a_type_UniMed_lacks_is_listed_and_refused_on_access()
    {
        using var folder = new TemporaryFolder();
        using SafetensorsFile file = Write(folder, SafetensorsBytes.Create(Mixed, 31));

        Assert.Equal("I16", file.UnsupportedTensors["i"]);
        Assert.DoesNotContain("i", file.Tensors);
        SafetensorsException error = Assert.Throws<SafetensorsException>(() => file.GetTensor("i"));
        Assert.Equal($"{file.Path}: tensor 'i': It is stored as I16. UniMed reads F64, F32, F16, BF16, I64, I32, I8, U8 and BOOL.", error.Message);
    }

    [Fact]
    public void A_missing_tensor_is_named_with_its_file()
    {
        using var folder = new TemporaryFolder();
        using SafetensorsFile file = Write(folder, SafetensorsBytes.Create(Mixed, 31));

        SafetensorsException error = Assert.Throws<SafetensorsException>(() => file.GetBytes("nose"));
        Assert.Equal(("nose", file.Path), (error.Tensor, error.File));
        Assert.Throws<SafetensorsException>(() => file.GetTensor("nose"));
    }

    [Fact]
    public void A_tensor_longer_than_a_span_is_left_to_GetTensor()
    {
        using var folder = new TemporaryFolder();
        string path = folder.File("sparse.safetensors");
        const long Rows = 40_000;
        byte[] header = SafetensorsBytes.Create($$$"""{"a":{"dtype":"U8","shape":[{{{Rows}}},65536],"data_offsets":[0,{{{Rows * 65536}}}]}}""", 0);
        using (FileStream stream = File.Create(path))
        {
            // A sparse file: no disk space is used for the data.
            stream.Write(header);
            stream.SetLength(header.Length + (Rows * 65536));
        }

        using SafetensorsFile file = SafetensorsFile.Open(path);

        Assert.Contains("Use GetTensor", Assert.Throws<SafetensorsException>(() => file.GetBytes("a")).Message, StringComparison.Ordinal);
        Assert.Equal(Rows, file.GetTensor("a").Rows);
    }

    [Fact]
    public void A_matrix_side_beyond_32_bits_is_refused()
    {
        using var folder = new TemporaryFolder();
        using SafetensorsFile file = Write(folder, SafetensorsBytes.Create("""{"a":{"dtype":"U8","shape":[0,3000000000],"data_offsets":[0,0]},"b":{"dtype":"U8","shape":[3000000000,0],"data_offsets":[0,0]}}""", 0));

        Assert.Contains("3000000000", Assert.Throws<SafetensorsException>(() => file.GetTensor("a")).Message, StringComparison.Ordinal);
        Assert.Contains("3000000000", Assert.Throws<SafetensorsException>(() => file.GetTensor("b")).Message, StringComparison.Ordinal);
        Assert.True(file.GetBytes("a").IsEmpty);
    }

    [Fact]
    public void Dispose_releases_the_map_and_closes_the_object()
    {
        using var folder = new TemporaryFolder();
        SafetensorsFile file = Write(folder, SafetensorsBytes.Create(Mixed, 31));
        Assert.Equal(1, Maps(file.Path));

        file.Dispose();
        file.Dispose();

        Assert.Equal(0, Maps(file.Path));
        Assert.Throws<ObjectDisposedException>(() => file.GetBytes("v"));
        Assert.Throws<ObjectDisposedException>(() => file.GetTensor("v"));
        // Exclusive access is refused while any handle of ours is open.
        using FileStream exclusive = File.Open(file.Path, FileMode.Open, FileAccess.ReadWrite, FileShare.None);
    }

    [Fact]
    public void A_file_that_is_refused_is_released()
    {
        using var folder = new TemporaryFolder();
        string path = folder.File("m.safetensors");
        File.WriteAllBytes(path, SafetensorsBytes.Create("{}", 3));

        Assert.Throws<SafetensorsException>(() => SafetensorsFile.Open(path));

        Assert.Equal(0, Maps(path));
        using FileStream exclusive = File.Open(path, FileMode.Open, FileAccess.ReadWrite, FileShare.None);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(5)]
    public void A_file_too_short_to_map_is_refused(int length)
    {
        using var folder = new TemporaryFolder();
        string path = folder.File("m.safetensors");
        File.WriteAllBytes(path, new byte[length]);

        SafetensorsException error = Assert.Throws<SafetensorsException>(() => SafetensorsFile.Open(path));
        Assert.Contains(length == 0 ? "empty" : "found 5", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_missing_file_and_a_folder_are_clear_errors()
    {
        using var folder = new TemporaryFolder();

        Assert.Contains("no such file", Assert.Throws<SafetensorsException>(() => SafetensorsFile.Open(folder.File("none"))).Message, StringComparison.Ordinal);
        Assert.Contains("no such file", Assert.Throws<SafetensorsException>(() => SafetensorsFile.Open(folder.File("none/none"))).Message, StringComparison.Ordinal);
        Assert.Contains("folder", Assert.Throws<SafetensorsException>(() => SafetensorsFile.Open(folder.Path)).Message, StringComparison.Ordinal);
    }

    private static SafetensorsFile Write(TemporaryFolder folder, byte[] bytes)
    {
        string path = folder.File("m.safetensors");
        File.WriteAllBytes(path, bytes);
        return SafetensorsFile.Open(path);
    }

    private static int Maps(string path) => Map(path).Count();

    private static bool IsMapped(string path, nint address) => Map(path)
        .Select(line => line.Split(' ')[0].Split('-'))
        .Any(range => address >= Convert.ToInt64(range[0], 16) && address < Convert.ToInt64(range[1], 16));

    private static IEnumerable<string> Map(string path)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "The list of mapped files is read from /proc/self/maps, which only Linux has.");
        return File.ReadLines("/proc/self/maps").Where(line => line.EndsWith(path, StringComparison.Ordinal));
    }
}
