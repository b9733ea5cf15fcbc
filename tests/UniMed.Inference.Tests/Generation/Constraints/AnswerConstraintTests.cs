using Xunit;

namespace UniMed.Inference.Tests.Generation.Constraints;

/// <summary>What each constraint allows.</summary>
public class AnswerConstraintTests
{
    [Fact]
    public void A_box_is_what_the_evaluation_reads_with_numbers_from_0_to_100()
    {
        var random = new Random(3);
        for (int i = 0; i < 2000; i++)
        {
            var box = new PercentBox(random.Next(-2, 112), random.Next(-2, 112), random.Next(0, 101), random.Next(0, 101));
            bool inside = box is { X1: >= 0 and <= 100, Y1: >= 0 and <= 100 };
            Assert.Equal(inside, AnswerConstraint.UnorderedBox.Accepts(box.ToString()));
            Assert.Equal(inside && box.X1 < box.X2 && box.Y1 < box.Y2, AnswerConstraint.Box.Accepts(box.ToString()));
            if (!inside)
                continue;
            Assert.True(BoxAnswer.TryParse(box.ToString(), out PercentBox read));
            Assert.Equal(box, read);
        }

        foreach (string wrong in (string[])["", "{}", "{<1><2><3>}", "{<1><2><3><4>", "{<1><2><3><4>} ", " {<1><2><3><4>}", "{<01><2><3><4>}", "{<><2><3><4>}", "{<1><2><3><4><5>}", "{<1> <2><3><4>}"])
        {
            Assert.False(AnswerConstraint.Box.Accepts(wrong), wrong);
            Assert.False(AnswerConstraint.UnorderedBox.Accepts(wrong), wrong);
        }
    }

    [Fact]
    public void A_choice_is_one_of_its_texts_to_the_letter()
    {
        AnswerConstraint choice = AnswerConstraint.Choice(["left", "left lung", "Herz", "naïve"]);
        Assert.All(["left", "left lung", "Herz", "naïve"], text => Assert.True(choice.Accepts(text)));
        Assert.All(["", "lef", "left ", "left l", "herz", "Left", "naive", "leftleft", "left lung\ud800"], text => Assert.False(choice.Accepts(text)));
        Assert.All(["yes", "no", "Yes", "No"], text => Assert.True(AnswerConstraint.YesNo.Accepts(text)));
        Assert.All(["maybe", "YES", "yes.", "n"], text => Assert.False(AnswerConstraint.YesNo.Accepts(text)));
    }

    [Fact]
    public void Choices_that_cannot_be_answers_are_refused_by_number()
    {
        Assert.Contains("no choices", Assert.Throws<UniMedException>(() => AnswerConstraint.Choice([])).Message, StringComparison.Ordinal);
        foreach (string wrong in (string[])["", " ", " a", "a ", "a\ud800b"])
            Assert.Contains("Choice 1", Assert.Throws<UniMedException>(() => AnswerConstraint.Choice(["fine", wrong])).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Options_that_do_not_go_with_a_constraint_are_refused()
    {
        Assert.Contains("NumBeams is 3", Refused(new GenerationOptions { Constraint = AnswerConstraint.Box, NumBeams = 3 }), StringComparison.Ordinal);
        Assert.Contains("MinLength is 2", Refused(new GenerationOptions { Constraint = AnswerConstraint.Box, MinLength = 2 }), StringComparison.Ordinal);
        new GenerationOptions { Constraint = AnswerConstraint.Box, DoSample = true, RepetitionPenalty = 1.2 }.Validate();

        static string Refused(GenerationOptions options) => Assert.Throws<UniMedException>(options.Validate).Message;
    }
}
