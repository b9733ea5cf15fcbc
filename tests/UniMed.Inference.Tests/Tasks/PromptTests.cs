using UniMed.Inference;
using UniMed.Inference.Tasks;
using UniMed.Tests.Tokenization;
using Xunit;

namespace UniMed.Tests.Tasks;

public class PromptTests
{
    private static readonly PromptConfig Config = new();
    private static readonly PromptTemplate Template = new(Config);

    [Fact]
    public void Prompts_of_the_golden_cases_are_made_from_their_instructions() =>
        Assert.All(NanoCase.All, c =>
            Assert.Equal(c.Prompt, c.Image is null ? Template.TextOnly(c.Instruction) : Template.WithImage(c.Instruction)));

    [Fact]
    public void Two_images_stand_side_by_side() =>
        Assert.Equal(NanoCase.PromptWithTwoImages, Template.WithImages("[vqa] Which plane is this MRI slice in?", 2));

    [Fact]
    public void Golden_prompts_have_the_golden_segments() =>
        Assert.All(NanoCase.All, c =>
        {
            TokenizedPrompt prompt = TokenizedPrompt.Tokenize(c.Prompt, NanoTokenizer.Instance, Config);
            Assert.Equal(c.Segments, prompt.Segments);
            Assert.Equal(c.Image is null ? 0 : 1, prompt.ImageSlots);
        });

    [Fact]
    public void Segments_without_text_are_empty_but_for_the_first_token()
    {
        TokenizedPrompt prompt = TokenizedPrompt.Tokenize("<ImageHere><ImageHere>", NanoTokenizer.Instance, Config);
        Assert.Equal([[1], [], []], prompt.Segments);
        Assert.Equal([[1]], TokenizedPrompt.Tokenize("", NanoTokenizer.Instance, Config).Segments);
    }

    [Fact]
    public void The_number_of_images_must_be_that_of_the_placeholders()
    {
        TokenizedPrompt prompt = TokenizedPrompt.Tokenize(NanoCase.PromptWithTwoImages, NanoTokenizer.Instance, Config);
        prompt.RequireImages(2);
        string message = Assert.Throws<UniMedException>(() => prompt.RequireImages(3)).Message;
        Assert.Contains("<ImageHere> 2 times", message, StringComparison.Ordinal);
        Assert.Contains("given is 3", message, StringComparison.Ordinal);
    }

    [Fact]
    public void An_instruction_stays_as_it_is()
    {
        Assert.Equal("<s>[INST] {instruction} {0} [/INST]", Template.TextOnly("{instruction} {0}"));
        Assert.EndsWith("</Img> {instruction} [/INST]", Template.WithImage("{instruction}"), StringComparison.Ordinal);
    }

    [Fact]
    public void No_images_are_refused() => Assert.Throws<UniMedException>(() => Template.WithImages("x", 0));

    [Fact]
    public void The_image_is_repeated_with_the_tags_that_touch_it()
    {
        PromptTemplate bare = new(Config with { ImageTemplate = "<ImageHere>{instruction}" });
        Assert.Equal("<ImageHere> <ImageHere>x", bare.WithImages("x", 2));
        PromptTemplate newline = new(Config with { ImageTemplate = "A\n<ImageHere>\n{instruction}." });
        Assert.Equal("A\n<ImageHere> <ImageHere>\nx.", newline.WithImages("x", 2));
    }

    [Fact]
    public void Templates_that_leave_no_place_are_refused()
    {
        Assert.Throws<UniMedException>(() => new PromptTemplate(Config with { TextTemplate = "[INST] [/INST]" }));
        Assert.Throws<UniMedException>(() => new PromptTemplate(Config with { TextTemplate = "{instruction}{instruction}" }));
        Assert.Throws<UniMedException>(() => new PromptTemplate(Config with { ImageTemplate = "<Img></Img> {instruction}" }));
        Assert.Throws<UniMedException>(() => new PromptTemplate(Config with { ImageTemplate = "{instruction} <ImageHere>" }));
        Assert.Throws<UniMedException>(() => new PromptTemplate(Config with { ImagePlaceholder = "" }));
    }

    [Theory]
    [InlineData(int.MinValue)]
    [InlineData(0)]
    [InlineData(10_001)]
    [InlineData(int.MaxValue)]
    public void A_number_of_images_that_no_prompt_has_is_refused(int count)
    {
        var template = new PromptTemplate(new PromptConfig());
        Assert.Contains($"with {count} images", Assert.Throws<UniMedException>(() => template.WithImages("x", count)).Message, StringComparison.Ordinal);
    }
}
