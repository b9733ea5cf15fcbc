using System.Runtime.InteropServices;
using UniMed.Inference.Weights;
using UniMed.Native;
using UniMed.Tests;
using UniMed.Tests.Weights;

namespace UniMed.Inference.Tests.Generation;

/// <summary>The bundled model with two more rows in its embedding and its head. The head's are four times the rows of the tokens it likes best: wherever they counted, they would be chosen.</summary>
public sealed class PaddedNano : IDisposable
{
    private const string Embedding = "language.model.embed_tokens.weight";
    private const string Head = "language.lm_head.weight";

    private readonly TemporaryFolder _folder = new();

    public PaddedNano()
    {
        UniMedConfig config = UniMedConfigFile.Read(Path.Combine(Golden.NanoModel, UniMedConfigFile.FileName));
        int rows = config.Language.VocabSize + 2;
        UniMedConfigFile.Write(_folder.File(UniMedConfigFile.FileName), config with { Language = config.Language with { VocabSize = rows } });
        File.Copy(Path.Combine(Golden.NanoModel, "tokenizer.model"), _folder.File("tokenizer.model"));
        using SafetensorsSet source = SafetensorsSet.Open(Golden.NanoModel);
        IReadOnlyList<TensorDeclaration> tensors = TensorDeclaration.InAlignedOrder(
            source.Tensors.Values.Select(tensor => new TensorDeclaration(tensor.Name, tensor.Type, tensor.Name is Embedding or Head ? [rows, .. tensor.Shape.Skip(1)] : tensor.Shape)));
        using (var writer = new ShardedSafetensorsWriter(_folder.Path, tensors, long.MaxValue))
        {
            foreach (TensorDeclaration tensor in tensors)
            {
                writer.Write(source.GetBytes(tensor.Name));
                if (tensor.Name is Embedding or Head)
                    writer.Write(TwoRows(source.GetTensor(tensor.Name), tensor.Name == Head ? 4 : 1));
            }

            writer.Complete();
        }

        Model = Load("cpu");
    }

    /// <summary>The model on the processor.</summary>
    public UniMedModel Model { get; }

    /// <summary>The model on a device.</summary>
    public UniMedModel Load(string device) => UniMedModel.Load(_folder.Path, new UniMedModelOptions { Device = device });

    public void Dispose()
    {
        Model.Dispose();
        _folder.Dispose();
    }

    /// <summary>The rows of the end token and of an often used one, multiplied.</summary>
    private static byte[] TwoRows(HostTensor matrix, float factor)
    {
        var values = new float[2 * matrix.Columns];
        matrix.CopyRowTo(2, values.AsSpan(0, matrix.Columns));
        matrix.CopyRowTo(300, values.AsSpan(matrix.Columns));
        for (int i = 0; i < values.Length; i++)
            values[i] *= factor;
        return matrix.Type switch
        {
            ElementType.F32 => MemoryMarshal.AsBytes(values.AsSpan()).ToArray(),
            ElementType.F16 => MemoryMarshal.AsBytes(values.Select(value => (Half)value).ToArray().AsSpan()).ToArray(),
            _ => throw new NotSupportedException($"{matrix.Type}"),
        };
    }
}
