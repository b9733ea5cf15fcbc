using UniMed.Inference;
using UniMed.Tests.Tokenization;
using Xunit;

namespace UniMed.Tests.Tasks;

public class AnswerTextTests
{
    [Fact]
    public void Generated_ids_of_the_small_model_become_its_answers_with_and_without_special_tokens() =>
        Assert.All(NanoCase.All, c =>
        {
            Assert.Equal(c.Text, AnswerText.Clean(NanoTokenizer.Instance.Decode(c.OutputIds)));
            Assert.Equal(c.Text, AnswerText.Clean(NanoTokenizer.Instance.Decode(c.OutputIds, skipSpecialTokens: false)));
        });

    [Theory]
    [InlineData("", "")]
    [InlineData("<s> yes</s> no", "yes")]
    [InlineData("</s>yes", "")]
    [InlineData("<s>a<s>b", "ab")]
    [InlineData("[INST] q [/INST] a [/INST]\tb \n", "b")]
    [InlineData("a [/INST]</s>[/INST] b", "")]
    [InlineData("\u00a0\u001c yes \u3000\u2028", "yes")]
    [InlineData("\u200byes\u200b", "\u200byes\u200b")]
    [InlineData("[/INS<s>T]x", "x")]
    public void The_answer_is_cut_out_as_the_reference_does(string decoded, string answer) => Assert.Equal(answer, AnswerText.Clean(decoded));

    [Theory]
    [InlineData("Left Kidney", "left kidney")]
    [InlineData("<unk> Yes<unk> ", "yes")]
    [InlineData("<UNK>No", "no")]
    [InlineData("\u00C9tat", "\u00E9tat")]
    public void Scored_answers_are_lower_case_without_the_unknown_token(string answer, string scored) =>
        Assert.Equal(scored, AnswerText.ForEvaluation(answer));
}
