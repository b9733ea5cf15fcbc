using System.Text;
using UniMed.Inference.Generation.Constraints;
using UniMed.Inference.Tokenization;
using UniMed.Tests.Tokenization;
using Xunit;

namespace UniMed.Inference.Tests.Generation.Constraints;

/// <summary>Masks of tokens, against decoding every token and asking whether a choice begins so.</summary>
public class TokenAutomatonTests
{
    private const int PaddedVocabulary = 1100;

    private static readonly string[] Choices = ["left", "left lung", "left frontal lobe", "naïve", "日本", "🙂 smile", "</s> twice", "the the", "a  b", "\u2581x", "<0x41>"];

    private static readonly LlamaTokenizer Tokenizer = NanoTokenizer.Instance;

    private static readonly ConstraintVocabulary Vocabulary = new(Tokenizer, PaddedVocabulary);

    [Fact]
    public void Along_random_answers_exactly_the_tokens_are_allowed_after_which_a_choice_can_still_be_spelled_in_time()
    {
        var automaton = new TokenAutomaton(AnswerConstraint.Choice(Choices).Automaton, Vocabulary, "choices");
        var random = new Random(11);
        var ids = new int[PaddedVocabulary];
        var spellings = new HashSet<string>();
        for (int round = 0; round < 120; round++)
        {
            int left = automaton.MinTokens + (round % 3 == 0 ? random.Next(3) : random.Next(60));
            int state = automaton.Start;
            var answer = new List<int>();
            while (true)
            {
                int count = automaton.Allowed(state, left, ids);
                int[] expected = [.. Enumerable.Range(0, PaddedVocabulary).Where(id => BruteForceAllows(answer, id, left))];
                Assert.Equal(expected, ids[..count]);
                int chosen = ids[random.Next(count)];
                if (chosen == Tokenizer.EosTokenId)
                    break;
                answer.Add(chosen);
                state = automaton.Next(state, chosen);
                left--;
            }

            string text = Tokenizer.Decode([.. answer]);
            Assert.Contains(text, Choices);
            spellings.Add(string.Join(' ', answer));
        }

        Assert.True(spellings.Count > Choices.Length, "One text has several spellings, and all of them are allowed.");
    }

    [Fact]
    public void What_the_tokenizer_writes_for_a_choice_is_allowed_token_by_token()
    {
        var automaton = new TokenAutomaton(AnswerConstraint.Choice(Choices).Automaton, Vocabulary, "choices");
        foreach (string choice in Choices.Where(choice => !choice.StartsWith("</s>", StringComparison.Ordinal) && choice[0] != '\u2581'))
        {
            int state = automaton.Start;
            foreach (int id in Tokenizer.Encode(choice, addBos: false))
            {
                state = automaton.Next(state, id);
                Assert.NotEqual(ByteAutomaton.Dead, state);
            }

            Assert.True(automaton.Accepts(state), choice);
        }
    }

