using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using CsCheck;
using UniMed.Cli.Requests;
using UniMed.Inference;
using Xunit;

namespace UniMed.Tests;

/// <summary>Taking up the output of an earlier run.</summary>
public sealed class AnswerFileTests
{
    [Fact]
    public void Exactly_the_answers_stay_byte_for_byte_in_their_order() =>
        Gen.Select(Gen.Bool.Array[0, 20], Gen.Int[0, 30].Array[20], Gen.Bool).Sample((isAnswer, lengths, endsMidLine) =>
        {
            using var folder = new TemporaryFolder();
            string path = folder.File("answers.jsonl");
            string[] lines = [.. isAnswer.Select((answer, i) => answer ? $$"""{"id":{{i}},"text":"{{new string('a', lengths[i])}}"}""" : $$"""{"id":{{i}},"error":"{{new string('e', lengths[i])}}"}""")];
            string whole = string.Concat(lines.Select(line => line + "\n"));
            File.WriteAllText(path, endsMidLine && whole.Length > 0 ? whole[..^1] : whole);
            using (AnswerFile file = AnswerFile.OpenAsync(path, CancellationToken.None).GetAwaiter().GetResult())
                Assert.All(isAnswer.Select((answer, i) => (answer, i)), line => Assert.Equal(line.answer, file.Holds(new RequestId($"{line.i}", true))));
            Assert.Equal(string.Concat(lines.Where((_, i) => isAnswer[i]).Select(line => line + "\n")), File.ReadAllText(path));
            Assert.Equal([path], Directory.GetFiles(Path.GetDirectoryName(path)!));
        });

    [Theory]
    [InlineData(0)]
    [InlineData(5)]
    [InlineData(20)]
    public async Task A_crash_while_error_lines_are_removed_is_made_good(int torn)
    {
        // The journal was whole, and the file was written over up to some byte.
        using var folder = new TemporaryFolder();
        string path = folder.File("answers.jsonl");
        const string Kept = "{\"id\":1,\"text\":\"one\"}\n";
        const string Behind = "{\"id\":3,\"text\":\"three\"}\n";
        string before = Kept + "{\"id\":2,\"error\":\"a long one, which goes\"}\n" + Behind;
        await File.WriteAllTextAsync(path, Kept + Behind[..torn] + before[(Kept.Length + torn)..], TestContext.Current.CancellationToken);
        await File.WriteAllBytesAsync(path + ".rewrite", Journal(Behind, Kept.Length), TestContext.Current.CancellationToken);

        (await AnswerFile.OpenAsync(path, TestContext.Current.CancellationToken)).Dispose();

        Assert.Equal(Kept + Behind, await File.ReadAllTextAsync(path, TestContext.Current.CancellationToken));
        Assert.False(File.Exists(path + ".rewrite"));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(10)]
    [InlineData(30)]
    [InlineData(60)]
    public async Task A_crash_before_error_lines_are_removed_leaves_the_answers(int written)
    {
        using var folder = new TemporaryFolder();
        string path = folder.Write("answers.jsonl", "{\"id\":1,\"text\":\"one\"}");
        byte[] journal = Journal("{\"id\":3,\"text\":\"three\"}\n", 0);
        await File.WriteAllBytesAsync(path + ".rewrite", journal[..Math.Min(written, journal.Length - 1)], TestContext.Current.CancellationToken);

        (await AnswerFile.OpenAsync(path, TestContext.Current.CancellationToken)).Dispose();

        Assert.Equal("{\"id\":1,\"text\":\"one\"}\n", await File.ReadAllTextAsync(path, TestContext.Current.CancellationToken));
        Assert.False(File.Exists(path + ".rewrite"));
    }

    [Fact]
    public async Task A_file_of_somebody_else_in_the_way_is_left_alone_and_named()
    {
        using var folder = new TemporaryFolder();
        string path = folder.Write("answers.jsonl", "{\"id\":1,\"error\":\"e\"}", "{\"id\":2,\"text\":\"t\"}");
        string other = folder.Write("answers.jsonl.rewrite", "my notes");
        UniMedException error = await Assert.ThrowsAsync<UniMedException>(() => AnswerFile.OpenAsync(path, TestContext.Current.CancellationToken));
        Assert.Contains(other, error.Message, StringComparison.Ordinal);
        Assert.Equal("my notes\n", await File.ReadAllTextAsync(other, TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task Zeros_that_a_power_failure_left_at_the_end_go()
    {
        using var folder = new TemporaryFolder();
        string path = folder.File("answers.jsonl");
        await File.WriteAllTextAsync(path, "{\"id\":1,\"text\":\"one\"}\n\0\0\0\0\0\0\0\0\0\0", TestContext.Current.CancellationToken);
        (await AnswerFile.OpenAsync(path, TestContext.Current.CancellationToken)).Dispose();
        Assert.Equal("{\"id\":1,\"text\":\"one\"}\n", await File.ReadAllTextAsync(path, TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task Answers_in_UTF16_are_left_alone_and_named()
    {
        using var folder = new TemporaryFolder();
        string path = folder.File("answers.jsonl");
        await File.WriteAllTextAsync(path, "{\"id\":1,\"text\":\"one\"}\r\n", Encoding.Unicode, TestContext.Current.CancellationToken);
        UniMedException error = await Assert.ThrowsAsync<UniMedException>(() => AnswerFile.OpenAsync(path, TestContext.Current.CancellationToken));
        Assert.Contains("It is UTF-16", error.Message, StringComparison.Ordinal);
    }

    /// <summary>What stands beside the file while error lines are removed.</summary>
    private static byte[] Journal(string behind, long start)
    {
        byte[] place = new byte[sizeof(long)];
        BinaryPrimitives.WriteInt64LittleEndian(place, start);
        byte[] bytes = [.. Encoding.UTF8.GetBytes(behind), .. place];
        return [.. "unimed rewrite 1\n"u8, .. bytes, .. SHA256.HashData(bytes)];
    }
}
