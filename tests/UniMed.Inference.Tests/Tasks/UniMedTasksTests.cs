using UniMed.Inference;
using UniMed.Inference.Weights.Layout;
using Xunit;

namespace UniMed.Tests.Tasks;

public class UniMedTasksTests
{
    [Theory]
    [InlineData(UniMedTask.Vqa, "vqa", "[vqa]", 0)]
    [InlineData(UniMedTask.Refer, "refer", "[refer]", 1)]
    [InlineData(UniMedTask.Identify, "identify", "[identify]", 2)]
    [InlineData(UniMedTask.Caption, "caption", "[caption]", 3)]
    [InlineData(UniMedTask.Cls, "cls", "[cls]", 4)]
    [InlineData(UniMedTask.Qa, "qa", "[qa]", null)]
    public void Names_tags_and_experts_are_those_of_the_checkpoints(UniMedTask task, string name, string tag, int? expert)
    {
        Assert.Equal(name, task.Name());
        Assert.Equal(tag, task.Tag());
        Assert.Equal(expert, task.ExpertIndex());
        Assert.Equal(expert is not null, task.TakesImage());
        Assert.Contains(task, UniMedTasks.All);
    }

    [Fact]
    public void A_task_that_takes_an_image_has_the_tokens_at_its_expert_s_place()
    {
        IReadOnlyList<UniMedTask> routed = ConnectorLayout.RoutedTasks;
        Assert.Equal(Enumerable.Range(0, routed.Count), routed.Select(task => task.ExpertIndex()!.Value));
        Assert.All(UniMedTasks.All.Where(task => task.TakesImage()), task => Assert.InRange(task.ExpertIndex()!.Value, 0, routed.Count - 1));
    }

    [Fact]
    public void Names_and_tags_are_read_back_in_any_case() =>
        Assert.All(UniMedTasks.All, task =>
        {
            foreach (string spelling in new[] { task.Name(), task.Tag(), task.Name().ToUpperInvariant() })
            {
                Assert.True(UniMedTasks.TryParse(spelling, out UniMedTask parsed));
                Assert.Equal(task, parsed);
            }
        });

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("[]")]
    [InlineData("[")]
    [InlineData("vqa ")]
    [InlineData("0")]
    public void Other_names_are_not_tasks(string? name) => Assert.False(UniMedTasks.TryParse(name, out _));

    [Fact]
    public void A_task_that_does_not_exist_is_refused() => Assert.Throws<UniMedException>(() => ((UniMedTask)6).Name());
}
