using UniMed.Inference;
using UniMed.Inference.Language;
using UniMed.Inference.Model;
using UniMed.Native;
using Xunit;

namespace UniMed.Conformance.Tests;

/// <summary>Every stage of the forward pass against what the authors' code computed for the same image and prompt.</summary>
public class NanoForwardTests(NanoModel nano) : IClassFixture<NanoModel>
{
    public static TheoryData<int> Cases => [.. NanoCase.All.Select(nanoCase => nanoCase.Index)];

    public static TheoryData<int> CasesWithPixels
    {
        get
        {
            using var golden = new GoldenTensors("nano");
            return [.. NanoCase.All.Where(nanoCase => golden.Contains($"{nanoCase.Index}.pixels")).Select(nanoCase => nanoCase.Index)];
        }
    }

    [Theory]
    [MemberData(nameof(CasesWithPixels))]
    public void Pixels_equal_the_reference_to_the_bit_and_vision_tokens_are_close(int index)
    {
        using var golden = new GoldenTensors("nano");
        ModelAssembly model = nano.Model.Assembly;
        float[] pixels = model.Preprocessor.ToPixels(MedicalImage.Load(NanoCase.All[index].ImagePath!));
        Assert.Equal(golden.Read($"{index}.pixels"), pixels);

        int rows = 1 + model.Vision.Patches;
        using DeviceBuffer buffer = model.Device.Allocate((long)rows * model.Config.Vision.EmbedDim);
        Tensor tokens = buffer.AsTensor(rows, model.Config.Vision.EmbedDim);
        model.Vision.EncodeTokens(
            [pixels],
            tokens,
            block =>
            {
                if (golden.Contains($"{index}.vision_block.{block}"))
                    Close.Relative(golden.Read($"{index}.vision_block.{block}"), Download(model.Device, tokens), 1e-4, $"vision block {block}");
            },
            TestContext.Current.CancellationToken);
        Close.Relative(golden.Read($"{index}.vision"), Download(model.Device, tokens), 1e-4, "vision");
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Visual_tokens_routing_and_logits_are_close_to_the_reference(int index)
    {
        using var golden = new GoldenTensors("nano");
        NanoCase expected = NanoCase.All[index];
        ModelAssembly model = nano.Model.Assembly;
        using var prompt = new BarePrompt(model, expected.Prompt, expected.ImagePath is null ? null : MedicalImage.Load(expected.ImagePath), expected.Task);
        if (prompt.Visual is { } seen)
        {
            Close.Relative(golden.Read($"{index}.connector"), Download(model.Device, seen.Tokens), 1e-4, "connector");
            Close.Relative(golden.Read($"{index}.routing"), seen.Routing!, 1e-4, "routing");
        }

        using var pass = new LanguagePass(model.Device, model.Language, prompt.Cache, prompt.Ids.Length, 2);
        Tensor logits = pass.Run(
            [new SequenceInput(prompt.Sequence, prompt.Ids, prompt.Visual?.Tokens)],
            [0, prompt.Ids.Length - 1],
            TestContext.Current.CancellationToken,
            (layer, hidden) =>
            {
                if (layer == 0 && golden.Contains($"{index}.context"))
                    Close.Relative(golden.Read($"{index}.context"), Download(model.Device, hidden), 1e-4, "context");
                if (golden.Contains($"{index}.hidden.{layer}"))
                    Close.Relative(golden.Read($"{index}.hidden.{layer}"), Download(model.Device, hidden), 1e-4, $"input of layer {layer}");
            });
        if (golden.Contains($"{index}.logits_first"))
            Close.Absolute(golden.Read($"{index}.logits_first"), Download(model.Device, logits.Slice(0, 1)), 1e-3, "logits of the first position");
        Close.Absolute(golden.Read($"{index}.logits_last"), Download(model.Device, logits.Slice(1, 1)), 1e-3, "logits of the last position");
    }

    private static float[] Download(Device device, Tensor tensor)
    {
        var values = new float[tensor.Length];
        device.Download(tensor, values);
        return values;
    }
}
