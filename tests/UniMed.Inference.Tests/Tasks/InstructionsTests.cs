using UniMed.Inference;
using Xunit;

namespace UniMed.Tests.Tasks;

public class InstructionsTests
{
    private static IEnumerable<EvaluationItem> Of(string task) => EvaluationItem.All.Where(item => item.Task == task);

    [Fact]
    public void Instructions_are_those_of_the_evaluation_set()
    {
        Assert.All(Of("vqa"), item => Assert.Equal(item.Instruction, Instructions.Vqa(AfterLast(item.Instruction, "short answer: "))));
        Assert.All(Of("refer"), item => Assert.Equal(item.Instruction, Instructions.Refer(AfterLast(item.Instruction, "location of "))));
        Assert.All(Of("qa"), item => Assert.Equal(item.Instruction, Instructions.Qa(AfterLast(item.Instruction, "[qa] "))));
        Assert.All(Of("identify"), item => Assert.Equal(
            item.Instruction,
            Instructions.Identify(PercentBox.FromPixels(item.Box![0], item.Box[1], item.Box[2], item.Box[3], item.Width, item.Height))));
        Assert.All(Of("cls"), item => Assert.Equal(
            item.Instruction,
            Instructions.Cls("medical image", ["axial brain MRI", "coronal brain MRI", "sagittal brain MRI", "peripheral blood smear"])));

        // The bundled set leaves out the space at the end.
        Assert.All(Of("caption"), item => Assert.Equal(item.Instruction, Instructions.Caption().TrimEnd()));
        Assert.Equal(6, EvaluationItem.All.Select(item => item.Task).Distinct().Count());
    }

    [Fact]
    public void Caption_instructions_end_in_a_space()
    {
        Assert.Equal("[caption] Describe this input image. ", Instructions.Caption());
        Assert.Equal("[caption] Describe the given chest x-ray image in detail. ", Instructions.Caption(chestXray: true));
        Assert.Contains(NanoCase.All, c => c.Instruction == Instructions.Caption());
    }

    [Fact]
    public void A_brief_question_takes_the_wording_of_the_text_evaluation() =>
        Assert.Equal("[qa] If you are a doctor, please answer the following question briefly: why?", Instructions.BriefQa("why?"));

    [Theory]
    [InlineData(-1, 0, 10, 10)]
    [InlineData(0, -1, 10, 10)]
    [InlineData(0, 0, 101, 10)]
    [InlineData(0, 0, 10, 101)]
    [InlineData(11, 0, 10, 10)]
    [InlineData(0, 11, 10, 10)]
    public void A_box_outside_the_image_is_refused_by_its_numbers(int x1, int y1, int x2, int y2)
    {
        PercentBox box = new(x1, y1, x2, y2);
        UniMedException e = Assert.Throws<UniMedException>(() => Instructions.Identify(box));
        Assert.Contains(box.ToString(), e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_whole_image_is_a_box() =>
        Assert.Equal("[identify] what object is in this location {<0><0><100><100>}", Instructions.Identify(new PercentBox(0, 0, 100, 100)));

    private static string AfterLast(string text, string part) => text[(text.LastIndexOf(part, StringComparison.Ordinal) + part.Length)..];
}