    [Fact]
    public void The_shortest_answer_is_the_shortest_there_is()
    {
        foreach (string choice in Choices)
        {
            var automaton = new TokenAutomaton(AnswerConstraint.Choice([choice]).Automaton, Vocabulary, choice);
            Assert.Equal(FewestTokens(Encoding.UTF8.GetBytes(choice), isFirst: true) + 1, automaton.MinTokens);
            automaton.RequireRoom(automaton.MinTokens);
            UniMedException error = Assert.Throws<UniMedException>(() => automaton.RequireRoom(automaton.MinTokens - 1));
            Assert.Contains($"takes {automaton.MinTokens} tokens", error.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Random_grammars_answer_within_the_limit_whatever_tokens_are_drawn()
    {
        var random = new Random(12);
        var ids = new int[PaddedVocabulary];
        for (int round = 0; round < 200; round++)
        {
            ByteAutomaton bytes = ByteAutomaton.Of(RandomGrammar.Of(random, 3).Grammar);
            var automaton = new TokenAutomaton(bytes, Vocabulary, "random");
            int limit = automaton.MinTokens + random.Next(4);
            var progress = new ConstraintProgress(automaton, limit);
            var answer = new List<int>();
            for (int token = ids[random.Next(progress.Allowed(ids))]; token != Tokenizer.EosTokenId; token = ids[random.Next(progress.Allowed(ids))])
            {
                answer.Add(token);
                progress.Append(token);
                Assert.True(answer.Count < limit);
            }

            Assert.True(bytes.Accepts(Encoding.UTF8.GetBytes(Tokenizer.Decode([.. answer]))));
        }
    }

    [Fact]
    public void A_vocabulary_that_cannot_spell_the_answer_is_an_error_and_not_a_dead_end()
    {
        ByteAutomaton answer = AnswerConstraint.Choice(["naïv"]).Automaton;
        Assert.Equal(6, new TokenAutomaton(answer, new ConstraintVocabulary(SentencePieceFile.Tokenizer(bytes: true), 259), "x").MinTokens);

        LlamaTokenizer ascii = SentencePieceFile.Tokenizer(bytes: false, [.. "naiv".Select(letter => (letter.ToString(), 0f, SentencePieceType.Normal))]);
        UniMedException error = Assert.Throws<UniMedException>(() => new TokenAutomaton(answer, new ConstraintVocabulary(ascii, 7), "one of 1 choices"));
        Assert.Contains("cannot spell any answer", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Tokens_allocate_nothing_once_masks_are_kept()
    {
        var automaton = new TokenAutomaton(AnswerConstraint.Box.Automaton, Vocabulary, "box");
        int[] box = [.. Tokenizer.Encode("{<25><30><75><80>}", addBos: false)];
        var ids = new int[PaddedVocabulary];
        Answer();
        long least = long.MaxValue;
        for (int round = 0; round < 5 && least != 0; round++)
        {
            long before = GC.GetAllocatedBytesForCurrentThread();
            Answer();
            least = Math.Min(least, GC.GetAllocatedBytesForCurrentThread() - before);
        }

        Assert.Equal(0, least);

        void Answer()
        {
            int state = automaton.Start;
            for (int i = 0; i < box.Length; i++)
            {
                Assert.True(ids.AsSpan(0, automaton.Allowed(state, box.Length - i + 1, ids)).BinarySearch(box[i]) >= 0);
                state = automaton.Next(state, box[i]);
            }
        }
    }

    [Fact]
    public void Masks_that_are_kept_are_bounded_and_made_again_alike()
    {
        const int Columns = 32_000;
        var vocabulary = new ConstraintVocabulary(Tokenizer, Columns);
        int most = ConstraintLimits.MaskBytes / (Columns / 8);
        // A state for each of more digits than masks are kept.
        var automaton = new TokenAutomaton(ByteAutomaton.Of(Grammar.Repeat(Grammar.Between((byte)'0', (byte)'9'), most + 500, most + 500)), vocabulary, "digits");
        var ids = new int[Columns];
        int[] first = Allowed(0);
        for (int state = 0; state < most + 500; state++)
            Allowed(state);
        Assert.Equal(most, automaton.KeptMasks);
        Assert.Equal(first, Allowed(0));

        int[] Allowed(int state) => ids[..automaton.Allowed(state, int.MaxValue - 1, ids)];
    }

    private static bool BruteForceAllows(List<int> answer, int id, int left)
    {
        byte[] before = [.. answer.SelectMany((token, i) => BytesOf(token, i == 0)!)];
        if (id == Tokenizer.EosTokenId)
            return Choices.Any(choice => Encoding.UTF8.GetBytes(choice).AsSpan().SequenceEqual(before));
        if (BytesOf(id, answer.Count == 0) is not { } bytes)
            return false;
        byte[] after = [.. before, .. bytes];
        return Choices.Select(Encoding.UTF8.GetBytes).Any(choice => choice.AsSpan().StartsWith(after) && FewestTokens(choice[after.Length..], isFirst: false) <= left - 2);
    }

    /// <summary>What decoding gives for a token in front of, or behind, a letter; null for tokens without text.</summary>
    private static byte[]? BytesOf(int id, bool isFirst)
    {
        if (id >= Tokenizer.VocabSize || Tokenizer.IsSpecial(id))
            return null;
        if (Tokenizer.TypeOf(id) == SentencePieceType.Byte)
            return [Tokenizer.ByteOf(id)];
        int letter = Tokenizer.Encode("e", addBos: false)[^1];
        string with = isFirst ? Tokenizer.Decode([id, letter]) : Tokenizer.Decode([letter, id]);
        string alone = Tokenizer.Decode([letter]);
        return Encoding.UTF8.GetBytes(isFirst ? with[..^alone.Length] : with[alone.Length..]);
    }

    private static int FewestTokens(byte[] text, bool isFirst)
    {
        var fewest = new int[text.Length + 1];
        Array.Fill(fewest, int.MaxValue / 2);
        fewest[text.Length] = 0;
        for (int at = text.Length - 1; at >= 0; at--)
        {
            foreach (byte[] bytes in at == 0 && isFirst ? Firsts : Followings)
            {
                if (bytes.Length > 0 && text.AsSpan(at).StartsWith(bytes))
                    fewest[at] = Math.Min(fewest[at], 1 + fewest[at + bytes.Length]);
            }
        }

        return fewest[0];
    }

    private static readonly byte[][] Firsts = [.. Enumerable.Range(0, PaddedVocabulary).Select(id => BytesOf(id, isFirst: true)).OfType<byte[]>()];

    private static readonly byte[][] Followings = [.. Enumerable.Range(0, PaddedVocabulary).Select(id => BytesOf(id, isFirst: false)).OfType<byte[]>()];

    [Fact]
    public void A_user_defined_token_is_allowed_and_one_that_decoding_skips_is_not_though_its_text_is()
    {
        SentencePiece[] pieces =
        [
            .. SentencePieceFile.Special(bytes: false),
            new("$", SentencePieceType.Normal, 0), new("$$", SentencePieceType.Normal, 0), new("a", SentencePieceType.UserDefined, 0), new("b", SentencePieceType.Unused, 0),
        ];
        LlamaTokenizer tokenizer = new SentencePieceFile(pieces).Tokenizer(pad: "$$");
        var automaton = new TokenAutomaton(AnswerConstraint.Choice(["$$a", "ab"]).Automaton, new ConstraintVocabulary(tokenizer, pieces.Length), "choices");
        var ids = new int[pieces.Length];

        Assert.Equal([3], ids[..automaton.Allowed(automaton.Start, 10, ids)]);
        int second = automaton.Next(automaton.Start, 3);
        Assert.Equal([3], ids[..automaton.Allowed(second, 10, ids)]);
        Assert.Equal([5], ids[..automaton.Allowed(automaton.Next(second, 3), 10, ids)]);
        Assert.Equal("$$a", tokenizer.Decode([3, 3, 5]));
    }
}
