using System.Text;
using CsCheck;
using UniMed.Inference;
using UniMed.Inference.Tokenization;
using Xunit;

namespace UniMed.Tests.Tokenization;

public class StreamingDecoderTests
{
    private const int Space = 963;
    private const int A = 965;
    private const int SpaceA = 271;

    private static readonly LlamaTokenizer Tokenizer = NanoTokenizer.Instance;

    private static int[] Bytes(params byte[] bytes) => [.. bytes.Select(b => b + 3)];

    private static List<string> Stream(IEnumerable<int> ids)
    {
        StreamingDecoder decoder = new(Tokenizer);
        List<string> texts = [.. ids.Select(decoder.Append)];
        texts.Add(decoder.Flush());
        return texts;
    }

    [Fact]
    public void Text_comes_with_its_token_and_the_leading_space_is_dropped_once() =>
        Assert.Equal(["", "a", " a", " ", "a", ""], Stream([1, SpaceA, SpaceA, Space, A]));

    [Fact]
    public void Characters_in_bytes_are_held_back_until_they_are_complete()
    {
        Assert.Equal(["", "", "", "", "\U0001F9E0", ""], Stream([Space, .. Bytes(0xF0, 0x9F, 0xA7, 0xA0)]));
        Assert.Equal(["", "\u00E9", "a", ""], Stream([.. Bytes(0xC3, 0xA9), A]));
    }

    [Fact]
    public void Each_byte_of_an_unfinished_character_becomes_a_replacement_character()
    {
        Assert.Equal(["", "", "", "\uFFFD\uFFFD\uFFFDa", ""], Stream([.. Bytes(0xF0, 0x9F, 0xA7), A]));
        Assert.Equal(["", "", "\uFFFD\uFFFD"], Stream(Bytes(0xE6, 0x97)));
        Assert.Equal(["", "\uFFFDz", ""], Stream(Bytes(0xE6, (byte)'z')));
        Assert.Equal(["", "\uFFFD", "\u00E9", ""], Stream(Bytes(0xE6, 0xC3, 0xA9)));
    }

    [Fact]
    public void Bytes_that_are_never_valid_become_replacement_characters_one_by_one()
    {
        Assert.Equal("\uFFFD\uFFFD", Tokenizer.Decode(Bytes(0xC0, 0x80)));
        Assert.Equal("\uFFFD\uFFFD\uFFFD", Tokenizer.Decode(Bytes(0xED, 0xA0, 0x80)));
        Assert.Equal("\uFFFD\uFFFD\uFFFD\uFFFD", Tokenizer.Decode(Bytes(0xF4, 0x90, 0x80, 0x80)));
        Assert.Equal("\uFFFD", Tokenizer.Decode(Bytes(0xEF, 0xBF, 0xBD)));
    }

    [Fact]
    public void A_skipped_special_token_does_not_break_a_character() =>
        Assert.Equal("\u00E9", Tokenizer.Decode([.. Bytes(0xC3), 2, .. Bytes(0xA9)]));

    [Fact]
    public void A_space_after_bytes_is_kept() => Assert.Equal("z a", Tokenizer.Decode([.. Bytes((byte)'z'), SpaceA]));

    [Fact]
    public void Golden_ids_stream_to_the_golden_text() =>
        Assert.All(TokenizerCase.All, c => Assert.Equal(c.Decoded, string.Concat(Stream(c.IdsBos))));

    [Fact]
    public void Any_ids_stream_to_what_decoding_all_at_once_gives()
    {
        // Half of the ids are bytes, most of them of longer characters, so that broken and whole characters both occur.
        Gen<int> id = Gen.OneOf(Gen.Int[0, 1023], Gen.Int[0x80 + 3, 0xF5 + 3]);
        id.Array[0, 24].Sample(
            ids =>
            {
                string streamed = string.Concat(Stream(ids));
                Assert.Equal(DecodedAtOnce(ids), streamed);
                Assert.Equal(streamed, Tokenizer.Decode(ids));
            },
            iter: 3000);
    }

    /// <summary>Special tokens are not given back, and U+2581 is how SentencePiece spells a space.</summary>
    [Fact]
    public void Encoding_and_decoding_give_the_text_back() =>
        Gen.String.Where(t => new[] { "\u2581", "<s>", "</s>", "<unk>" }.All(special => !t.Contains(special, StringComparison.Ordinal))).Sample(
            text =>
            {
                string expected = string.Concat(text.EnumerateRunes().Select(r => r.ToString()));
                Assert.Equal(expected, Tokenizer.Decode([.. Tokenizer.Encode(text, addBos: true)]));
            },
            iter: 1000);

    /// <summary>SentencePiece's rules over the whole sequence: runs of bytes first, then pieces, then the leading space.</summary>
    private static string DecodedAtOnce(int[] ids)
    {
        int[] kept = [.. ids.Where(id => id > 2)];
        StringBuilder text = new();
        bool spaceTaken = false;
        for (int i = 0; i < kept.Length;)
        {
            if (kept[i] is >= 3 and < 259)
            {
                byte[] run = [.. kept.Skip(i).TakeWhile(id => id is >= 3 and < 259).Select(id => (byte)(id - 3))];
                i += run.Length;
                for (int at = 0; at < run.Length;)
                {
                    string? character = Enumerable.Range(1, Math.Min(4, run.Length - at))
                        .Select(length => Strict(run.AsSpan(at, length)))
                        .FirstOrDefault(c => c is not null);
                    text.Append(character ?? "\uFFFD");
                    at += character is null ? 1 : Encoding.UTF8.GetByteCount(character);
                }

                continue;
            }

            string surface = Tokenizer.SurfaceOf(kept[i++]);
            bool first = text.Length == 0 && !spaceTaken && surface[0] == ' ';
            spaceTaken |= first;
            text.Append(first ? surface[1..] : surface);
        }

        return text.ToString();
    }

    private static string? Strict(ReadOnlySpan<byte> bytes)
    {
        try
        {
            return new UTF8Encoding(false, throwOnInvalidBytes: true).GetString(bytes);
        }
        catch (DecoderFallbackException)
        {
            return null;
        }
    }
}
