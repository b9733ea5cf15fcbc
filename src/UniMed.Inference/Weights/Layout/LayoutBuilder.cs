namespace UniMed.Inference.Weights.Layout;

/// <summary>Collects the tensors of a layout in order; all names of one builder begin alike.</summary>
/// <param name="tensors">Where they go.</param>
/// <param name="prefix">How names begin.</param>
internal readonly struct LayoutBuilder(List<LayoutTensor> tensors, string prefix)
{
    /// <summary>A builder for names below this one's.</summary>
    public LayoutBuilder Under(string name) => new(tensors, prefix + name);

    /// <summary>A matrix [rows, columns].</summary>
    public LayoutTensor Matrix(string name, long rows, long columns, TensorRole role, long splitAt = 0) => Add(new(prefix + name, [rows, columns], rows, role) { SplitAt = splitAt });

    /// <summary>A vector [length].</summary>
    public LayoutTensor Vector(string name, long length, TensorRole role = TensorRole.Vector, bool isOptional = false) =>
        Add(new(prefix + name, [length], 1, role) { IsOptional = isOptional });

    /// <summary>A tensor of any shape, read as a matrix of so many rows.</summary>
    public LayoutTensor Tensor(string name, long[] shape, long rows, TensorRole role) => Add(new(prefix + name, shape, rows, role));

    private LayoutTensor Add(LayoutTensor tensor)
    {
        tensors.Add(tensor);
        return tensor;
    }
}
