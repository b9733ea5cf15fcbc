using System.Buffers.Binary;
using System.Text;
using UniMed.Inference.Weights;
using UniMed.Native;
using Xunit;

namespace UniMed.Tests.Weights;

public class SafetensorsWriterTests
{
    private static readonly TensorDeclaration Four = new("four", ElementType.F32, [2, 2]);
    private static readonly TensorDeclaration Three = new("three", ElementType.U8, [3]);

    [Fact]
    public void The_file_is_laid_out_as_the_format_says()
    {
        using var folder = new TemporaryFolder();
        string path = folder.File("m.safetensors");
        using (var writer = new SafetensorsWriter(path, [Four, Three], new Dictionary<string, string> { ["b"] = "2", ["a"] = "é<>" }))
        {
            writer.Write(new byte[10]);
            writer.Write([1, 2, 3, 4, 5, 6, 7, 8, 9]);
            writer.Complete();
        }

        byte[] file = File.ReadAllBytes(path);
        int header = (int)BinaryPrimitives.ReadInt64LittleEndian(file);
        Assert.Equal(0, (8 + header) % 64);
        Assert.Equal(
            """{"__metadata__":{"a":"é<>","b":"2"},"four":{"dtype":"F32","shape":[2,2],"data_offsets":[0,16]},"three":{"dtype":"U8","shape":[3],"data_offsets":[16,19]}}""",
            Encoding.UTF8.GetString(file, 8, header).TrimEnd(' '));
        Assert.Equal([0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9], file[(8 + header)..]);
    }

    [Theory]
    [InlineData("m.safetensors")]
    [InlineData("an older one")]
    public void Without_Complete_nothing_is_left_and_an_older_file_stays(string older)
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder.File(older), "older");
        using (var writer = new SafetensorsWriter(folder.File("m.safetensors"), [Three]))
        {
            writer.Write([1, 2, 3]);
            Assert.Equal(2, Directory.GetFiles(folder.Path).Length);
        }

        Assert.Equal([folder.File(older)], Directory.GetFiles(folder.Path));
        Assert.Equal("older", File.ReadAllText(folder.File(older)));
    }

    [Fact]
    public void Too_few_bytes_name_the_tensor_that_was_cut()
    {
        using var folder = new TemporaryFolder();
        using var writer = new SafetensorsWriter(folder.File("m.safetensors"), [Four, Three]);
        writer.Write(new byte[17]);

        SafetensorsException error = Assert.Throws<SafetensorsException>(writer.Complete);

        Assert.Equal("three", error.Tensor);
        Assert.Contains("Only 1 of its 3 bytes", error.Message, StringComparison.Ordinal);
        Assert.False(File.Exists(folder.File("m.safetensors")));
    }

    [Fact]
    public void Too_many_bytes_are_refused()
    {
        using var folder = new TemporaryFolder();
        using var writer = new SafetensorsWriter(folder.File("m.safetensors"), [Three]);
        writer.Write([1, 2]);

        Assert.Contains("take 3", Assert.Throws<SafetensorsException>(() => writer.Write([3, 4])).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_tensor_that_would_not_be_aligned_to_its_elements_is_refused_with_the_way_out()
    {
        using var folder = new TemporaryFolder();

        SafetensorsException error = Assert.Throws<SafetensorsException>(() => new SafetensorsWriter(folder.File("m.safetensors"), [Three, Four]));

        Assert.Equal("four", error.Tensor);
        Assert.Contains("InAlignedOrder", error.Message, StringComparison.Ordinal);
        Assert.Equal([Four, Three], TensorDeclaration.InAlignedOrder([Three, Four]));
    }

    [Fact]
    public void Declarations_that_the_format_does_not_allow_are_refused()
    {
        Refused("declared twice", Three, Three with { Shape = [1] });
        Refused("does not allow this name", Three with { Name = "__metadata__" });
        Refused("does not allow this name", Three with { Name = "" });
        Refused("unpaired surrogate", Three with { Name = "\ud800" });
        Refused("negative dimension", Three with { Shape = [-1] });
        Refused("too large", Four with { Shape = [long.MaxValue] });
        Refused("65 dimensions", Three with { Shape = [.. Enumerable.Repeat(1L, 65)] });

        static void Refused(string expected, params TensorDeclaration[] tensors)
        {
            using var folder = new TemporaryFolder();
            Assert.Contains(expected, Assert.Throws<SafetensorsException>(() => new SafetensorsWriter(folder.File("m.safetensors"), tensors)).Message, StringComparison.Ordinal);
            Assert.Contains(expected, Assert.Throws<SafetensorsException>(() => new ShardedSafetensorsWriter(folder.Path, tensors, 1)).Message, StringComparison.Ordinal);
            Assert.Empty(Directory.GetFiles(folder.Path));
        }
    }

    [Fact]
    public void Metadata_that_is_no_text_is_refused()
    {
        using var folder = new TemporaryFolder();

        Assert.Throws<SafetensorsException>(() => new SafetensorsWriter(folder.File("m.safetensors"), [], new Dictionary<string, string> { ["k"] = "\udfff" }));
    }

    [Fact]
    public void A_folder_that_does_not_exist_is_a_clear_error()
    {
        using var folder = new TemporaryFolder();

        Assert.Contains("cannot be written", Assert.Throws<SafetensorsException>(() => new SafetensorsWriter(folder.File("none/m.safetensors"), [Three])).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Use_after_the_end_is_a_programming_error()
    {
        using var folder = new TemporaryFolder();
        var writer = new SafetensorsWriter(folder.File("m.safetensors"), []);
        writer.Complete();

        Assert.Throws<InvalidOperationException>(() => writer.Write([]));
        Assert.Throws<InvalidOperationException>(writer.Complete);
        writer.Dispose();
        Assert.Throws<ObjectDisposedException>(() => writer.Write([]));
        Assert.True(File.Exists(folder.File("m.safetensors")));
    }
}
